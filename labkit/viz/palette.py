"""Colours that colour-blind people can tell apart, each with a second sign.

The palette of Okabe and Ito (2008), "Color Universal Design"; yellow is left out, it is too
pale for bars on white.
"""

from __future__ import annotations

from typing import NamedTuple


class Ink(NamedTuple):
    """A fill colour, the hatch that matplotlib draws over it, and a marker for sequences."""

    colour: str
    hatch: str
    marker: str


INKS = (
    Ink("#0072B2", "", "o"),
    Ink("#E69F00", "//", "s"),
    Ink("#009E73", "..", "^"),
    Ink("#CC79A7", "xx", "D"),
    Ink("#56B4E9", "\\\\", "v"),
    Ink("#D55E00", "--", "P"),
)
BAND = "#BBBBBB"
LINE = "#222222"


def ink(index: int) -> Ink:
    """The ink of the n-th thing (they come round after six)."""
    return INKS[index % len(INKS)]
