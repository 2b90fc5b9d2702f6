"""``show``: the one verb for pictures.  It goes by the type of what it is given."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from labkit.errors import UsageError
from labkit.model.balance import Balance
from labkit.viz.picture import Picture


@singledispatch
def show(thing: Any, lang: str = "es") -> Picture:
    """A picture of ``thing`` with its text and alt text, labelled in ``lang`` ("es" or "en").

    Other rooms teach it their own types with ``show.register``.  Raises ``UsageError`` for what
    has no picture.
    """
    raise UsageError(
        f"show() has no picture for {type(thing).__name__}.",
        "It draws what lab.ask(...) gives, and a Balance.",
    )


@show.register
def _balance(thing: Balance, lang: str = "es") -> Picture:
    from labkit.viz.balance import balance_picture

    return balance_picture(thing, lang)
