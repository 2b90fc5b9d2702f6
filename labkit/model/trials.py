"""Things to try out: every combination of some choices, each with what happens then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from labkit.errors import UsageError


@dataclass(frozen=True, slots=True)
class Choice:
    """One question with its possible answers, as the learner reads them."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trials:
    """``outcomes`` has one text for each combination of one option of every choice.

    Raises ``UsageError`` when a combination is missing or too many.
    """

    title: str
    choices: tuple[Choice, ...]
    outcomes: Mapping[tuple[str, ...], str]
    outcome_name: str

    def __post_init__(self) -> None:
        wanted = set(product(*(choice.options for choice in self.choices)))
        if wrong := wanted ^ set(self.outcomes):
            raise UsageError(
                f"Trials {self.title!r}: {sorted(wrong)[0]} has no outcome, or is no combination."
            )

    def rows(self) -> list[tuple[str, ...]]:
        """Every combination with its outcome last, in the order of the options."""
        combinations = product(*(choice.options for choice in self.choices))
        return [(*one, self.outcomes[one]) for one in combinations]
