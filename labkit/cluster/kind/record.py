"""What labkit writes down about the kind cluster that it made, and by which it knows it again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """``nodes`` maps a node's name to its container; ``ready`` that the start was finished."""

    engine: str
    image: str
    proxy_mode: str
    started: str = ""
    ready: bool = False
    nodes: Mapping[str, str] = field(default_factory=dict)


def read_record(path: Path) -> Record | None:
    """The record; None when there is none, or nothing that can be read."""
    try:
        said: Any = json.loads(path.read_text(encoding="utf-8"))
        return Record(
            engine=str(said["engine"]),
            image=str(said["image"]),
            proxy_mode=str(said["proxy_mode"]),
            started=str(said.get("started", "")),
            ready=bool(said.get("ready")),
            nodes={str(name): str(one) for name, one in dict(said.get("nodes") or {}).items()},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(path: Path, record: Record) -> None:
    """Write it whole or not at all, for this user alone."""
    new = path.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(record), file, indent=2)
    new.replace(path)


def read_identities(text: str) -> dict[str, str]:
    """Name to container, from lines of ``ID NAME``."""
    pairs = [line.split() for line in text.splitlines()]
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}
