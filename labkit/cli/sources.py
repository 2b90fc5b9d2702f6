"""Texts that commands read: files, standard input, or a node of the running cluster."""

from __future__ import annotations

import sys
from pathlib import Path

from labkit.cli.context import Context
from labkit.errors import UsageError

STDIN = "-"


def read_text(name: str, context: Context) -> str:
    """The text of a file, or of standard input for ``-``; ``UsageError`` on one line."""
    words = context.words
    try:
        raw = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(words("cli.rules.unreadable", path=name, reason=reason)) from error
    try:
        # PowerShell's > writes UTF-16 with a byte order mark
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(words("cli.rules.not_text", path=name)) from error


def read_all(names: list[str], context: Context) -> list[tuple[str, str]]:
    """(name, text) of each; standard input may be among them once."""
    if names.count(STDIN) > 1:
        raise UsageError(context.words("cli.rules.twice_stdin"))
    return [("stdin" if name == STDIN else name, read_text(name, context)) for name in names]
