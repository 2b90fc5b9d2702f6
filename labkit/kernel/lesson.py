"""Which lesson a cell is of, and what its cells make: read from the notebooks of a folder."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FILES = "[0-9][0-9]-*.ipynb"
MANIFESTS = re.compile(r"%cd .*lab\.manifests\(\"([\w-]+)\"\)")
LOOKING = (
    "predict(",
    "show(",
    "print(",
    "!kubectl get",
    "!kubectl exec",
    "!kubectl rollout status",
)
"""How cells begin that leave nothing behind which another cell would need."""
CUT = 60


@dataclass(frozen=True)
class Code:
    """One code cell."""

    source: str
    tags: tuple[str, ...] = ()

    @property
    def opens(self) -> bool:
        """Whether it opens the lab."""
        return "open_lab(" in self.source

    @property
    def optional(self) -> bool:
        """Whether no other cell needs it: a bet, a picture, an exercise's cell."""
        exercise = {"task", "answer", "check"} & set(self.tags)
        return bool(exercise) or self.source.startswith(LOOKING)

    @property
    def title(self) -> str:
        """What one recognises it by: its first line that does more than import."""
        lines = [line for line in self.source.splitlines() if line.strip()]
        telling = [line for line in lines if not line.startswith(("from ", "import ", "#"))]
        first = (telling or lines or [""])[0]
        return first if len(first) <= CUT else first[: CUT - 1] + "…"

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """Its Python, lines of IPython included; nothing where it cannot be read."""
        try:
            return tuple(ast.parse(_python(self.source)).body)
        except SyntaxError:
            return ()

    @cached_property
    def makes(self) -> frozenset[str]:
        """The names that exist once it has run."""
        return frozenset(name for one in self.statements for name in _made(one))


def _python(source: str) -> str:
    """A cell with the lines of IPython (``!kubectl``, ``%cd``) as Python."""
    from IPython.core.inputtransformer2 import TransformerManager

    manager: Any = TransformerManager()  # type: ignore[no-untyped-call]
    return str(manager.transform_cell(source))


def _made(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@dataclass(frozen=True)
class Lesson:
    """The code of a notebook of the course."""

    path: Path
    language: str
    cells: tuple[Code, ...]

    @property
    def number(self) -> str:
        """``7`` of ``07-two-node-lab``."""
        return str(int(self.path.name[:2]))

    def place(self, source: str) -> int | None:
        """Which of its cells has this source, to the letter."""
        wanted = source.strip()
        return next((i for i, one in enumerate(self.cells) if one.source.strip() == wanted), None)

    def maker(self, name: str, before: int | None) -> Code | None:
        """The cell that makes ``name``: the last one above, else any."""
        makers = [i for i, cell in enumerate(self.cells) if name in cell.makes]
        above = [i for i in makers if before is None or i < before]
        chosen = above[-1:] or makers[:1]
        return self.cells[chosen[0]] if chosen else None

    def folder_of_manifests(self, before: int) -> str:
        """The set of manifests whose folder the cells above go to; "" for none."""
        found = [MANIFESTS.findall(cell.source) for cell in self.cells[:before]]
        return next((some[-1] for some in reversed(found) if some), "")


def home_of_lessons(folder: Path) -> Path | None:
    """The folder with the lessons: this one, or the one whose ``manifests/SET`` this is."""
    for one in (folder, folder.parent.parent if folder.parent.name == "manifests" else folder):
        if next(one.glob(FILES), None) is not None:
            return one
    return None


def lessons_in(folder: Path, name: str = "") -> tuple[Lesson, ...]:
    """The lessons of a folder, or the one that is called ``name`` if it is there; a notebook that
    is no lesson, or cannot be read, is passed over."""
    paths = sorted(folder.glob(FILES))
    found = (read(path) for path in [one for one in paths if one.name == name] or paths)
    return tuple(lesson for lesson in found if lesson is not None)


def read(path: Path) -> Lesson | None:
    """One lesson; None when the file is none."""
    try:
        book: Any = json.loads(path.read_text(encoding="utf-8"))
        language = book["metadata"]["labkit"]["lang"]
        cells = tuple(
            Code("".join(cell["source"]), tuple(cell["metadata"].get("tags", ())))
            for cell in book["cells"]
            if cell["cell_type"] == "code"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Lesson(path, str(language), cells)
