"""What a check finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """Where, what a cluster of Kubernetes v1.36 says there, and what this one said."""

    where: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected!r}, found {self.found!r}"


class NotHere(Exception):
    """A check that this cluster does not allow (one node, or rules that may not be read)."""


def compare(where: str, expected: object, found: object) -> Iterator[Difference]:
    """A difference unless both are equal."""
    if expected != found:
        yield Difference(where, str(expected), str(found))


def compare_lines(
    where: str, expected: Iterable[str], found: Iterable[str], most: int = 6
) -> Iterator[Difference]:
    """The first lines that only one side has."""
    theirs, ours = list(expected), list(found)
    missing = [line for line in theirs if line not in ours]
    extra = [line for line in ours if line not in theirs]
    if missing or extra:
        yield Difference(where, "\n".join(missing[:most]), "\n".join(extra[:most]))
    elif theirs != ours:
        yield Difference(where, "these lines in another order", "\n".join(ours[:most]))
