"""Predictions: committed to before running, kept in one small file, set beside what came.

They are never scored.  A file that cannot be written or read must not stop a lesson: then the
prediction lives in memory as long as the session does.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.errors import UsageError
from labkit.words import Words

Guess = Any
"""A JSON value: a number, a text, a list or a table of them."""


@dataclass(slots=True)
class Predictions:
    """The learner's predictions by id, such as ``"07.1"``; ``file`` is where they are kept."""

    file: Path
    words: Words
    _memory: dict[str, Guess] = field(default_factory=dict)

    def keep(self, name: str, guess: Guess) -> str:
        """Keep ``guess`` under ``name`` and say so.  Raises ``UsageError`` if it is not JSON."""
        try:
            json.dumps(guess)
        except (TypeError, ValueError):
            kind = type(guess).__name__
            raise UsageError(self.words("grading.not_json", id=name, kind=kind)) from None
        self._memory[name] = guess
        said = self.words("grading.kept", id=name, guess=guess)
        try:
            self._write({**self._read(), **self._memory})
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return self.words("grading.not_kept", file=self.file, reason=reason)
        return said

    def kept(self, name: str) -> Guess | None:
        """What was guessed, or ``None``."""
        return self._memory.get(name, self._read().get(name))

    def beside(self, name: str, came: Guess) -> str:
        """The guess beside what came, and the question why."""
        guess = self.kept(name)
        if guess is None:
            return self.words("grading.none", id=name, came=came)
        key = "grading.same" if guess == came else "grading.beside"
        return self.words(key, guess=guess, came=came) + " " + self.words("grading.why")

    def _read(self) -> dict[str, Guess]:
        try:
            stored = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        kept = stored.get("predictions", {}) if isinstance(stored, dict) else {}
        return kept if isinstance(kept, dict) else {}

    def _write(self, predictions: dict[str, Guess]) -> None:
        """Write beside and rename, so that a crash leaves the old file or the new one."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=".progress-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump({"predictions": predictions}, out, ensure_ascii=False, indent=1)
            os.replace(name, self.file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
