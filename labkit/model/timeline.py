"""What happened when: lanes of spans over seconds, and the events in order."""

from __future__ import annotations

from dataclasses import dataclass

STATES = ("ready", "not-ready", "pending", "terminating", "count", "pod")


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` to ``end`` in seconds.  ``state`` is one of ``STATES``; of a ``count`` the
    label is a number, of a ``pod`` the name of the Pod and ``number`` its place among them."""

    start: float
    end: float
    state: str
    label: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """One row: its name, its spans, and moments that are marked."""

    name: str
    spans: tuple[Span, ...] = ()
    marks: tuple[float, ...] = ()

    def at(self, moment: float) -> Span | None:
        """The span at a moment; the last one that begins there or before."""
        found = [span for span in self.spans if span.start <= moment <= span.end]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, in a sentence."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """``show`` draws it, with a cursor that steps from event to event.

    >>> with lab.timeline() as line:                       # doctest: +SKIP
    ...     lab.kubectl("scale deployment backend-app --replicas=3")
    >>> show(line)                                         # doctest: +SKIP
    """

    title: str
    lanes: tuple[Lane, ...]
    events: tuple[Event, ...]
    end: float
