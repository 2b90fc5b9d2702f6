"""The command line: one command per file; nothing is imported before it is needed."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit status (what the ``labkit`` script exits with)."""
    import sys

    from labkit.cli.app import run

    return run(list(sys.argv[1:] if arguments is None else arguments))
