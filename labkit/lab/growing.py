"""Bars that grow under the cell while the answers of ``lab.ask(n, live=True)`` come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from labkit.clock import Clock
from labkit.lab.answers import Answers, Place, read_answers
from labkit.words import Language

if TYPE_CHECKING:
    from labkit.viz.explorer import LiveBalance

PAUSE = 0.04
"""Seconds between two drawings: 25 in a second."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one must know to read answers: who could answer, from where it is asked, the odds."""

    places: tuple[Place, ...]
    client_node: str
    language: Language
    odds: Mapping[str, Fraction] | None

    def of(self, lines: Iterable[str]) -> Answers:
        """The answers among these lines."""
        found = read_answers(lines, self.places, self.client_node, self.language)
        return found.with_odds(self.odds)


class GrowingBars:
    """Takes lines as they come; draws again when there is time for it."""

    def __init__(self, reading: Reading, clock: Clock, view: LiveBalance) -> None:
        from IPython.display import display

        self._reading, self._clock, self._view = reading, clock, view
        self._lines: list[str] = []
        self._drawn = clock.monotonic()
        self._handle = display(view, display_id=True)  # type: ignore[no-untyped-call]

    def __call__(self, line: str) -> bool:
        """One more line: keep it; go on."""
        self._lines.append(line)
        now = self._clock.monotonic()
        if now - self._drawn >= PAUSE:
            self._drawn = now
            if (found := self._reading.of(self._lines)).items:
                self._view.update(found.balance())
        return True

    def done(self, found: Answers) -> None:
        """All answers are there: the last drawing, also where only the still is kept."""
        if found.items:
            self._view.update(found.balance(), last=True)
        if self._handle is not None:
            self._handle.update(self._view)


def growing_bars(reading: Reading, clock: Clock) -> GrowingBars | None:
    """Bars under the cell; None where there is no notebook to show them in."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    if get_ipython() is None:
        return None
    from labkit.viz.explorer import LiveBalance

    return GrowingBars(reading, clock, LiveBalance(reading.language))
