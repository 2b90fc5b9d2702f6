"""The teacher's secret: a small file that makes everybody's data their own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from labkit.errors import UsageError
from labkit.words import Words

SHORTEST = 16


def read_secret(file: Path, words: Words) -> bytes:
    """The secret in a file; ``UsageError`` if there is none to be read."""
    try:
        data = file.read_bytes().strip()
    except OSError:
        data = b""
    if len(data) < SHORTEST:
        raise UsageError(words("grade.secret.bad", file=file), words("grade.secret.fix"))
    return data


def make_secret(file: Path) -> bytes:
    """A new secret, mode 0600; never over one that is there."""
    data = secrets.token_hex(32).encode("ascii")
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data + b"\n")
    return data
