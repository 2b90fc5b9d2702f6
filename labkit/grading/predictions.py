"""Predictions: committed to before running, kept in one small file, set beside what came.

They are never scored.  A file that cannot be written or read must not stop a lesson: then the
prediction lives in memory as long as the session does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from labkit.errors import UsageError
from labkit.grading.progress import Progress
from labkit.words import Words

Guess = Any
"""A JSON value: a number, a text, a list or a table of them."""


@dataclass(slots=True)
class Predictions:
    """The learner's predictions by id, such as ``"07.1"``; ``store`` keeps them."""

    store: Progress
    words: Words

    def keep(self, name: str, guess: Guess) -> str:
        """Keep ``guess`` under ``name`` and say so.  Raises ``UsageError`` if it is not JSON."""
        try:
            json.dumps(guess)
        except (TypeError, ValueError):
            kind = type(guess).__name__
            raise UsageError(self.words("grading.not_json", id=name, kind=kind)) from None
        if not self.store.put("predictions", name, guess):
            file, reason = self.store.file, self.store.reason
            return self.words("grading.not_kept", file=file, reason=reason)
        return self.words("grading.kept", id=name, guess=guess)

    def kept(self, name: str) -> Guess | None:
        """What was guessed, or ``None``."""
        return self.store.section("predictions").get(name)

    def beside(self, name: str, came: Guess) -> str:
        """The guess beside what came, and the question why."""
        guess = self.kept(name)
        if guess is None:
            return self.words("grading.none", id=name, came=came)
        key = "grading.same" if guess == came else "grading.beside"
        return self.words(key, guess=guess, came=came) + " " + self.words("grading.why")
