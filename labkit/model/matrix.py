"""Who reaches what: every source against every target, each with what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.errors import UsageError


@dataclass(frozen=True, slots=True)
class Reached:
    """Whether it got through, and ``why``: a few words for the learner."""

    ok: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """``cells`` has one entry for each pair (source, target).  Raises ``UsageError`` otherwise.

    >>> cells = {("a", "x"): Reached(True, "answers")}
    >>> show(Matrix("Who?", ("a",), ("x",), cells))        # doctest: +SKIP
    """

    title: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    cells: Mapping[tuple[str, str], Reached]

    def __post_init__(self) -> None:
        wanted = {(source, target) for source in self.sources for target in self.targets}
        if wrong := wanted ^ set(self.cells):
            raise UsageError(f"Matrix {self.title!r}: {min(wrong)} is missing, or is no pair.")
