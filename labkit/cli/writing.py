"""Files that commands of the graders write: the class's secret, and why one cannot be written."""

from __future__ import annotations

from pathlib import Path

from labkit.cli.context import Context
from labkit.errors import LabError
from labkit.words import Words

SECRET = "labkit-secret"
"""The secret that nobody named, beside the folder that is handed out or holds the results."""


def unwritable(path: Path, error: OSError, words: Words) -> LabError:
    """The sentence on a file or folder that cannot be written."""
    reason = error.strerror or type(error).__name__
    return LabError(words("grade.unwritable", path=path, reason=reason))


def kept_secret(file: Path, context: Context) -> bytes:
    """The secret in a file; a new one is made there, and told, the first time.

    Raises ``LabError`` when that cannot be.
    """
    from labkit.grading.grader.secrets import make_secret, read_secret

    if file.exists():
        return read_secret(file, context.words)
    try:
        made = make_secret(file)
    except OSError as error:
        raise unwritable(file, error, context.words) from error
    context.console.warn(context.words("grade.secret.made", file=file), "dim")
    return made
