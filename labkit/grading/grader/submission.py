"""Reading what a learner hands in: a file that may be anything, from anyone.

Only the text of the answer cells is taken.  They are found by tag, then by id, then by what they
define; whatever is odd about them is noted, never fatal.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labkit.grading import catalog
from labkit.grading.catalog import Exercise
from labkit.words import LANGUAGES, Language

TAG = "exercise:"
MOST_SOURCE = 256 << 10
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd: the key of a message and its fields."""

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The cells of one exercise, in the order of the notebook, with their ids."""

    exercise: str
    cells: tuple[tuple[str, str], ...]
    token: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """One notebook.  ``problem`` tells why nothing could be read (and then there is nothing);
    ``language`` is the one that the notebook is written in, where it says so."""

    path: Path
    learner: str
    lesson: str = ""
    answers: tuple[Answer, ...] = ()
    notes: tuple[Note, ...] = ()
    problem: Note | None = None
    digest: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    language: Language | None = None

    @property
    def name(self) -> str:
        """A file name for its results."""
        return f"{self.lesson or '00'}-{self.path.stem}"


def find_submissions(paths: Sequence[Path], learner: str = "") -> list[tuple[Path, str]]:
    """Every notebook below the paths, with its learner.

    In a folder the learner is the first folder below it (``CLASS/ana/05.ipynb``), else the file's
    own name.  Symbolic links are listed (and refused later), never followed.
    """
    found: list[tuple[Path, str]] = []
    for path in paths:
        if not path.is_dir() or path.is_symlink():
            found.append((path, learner_name(learner or path.stem)))
            continue
        for folder, names, files in os.walk(path, followlinks=False):
            names[:] = sorted(name for name in names if not name.startswith("."))
            for name in sorted(files):
                if _is_notebook(name):
                    whole = Path(folder) / name
                    parts = whole.relative_to(path).parts
                    name = parts[0] if len(parts) > 1 else whole.stem
                    found.append((whole, learner_name(learner or name)))
    return found


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb") and not name.startswith(".")


def without_notebook(paths: Sequence[Path], out: Path) -> list[str]:
    """The learners' folders in which there is no notebook (with what is there instead), and files
    beside them that are none (an archive, say): nobody must be forgotten silently.  ``out``, the
    folder of the results, is no learner's."""
    told: list[str] = []
    for path in paths:
        if not path.is_dir() or path.is_symlink():
            continue
        for one in sorted(path.iterdir()):
            if one.name.startswith(".") or one.resolve() == out.resolve() or _is_notebook(one.name):
                continue
            if not one.is_dir() or one.is_symlink():
                told.append(one.name)
            elif not find_submissions([one]):
                held = sorted(each for _, _, files in os.walk(one) for each in files)[:3]
                told.append(f"{one.name} ({', '.join(held)})" if held else one.name)
    more = len(told) - MOST_TOLD
    return [*told[:MOST_TOLD], f"+{more}"] if more > 0 else told


def unbroken(text: str) -> str:
    """Text that every file can hold: half characters (and names that are no UTF-8) become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def learner_name(text: str) -> str:
    """A learner's name, the same whichever system wrote the folder (a Mac writes accents apart)."""
    return unicodedata.normalize("NFC", unbroken(text))


def read_submission(path: Path, learner: str, most: int) -> Submission:
    """What is in a file; whatever is wrong with it becomes its ``problem``."""
    data, problem = read_bytes(path, most)
    if problem is not None:
        return Submission(path, learner, _lesson_of_name(path), problem=problem)
    digest = hashlib.sha256(data).hexdigest()
    try:
        notebook = json.loads(data.decode("utf-8"))
        cells = _cells(notebook)
    except (ValueError, RecursionError) as error:
        reason = type(error).__name__
        note = Note("not_json", {"reason": reason})
        return Submission(path, learner, _lesson_of_name(path), problem=note, digest=digest)
    lesson, exercises = _lesson(cells, path)
    shown = tuple((cell.kind, cell.source) for cell in cells)
    read = Submission(
        path, learner, lesson, digest=digest, cells=shown, language=_language(notebook)
    )
    if not exercises:
        note = Note("no_exercise")
        return replace(read, problem=note)
    notes = list(_kernel_notes(notebook))
    answers = []
    for one in exercises:
        answer, odd = _answer(one, cells)
        answers.append(answer)
        notes.extend(odd)
    notes.extend(_order_notes(cells))
    return replace(read, answers=tuple(answers), notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class _Cell:
    id: str
    kind: str
    source: str
    exercise: str
    part: str

    @property
    def code(self) -> bool:
        return self.kind == "code"


def read_bytes(path: Path, most: int) -> tuple[bytes, Note | None]:
    """The bytes of a regular file that is not too large; never through a link."""
    try:
        if path.is_symlink():
            return b"", Note("symlink")
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        return b"", Note("unreadable", {"reason": error.strerror or type(error).__name__})
    with os.fdopen(handle, "rb") as source:
        state = os.fstat(source.fileno())
        if not stat.S_ISREG(state.st_mode):
            return b"", Note("not_a_file")
        if state.st_size > most:
            sizes = {"size": f"{state.st_size / 2**20:.0f} MB", "most": f"{most >> 20} MB"}
            return b"", Note("too_large", sizes)
        return source.read(most + 1), None


def _cells(notebook: Any) -> list[_Cell]:
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError("no cells")
    return [_cell(one) for one in notebook["cells"] if isinstance(one, dict)]


def _cell(raw: Mapping[str, Any]) -> _Cell:
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(str(line) for line in source)
    metadata = raw.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    names = [str(tag) for tag in tags] if isinstance(tags, list) else []
    exercise = next((name[len(TAG) :] for name in names if name.startswith(TAG)), "")
    part = next((name for name in names if name in ("task", "answer", "check")), "")
    if exercise not in catalog.exercises():
        exercise = part = ""
    name, kind = unbroken(str(raw.get("id", "")))[:64], unbroken(str(raw.get("cell_type", "")))
    return _Cell(name, kind, unbroken(str(source)), exercise, part)


def _lesson_of_name(path: Path) -> str:
    head = path.name[:2]
    return head if head.isdigit() else ""


def _lesson(cells: Sequence[_Cell], path: Path) -> tuple[str, tuple[Exercise, ...]]:
    """The lesson by its tags, its ids, then the file's name."""
    known = catalog.exercises()
    by_id = {_stem(name): one for name, one in known.items()}
    for cell in cells:
        found = known.get(cell.exercise) or by_id.get("-".join(cell.id.split("-")[:2]))
        if found is not None:
            return found.lesson, catalog.of_lesson(found.lesson)
    lesson = _lesson_of_name(path)
    return lesson, catalog.of_lesson(lesson)


def _stem(name: str) -> str:
    return f"x{name.replace('.', '-')}"


def _answer(exercise: Exercise, cells: Sequence[_Cell]) -> tuple[Answer, list[Note]]:
    """The cells to run for one exercise: tagged, else by id, else by what they define."""
    notes: list[Note] = []
    fields = {"id": exercise.id}
    chosen = [cell for cell in cells if (cell.exercise, cell.part) == (exercise.id, "answer")]
    if not chosen:
        stem = f"{_stem(exercise.id)}-answer"
        chosen = [cell for cell in cells if cell.id == stem or cell.id.startswith(f"{stem}-")]
        if chosen:
            notes.append(Note("by_id", fields))
    if not chosen:
        wanted = {one.name for one in exercise.answers}
        chosen = [cell for cell in cells if cell.code and wanted & defined(cell.source)]
        notes.append(Note("by_search" if chosen else "deleted", fields))
    if any(not cell.code for cell in chosen):
        notes.append(Note("retyped", fields))
    ids = [cell.id for cell in chosen if cell.id]
    expected = {f"{_stem(exercise.id)}-answer"} | {
        f"{_stem(exercise.id)}-answer-{n}" for n in (2, 3, 4)
    }
    if len(ids) != len(set(ids)) or (set(ids) - expected and len(chosen) > 1):
        notes.append(Note("duplicated", fields))
    kept = _with_helpers(exercise, cells, chosen)
    if any(len(cell.source) > MOST_SOURCE for cell in kept):
        notes.append(Note("long_cell", fields))
        kept = [cell for cell in kept if len(cell.source) <= MOST_SOURCE]
    token = _token(exercise, cells)
    return Answer(exercise.id, tuple((cell.id, cell.source) for cell in kept), token), notes


def _with_helpers(
    exercise: Exercise, cells: Sequence[_Cell], chosen: Sequence[_Cell]
) -> list[_Cell]:
    """The chosen cells, and the learner's own between the exercise's data and its check."""
    places = [
        place
        for place, cell in enumerate(cells)
        if cell.exercise == exercise.id and cell.part in ("task", "check")
    ]
    between = range(places[0], places[-1]) if len(places) > 1 else range(0)
    return [
        cell
        for place, cell in enumerate(cells)
        if any(cell is one for one in chosen)
        or (place in between and cell.code and not cell.exercise and cell.source.strip())
    ]


def _token(exercise: Exercise, cells: Sequence[_Cell]) -> str:
    """The second argument of ``exercise(...)`` in the task cell: whose data it was."""
    for cell in cells:
        if (cell.exercise, cell.part) != (exercise.id, "task"):
            continue
        try:
            tree = ast.parse(cell.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ""
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "exercise":
                values = [one.value for one in node.args if isinstance(one, ast.Constant)]
                if len(values) == 2 and isinstance(values[1], str):
                    return values[1]
    return ""


def defined(source: str) -> set[str]:
    """The names that a cell's top level defines; empty when it is not Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name):
                    names.add(part.id)
    return names


def _language(notebook: Mapping[str, Any]) -> Language | None:
    """What our notebooks say of themselves (``metadata.labkit.lang``)."""
    metadata = notebook.get("metadata")
    ours = metadata.get("labkit") if isinstance(metadata, dict) else None
    said = ours.get("lang") if isinstance(ours, dict) else None
    return next((one for one in LANGUAGES if one == said), None)


def _kernel_notes(notebook: Mapping[str, Any]) -> Iterator[Note]:
    metadata = notebook.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = kernel.get("name") if isinstance(kernel, dict) else None
    if name not in (None, "python3"):
        yield Note("kernel", {"name": unbroken(str(name)[:40])})


def _order_notes(cells: Sequence[_Cell]) -> Iterator[Note]:
    order = [cell.exercise for cell in cells if cell.exercise and cell.part == "answer"]
    if order != sorted(order):
        yield Note("reordered")
    for cell in cells:
        if cell.part == "check" and cell.source.strip() != f'check("{cell.exercise}")':
            yield Note("check_changed", {"id": cell.exercise})
            return
