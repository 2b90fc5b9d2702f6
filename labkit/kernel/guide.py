"""A hand for those who run a lesson's cells in another order, or after something broke.

An IPython extension (``etc/ipython/ipython_config.py`` of the environment loads it, and so does
``open_lab``).  Outside a folder of lessons it does nothing.  Inside:

- a new session that begins in the middle opens the lab first, so that ``!kubectl`` never asks
  another cluster than the lab's;
- a cluster that died comes back, with its objects, before the next cell runs;
- a name that a cell further up makes, a result that is not there yet, Ctrl-C: one sentence in the
  lesson's language instead of a traceback.  A learner's own code keeps its tracebacks, and so do
  labkit's mistakes.
"""

from __future__ import annotations

import ast
import io
import os
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from labkit.errors import LabkitError
from labkit.kernel import lesson as course
from labkit.words import Words, by_words

if TYPE_CHECKING:
    from labkit.lab.api import Lab

ATTRIBUTE = "labkit_guide"
HERE = str(Path(__file__).resolve().parents[1])


def load_ipython_extension(shell: Any) -> None:
    """What IPython calls: begin, if this is a folder of lessons."""
    attach(shell)


def attach(shell: Any) -> Guide | None:
    """The guide of a shell; None outside the lessons' folder."""
    there: Guide | None = getattr(shell, ATTRIBUTE, None)
    folder = course.home_of_lessons(Path.cwd())
    if there is not None or folder is None:
        return there
    guide = Guide(shell, folder)
    setattr(shell, ATTRIBUTE, guide)
    shell.events.register("pre_run_cell", guide.before)
    shell.events.register("post_run_cell", guide.after)
    shell.set_custom_exc((Exception, KeyboardInterrupt), guide.on_error)
    return guide


@dataclass
class Guide:
    """Watches one session; ``lesson`` and ``place`` are those of the cell that runs."""

    shell: Any
    folder: Path
    lesson: course.Lesson | None = None
    place: int | None = None
    said: set[str] = field(default_factory=set)
    ran: set[tuple[Path, int]] = field(default_factory=set)
    candidates: tuple[course.Lesson, ...] = ()

    @cached_property
    def lessons(self) -> tuple[course.Lesson, ...]:
        """What this session may be about, read once; none where the notebooks are others'."""
        return course.lessons_in(self.folder, session_name())

    def words(self) -> Words:
        """In the lesson's language."""
        return Words("es" if self.lesson and self.lesson.language == "es" else "en")

    def say(self, key: str, **fields: object) -> None:
        """A sentence under the cell."""
        print(by_words(self.words()(f"guide.{key}", **fields)), flush=True)  # noqa: T201

    def lab(self) -> Lab | None:
        """The session's lab, if it is open."""
        from labkit.lab.api import Lab

        lab = self.shell.user_ns.get("lab")
        return lab if isinstance(lab, Lab) else None

    # ---- before and after a cell ---------------------------------------------------------

    def before(self, info: Any) -> None:
        """Find out where we are; see to it that the lab is there."""
        self.find(info.raw_cell or "")
        self.shell.user_ns.pop("_exit_code", None)
        if self.lesson is None or self.place is None:
            return
        self.ran.add((self.lesson.path, self.place))
        opening = next((i for i, one in enumerate(self.lesson.cells) if one.opens), None)
        if opening is None or self.place == opening or self.place < opening:
            return
        if "lab" not in self.shell.user_ns:
            self.open(opening)
        elif (lab := self.lab()) is not None:
            self.look_after(lab)

    def find(self, source: str) -> None:
        """The lesson and the place of a cell.  Several lessons begin alike: those that hold all
        cells so far stay candidates."""
        self.candidates = self.candidates or self.lessons
        holding = tuple(one for one in self.candidates if one.place(source) is not None)
        self.candidates = holding or self.candidates
        if self.lesson not in self.candidates or self.lesson is None:
            self.lesson = self.candidates[0] if self.candidates else None
        self.place = self.lesson.place(source) if self.lesson is not None else None

    def open(self, opening: int) -> None:
        """What the opening cell would have done first: parameters, imports, the lab, its folder."""
        assert self.lesson is not None and self.place is not None
        names = self.shell.user_ns
        parameters = [one for one in self.lesson.cells[:opening] if "parameters" in one.tags]
        statements = [
            *(one for cell in parameters for one in cell.statements),
            *(one for one in self.lesson.cells[opening].statements if _opens(one)),
        ]
        try:
            with redirect_stdout(io.StringIO()):
                exec(compile(ast.Module(statements, []), "<lesson>", "exec"), names)  # noqa: S102
                if "lab.ask(" in self.lesson.cells[opening].source:
                    names["lab"].ensurer().ensure()
                which = self.lesson.folder_of_manifests(self.place)
                if which:
                    os.chdir(names["lab"].manifests(which))
        except LabkitError as error:
            os.environ["KUBECONFIG"] = os.devnull  # a lesson's kubectl asks no other cluster
            print(error, flush=True)  # noqa: T201
            return
        self.say("opened")

    def look_after(self, lab: Lab) -> None:
        """A cluster that died comes back; one that was taken down is named."""
        try:
            found = lab.pulse()
        except LabkitError as error:
            self.say("not_back", reason=error)
            return
        if found == "recovered":
            self.say("recovered")
        elif found == "gone" and "gone" not in self.said:
            self.say("gone")
        self.said = (self.said | {"gone"}) if found == "gone" else self.said - {"gone"}

    def after(self, _result: Any) -> None:
        """A manifest that cannot be read is named, and how to get the original back; who else is
        at work on this cluster, once."""
        lab = self.lab()
        if lab is None or self.lesson is None:
            return
        if self.shell.user_ns.get("_exit_code") and self.place is not None:
            self.look_at_manifests(lab)
        if "others" not in self.said and len(self.candidates) == 1:
            self.said.add("others")
            others = lab.others(self.lesson.number)
            if others:
                name = self.words()
                listed = ", ".join(name("guide.lesson", number=one) for one in others)
                self.say("others", lessons=listed)

    def look_at_manifests(self, lab: Lab) -> None:
        """After a kubectl that failed in a folder of manifests."""
        broken = lab.broken_manifest()
        if broken is not None:
            self.say("not_yaml", file=broken[0], line=broken[1])
        elif lab.changed_manifests():
            self.say("refused", files=", ".join(lab.changed_manifests()))
        elif self.skipped():
            print(by_words(self.skipped()), flush=True)  # noqa: T201

    def skipped(self) -> str:
        """A sentence on the first cell above that this session has not run; "" for none.

        Bets and the learner's cells are not counted: nothing needs them.
        """
        if self.lesson is None or self.place is None:
            return ""
        opening = next((i for i, one in enumerate(self.lesson.cells) if one.opens), 0)
        for place in range(opening + 1, self.place):
            cell = self.lesson.cells[place]
            if (self.lesson.path, place) not in self.ran and not cell.optional:
                return self.words()("guide.skipped", cell=cell.title)
        return ""

    # ---- errors --------------------------------------------------------------------------

    def on_error(
        self,
        shell: Any,
        kind: type[BaseException],
        value: BaseException,
        tb: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        """One sentence where the learner can do something; else the traceback as ever."""
        sentence = self.sentence(kind, value, tb)
        if sentence:
            shell._showtraceback(kind, value, [sentence])
        else:
            shell.showtraceback((kind, value, tb), tb_offset=tb_offset)

    def sentence(self, kind: type[BaseException], value: BaseException, tb: TracebackType) -> str:
        """What to say of an error; "" for nothing."""
        if self.lesson is None:
            return ""
        words = self.words()
        if kind is KeyboardInterrupt:
            return words("guide.interrupted")
        if isinstance(value, LabkitError) and self.skipped():
            return "\n".join([*value._render_traceback_(), self.skipped()])
        if isinstance(value, LabkitError) or _ours(tb):
            return ""
        if isinstance(value, NameError) and value.name:
            maker = self.lesson.maker(value.name, self.place)
            if maker is not None:
                return words("guide.no_name", name=value.name, cell=maker.title)
        if self.place is None or "answer" in self.lesson.cells[self.place].tags:
            return ""
        said = traceback.format_exception_only(kind, value)[-1].strip()
        return words("guide.not_yet", error=said)


def session_name() -> str:
    """The notebook's file, where Jupyter tells it; else ""."""
    return Path(os.environ.get("JPY_SESSION_NAME", "")).name


def _opens(statement: ast.stmt) -> bool:
    """Whether a statement of the opening cell imports, or opens the lab."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return True
    return isinstance(statement, ast.Assign) and "open_lab(" in ast.unparse(statement)


def _ours(tb: TracebackType | None) -> bool:
    """Whether labkit's own code was at work when it happened."""
    frames = traceback.extract_tb(tb)
    return any(frame.filename.startswith(HERE) for frame in frames)
