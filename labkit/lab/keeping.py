"""What keeps a lesson going: the cluster's pulse, who else works on it, manifests as they were."""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from labkit.cluster.base import Cluster
from labkit.lab import files
from labkit.words import Words

Pulse = Literal["here", "recovered", "gone"]
OPEN = "open"
"""The folder of the runtime folder where each session notes the lesson that it works on."""
YOURS = ".yours"


class Keeping:
    """The part of ``Lab`` that a session's guide asks; see there for the fields."""

    cluster: Cluster
    words: Words
    _home: Path

    def pulse(self) -> Pulse:
        """Whether the cluster lives.  An embedded one that died is started again with all its
        objects ("recovered"); one that was taken down stays down ("gone").

        Raises ``ClusterError`` when it does not come back.
        """
        from labkit.cluster.embedded import EmbeddedCluster

        cluster = self.cluster
        if not isinstance(cluster, EmbeddedCluster):
            return "here"
        alive = cluster.alive()
        if alive:
            return "here"
        if alive is None:
            return "gone"
        cluster.up()
        return "recovered"

    def others(self, lesson: str) -> list[str]:
        """Note that this process works on ``lesson``; the other lessons that are open on this
        cluster, in order."""
        folder = self._home / OPEN
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            mine = folder / str(os.getpid())
            mine.write_text(lesson, encoding="utf-8")
            atexit.register(mine.unlink, missing_ok=True)
            found = {_lesson_of(path) for path in folder.iterdir() if path != mine}
        except OSError:
            return []
        return sorted(found - {"", lesson}, key=int)

    def broken_manifest(self) -> tuple[str, int] | None:
        """The first manifest of the current folder that is no YAML, and the line (from 1)."""
        import yaml

        for name in _here():
            try:
                list(yaml.safe_load_all(Path(name).read_text(encoding="utf-8")))
            except yaml.MarkedYAMLError as error:
                mark = error.problem_mark or error.context_mark
                return name, mark.line + 1 if mark else 1
            except (OSError, UnicodeDecodeError, yaml.YAMLError):
                return name, 1
        return None

    def changed_manifests(self) -> list[str]:
        """The manifests of the current folder that are no longer as the course gave them."""
        return [name for name, text in _here().items() if _text(Path(name)) != text]

    def restore(self, name: str = "") -> list[str]:
        """Put the course's manifest ``name`` back into the current folder (all of them without a
        name).  What stood there is kept beside it as ``NAME.yours``.  Gives what was put back."""
        restored = []
        for one in self.changed_manifests():
            if name in ("", one):
                path = Path(one)
                if path.exists():
                    path.replace(path.with_name(one + YOURS))
                path.write_text(_here()[one], encoding="utf-8", newline="\n")
                restored.append(one)
        return restored


def _here() -> Mapping[str, str]:
    """The course's manifests of the set whose folder this is: file to text."""
    which = Path.cwd().name
    if which not in files.variants():
        return {}
    return {name: files.text_of(which, name) for name in files.names_of(which)}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _lesson_of(path: Path) -> str:
    """The lesson that a session noted; "" (and no note any more) when it has ended."""
    from labkit.cluster import process

    if not path.name.isdigit() or not process.is_alive(int(path.name)):
        path.unlink(missing_ok=True)
        return ""
    said = path.read_text(encoding="utf-8")
    return said if said.isdigit() else ""
