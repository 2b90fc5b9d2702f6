"""The program kind: found on the PATH, or how to get it on this system."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from labkit.errors import ClusterError
from labkit.words import Words


def find_kind(environment: Mapping[str, str], words: Words) -> Path:
    """Where kind is; ``ClusterError`` that says how to get it."""
    found = shutil.which("kind", path=environment.get("PATH", ""))
    if found is None:
        raise ClusterError(words("kind.missing"), words(f"kind.missing.{system()}"))
    return Path(found)


def system() -> str:
    """Which of our three ways of installing fits: mac, windows or linux."""
    if sys.platform == "darwin":
        return "mac"
    return "windows" if sys.platform == "win32" else "linux"
