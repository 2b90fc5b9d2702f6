"""Masters: the exercises of a lesson with their solutions marked (``exercises/NN.py``).

py:percent code cells, each headed by ``# %% exercise="05.1" part="task"`` (or ``"answer"``).
Inside an answer cell ::

    # BEGIN SOLUTION
    return 1
    # STARTER
    # return None  # TODO
    # END SOLUTION

what stands between BEGIN and STARTER is the solution, what stands (commented) between STARTER
and END is what the learner gets instead.  The check cell is made, not written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD = re.compile(r'^# %% exercise="(?P<exercise>\d\d\.\d)" part="(?P<part>task|answer)"$')
BEGIN, STARTER, END = "# BEGIN SOLUTION", "# STARTER", "# END SOLUTION"
PARTS = ("task", "answer", "check")


@dataclass(frozen=True, slots=True)
class Cell:
    """One code cell of an exercise: ``source`` for the learner, ``solved`` with our solution."""

    exercise: str
    part: str
    source: str
    solved: str
    number: int = 1

    @property
    def id(self) -> str:
        """``x05-1-answer``, and ``x05-1-answer-2`` for a second one."""
        name = f"x{self.exercise.replace('.', '-')}-{self.part}"
        return name if self.number == 1 else f"{name}-{self.number}"

    @property
    def tags(self) -> list[str]:
        """What the grader looks for first."""
        return [f"exercise:{self.exercise}", self.part]

    @property
    def checksum(self) -> str:
        """Of the learner's source, so that a changed cell is noticed."""
        return hashlib.sha256(self.source.encode("utf-8")).hexdigest()[:16]


class BadMaster(ValueError):
    """A master that cannot be read: file, line and what is wrong."""


def read_master(path: Path) -> tuple[Cell, ...]:
    """The cells of a lesson, a check cell behind each exercise's answers."""
    cells: list[Cell] = []
    for exercise, part, lines in _blocks(path):
        number = 1 + sum(1 for one in cells if (one.exercise, one.part) == (exercise, part))
        if cells and cells[-1].exercise != exercise:
            cells.append(_check(cells[-1].exercise))
        learner, solved = released(lines, path)
        cells.append(Cell(exercise, part, learner, solved, number))
    if cells:
        cells.append(_check(cells[-1].exercise))
    return tuple(cells)


def masters(folder: Path) -> dict[str, tuple[Cell, ...]]:
    """The cells of every lesson that has a master in ``folder``, by lesson."""
    return {path.stem: read_master(path) for path in sorted(folder.glob("[0-9][0-9].py"))}


def released(lines: list[str], path: Path) -> tuple[str, str]:
    """The learner's and the solved text of a cell.  Raises ``BadMaster`` for loose marks."""
    learner: list[str] = []
    solved: list[str] = []
    where = ""
    for number, line in enumerate(lines, start=1):
        mark = line.strip()
        if mark in (BEGIN, STARTER, END):
            if {BEGIN: "", STARTER: BEGIN, END: STARTER}[mark] != where:
                raise BadMaster(f"{path.name}: {mark!r} out of order (line {number} of its cell)")
            where = "" if mark == END else mark
        elif where == BEGIN:
            solved.append(line)
        elif where == STARTER:
            learner.append(re.sub(r"^(\s*)# ?", r"\1", line))
        else:
            learner.append(line)
            solved.append(line)
    if where:
        raise BadMaster(f"{path.name}: {where!r} is never ended")
    return "\n".join(learner).strip("\n"), "\n".join(solved).strip("\n")


def _check(exercise: str) -> Cell:
    source = f'check("{exercise}")'
    return Cell(exercise, "check", source, source)


def _blocks(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    exercise = part = ""
    lines: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("# %%"):
            head = HEAD.match(line)
            if head is None:
                raise BadMaster(f'{path.name}:{number}: expected # %% exercise="NN.N" part="…"')
            if part:
                yield exercise, part, lines
            exercise, part, lines = head["exercise"], head["part"], []
        else:
            lines.append(line)
    if part:
        yield exercise, part, lines
