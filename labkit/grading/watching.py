"""An exercise as a file on disk: made, run in a process of its own, checked, started anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.grading import catalog
from labkit.grading.catalog import Exercise
from labkit.grading.cells import statement
from labkit.grading.learner import Learner, starters
from labkit.words import Words

SECONDS = 60


@dataclass(frozen=True, slots=True)
class ExerciseFile:
    """``FOLDER/05_1.py``: statement as a comment, data, the answer to be written."""

    exercise: Exercise
    folder: Path
    words: Words

    @property
    def path(self) -> Path:
        return self.folder / f"{self.exercise.id.replace('.', '_')}.py"

    def ensure(self) -> None:
        """Write it, unless it is there."""
        if not self.path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """The file as it starts."""
        lines = statement(self.exercise, self.words).splitlines()
        comment = "\n".join(f"# {line}".rstrip() for line in lines)
        head = f'from labkit import exercise\n\ntask = exercise("{self.exercise.id}")'
        return f"{comment}\n\n{head}\n\n\n{starters()[self.exercise.id]}\n"

    def start_anew(self) -> Path | None:
        """Put the start back; what was there (if anything) is kept beside it under a number."""
        if not self.path.exists():
            self.ensure()
            return None
        number = 1
        while (kept := self.path.with_suffix(f".{number}.bak")).exists():
            number += 1
        os.replace(self.path, kept)
        self.ensure()
        return kept

    def check(self) -> tuple[int, str]:
        """Run the file and judge it, in a process of its own: status and what it said.

        Status 0 is correct, 1 not yet; a file that cannot be run says so.
        """
        if not self.path.exists():
            return 1, self.words("grade.watch.gone", file=self.path)
        command = [sys.executable, "-m", "labkit.grading.watched", self.exercise.id, str(self.path)]
        environment = {
            **os.environ,
            "LABKIT_LANG": self.words.language,
            "PYTHONIOENCODING": "utf-8",
        }
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=SECONDS,
                env=environment,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return 1, self.words("grade.watch.slow", seconds=SECONDS)
        said = done.stdout.strip()
        if done.returncode not in (0, 1) or not said:
            lines = done.stderr.strip().splitlines() or ["?"]
            where = self._line(lines)
            key = "grade.watch.error_at" if where else "grade.watch.error"
            told = self.words(key, error=lines[-1].rstrip("."), line=where)
            return 1, "\n".join([said, told]).strip()
        return done.returncode, said

    def _line(self, traceback: Sequence[str]) -> str:
        """The number of the file's own line that a traceback names last; "" for none."""
        mark = re.compile(rf'\s*File ".*{re.escape(self.path.name)}", line (\d+)')
        found = [match[1] for line in traceback if (match := mark.match(line))]
        return found[-1] if found else ""


def first_open(learner: Learner) -> str:
    """The first exercise that is not passed yet; "" when all are."""
    return next((row[0] for row in learner.rows() if not row[-1]), "")


def following(name: str) -> str:
    """The exercise after ``name``; the first after the last."""
    known = list(catalog.exercises())
    return known[(known.index(name) + 1) % len(known)]
