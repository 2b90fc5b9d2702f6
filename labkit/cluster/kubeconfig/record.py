"""What labkit writes down about the namespace that it made in somebody's cluster."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """``uid`` is the namespace's own: one of the same name made later is another.  ``made`` tells
    that labkit made it (an administrator may have prepared it instead).  ``schedulable`` counts
    the nodes on which an ordinary Pod may run."""

    context: str
    namespace: str
    uid: str
    made: bool
    instance: str
    nodes: tuple[str, ...] = ()
    schedulable: int = 0
    node_pod: bool = False
    started: str = ""
    version: str = ""


def read_record(path: Path) -> Record | None:
    """The record; None when there is none, or nothing that can be read."""
    try:
        said: Any = json.loads(path.read_text(encoding="utf-8"))
        return Record(
            context=str(said["context"]),
            namespace=str(said["namespace"]),
            uid=str(said["uid"]),
            made=bool(said["made"]),
            instance=str(said["instance"]),
            nodes=tuple(str(name) for name in said.get("nodes") or ()),
            schedulable=int(said.get("schedulable", 0)),
            node_pod=bool(said.get("node_pod")),
            started=str(said.get("started", "")),
            version=str(said.get("version", "")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(path: Path, record: Record) -> None:
    """Write it whole or not at all, for this user alone."""
    write_private(path, json.dumps(asdict(record), indent=2))


def write_private(path: Path, text: str) -> None:
    """A file of mode 0600, written whole or not at all."""
    new = path.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
