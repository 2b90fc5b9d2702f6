"""Collects figures of a benchmark: repeats, median, spread, and what they are held against."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity.  All values in ``unit``; ``limit`` is the most it may be (the
    least, when ``more_is_better``); ``peer`` names what the limit was measured on, if it was."""

    name: str
    values: tuple[float, ...]
    unit: str
    limit: float | None = None
    peer: str = ""
    more_is_better: bool = False

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """``ok``, ``OVER`` (``UNDER``), or "" when there is nothing to hold it against."""
        if self.limit is None:
            return ""
        if self.more_is_better:
            return "ok" if self.median >= self.limit else "UNDER"
        return "ok" if self.median <= self.limit else "OVER"


@dataclass(slots=True)
class Report:
    """What ``run(report)`` of a benchmark is handed.  ``picture`` names a file to draw into, for
    benchmarks that have a picture."""

    picture: str = ""
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def time(
        self, name: str, work: Callable[[], object], *, repeat: int = 7, limit: float | None = None
    ) -> Figure:
        """Seconds that ``work`` takes, once to warm up and then ``repeat`` times."""
        work()
        values = []
        for _ in range(repeat):
            started = time.perf_counter()
            work()
            values.append(time.perf_counter() - started)
        return self.figure(name, values, "s", limit=limit)

    def figure(
        self,
        name: str,
        values: Sequence[float],
        unit: str,
        *,
        limit: float | None = None,
        peer: Figure | None = None,
        more_is_better: bool = False,
    ) -> Figure:
        """Values that were measured elsewhere; a ``peer`` measured in the same run is the limit."""
        figure = Figure(
            name,
            tuple(values),
            unit,
            peer.median if peer else limit,
            peer.name if peer else "",
            more_is_better,
        )
        self.figures.append(figure)
        return figure

    def skip(self, name: str, reason: str) -> None:
        """Something that this machine cannot measure, and why."""
        self.notes.append(f"{name}: not measured, {reason}")


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text."""
    head = ("figure", "median", "min to max", "limit or peer", "")
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    low, high = min(figure.values), max(figure.values)
    sign = "at least" if figure.more_is_better else "at most"
    bound = ""
    if figure.limit is not None:
        bound = f"{sign} {amount(figure.limit, figure.unit)}"
        bound += f" ({figure.peer})" if figure.peer else ""
    spread = f"{amount(low, figure.unit)} to {amount(high, figure.unit)}, n={len(figure.values)}"
    return figure.name, amount(figure.median, figure.unit), spread, bound, figure.verdict


def amount(value: float, unit: str) -> str:
    """A figure with three significant digits: seconds below one as ms or µs, large ones grouped.

    >>> amount(0.01234, "s"), amount(1500000, "answers/s")
    ('12.3 ms', '1,500,000 answers/s')
    """
    if unit == "s" and abs(value) < 1:
        value, unit = (value * 1e3, "ms") if abs(value) >= 1e-3 else (value * 1e6, "µs")
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"
