"""Buttons that act on the lab, and what the lab looks like after each press."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """A button: its ``label``, and ``run``, which does it and says in a sentence what it did."""

    label: str
    run: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Panel:
    """``view`` gives the state to show, as text; it is asked at first and after each action."""

    title: str
    actions: tuple[Action, ...]
    view: Callable[[], str]
