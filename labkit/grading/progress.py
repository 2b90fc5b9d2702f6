"""What a learner has done, in one small file: predictions, checks, hints, what is passed.

``progress.json`` in the runtime folder::

    {"predictions": {"05.1": 10},
     "exercises": {"05.1": {"state": "correct", "passed": true, "checks": 3, "hints": 1,
                            "causes": ["same_share"]}}}

Nothing in it is a mark, and nothing is held against the learner.  A file that cannot be read or
written must not stop a lesson: then the session remembers.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.errors import UsageError
from labkit.grading.examine import STATES
from labkit.words import Words

Table = dict[str, Any]
SECTIONS = ("predictions", "exercises")


@dataclass(slots=True)
class Progress:
    """The sections of one learner's file; ``reason`` says why it could not be written."""

    file: Path
    reason: str = ""
    _memory: dict[str, Table] = field(default_factory=dict)

    def section(self, name: str) -> Table:
        """A section as it is now: the file, and over it what only this session knows."""
        return {**self._read().get(name, {}), **self._memory.get(name, {})}

    def put(self, name: str, key: str, value: Any) -> bool:
        """Keep ``value``; whether the file took it (``reason`` says why not)."""
        self._memory.setdefault(name, {})[key] = value
        return self._write({one: self.section(one) for one in SECTIONS})

    def drop(self, name: str, key: str) -> bool:
        """Forget ``key``."""
        sections = {one: self.section(one) for one in SECTIONS}
        sections[name].pop(key, None)
        self._memory.get(name, {}).pop(key, None)
        return self._write(sections)

    def export(self, target: Path, words: Words) -> None:
        """Write everything to ``target``; ``LabError`` if that cannot be."""
        text = json.dumps({one: self.section(one) for one in SECTIONS}, ensure_ascii=False)
        write_out(target, text + "\n", words)

    def load(self, source: Path, words: Words) -> None:
        """Take over a file that ``export`` wrote: what is passed stays passed, counts take the
        higher value.  Raises ``UsageError`` if it is not such a file."""
        brought = _sections(source)
        if brought is None:
            raise UsageError(words("grading.bad_file", file=source))
        mine = self.section("exercises")
        for name, theirs in brought["exercises"].items():
            self._memory.setdefault("exercises", {})[name] = _merged(mine.get(name, {}), theirs)
        predictions = {**brought["predictions"], **self.section("predictions")}
        self._memory["predictions"] = predictions
        self._write({one: self.section(one) for one in SECTIONS})

    def _read(self) -> dict[str, Table]:
        return _sections(self.file) or {}

    def _write(self, sections: Mapping[str, Table]) -> bool:
        """Write beside and rename, so that a crash leaves the old file or the new one."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=".progress-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as out:
                    json.dump(sections, out, ensure_ascii=False, indent=1)
                os.replace(name, self.file)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            self.reason = error.strerror or type(error).__name__
            return False
        self._memory.clear()  # the file has it now, and other processes write there too
        return True


def write_out(target: Path, text: str, words: Words) -> None:
    """A file that the learner asked for; ``LabError`` with the reason if it cannot be written."""
    from labkit.lab.files import unwritable

    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(target, error, words) from error


def _sections(file: Path) -> dict[str, Table] | None:
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(stored, dict):
        return None
    found = {name: stored.get(name, {}) for name in SECTIONS}
    tables = all(isinstance(one, dict) for one in found.values())
    if not tables or not all(isinstance(one, dict) for one in found["exercises"].values()):
        return None
    found["exercises"] = {name: _sound(one) for name, one in found["exercises"].items()}
    return found


def _sound(record: Table) -> Table:
    """A record as we write it, whatever a hand or another program made of the file."""
    causes = record.get("causes")
    fields = {
        "state": record["state"] if record.get("state") in STATES else "",
        "causes": [str(one) for one in causes] if isinstance(causes, list) else [],
        **{name: _count(record.get(name)) for name in ("checks", "hints")},
    }
    return {**record, **{name: value for name, value in fields.items() if name in record}}


def _merged(mine: Table, theirs: Table) -> Table:
    passed = bool(mine.get("passed")) or bool(theirs.get("passed"))
    counts = {
        name: max(_count(mine.get(name)), _count(theirs.get(name))) for name in ("checks", "hints")
    }
    causes = list(dict.fromkeys([*mine.get("causes", ()), *theirs.get("causes", ())]))
    state = "correct" if passed else str(theirs.get("state") or mine.get("state") or "")
    return {"state": state, "passed": passed, **counts, "causes": causes}


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0
