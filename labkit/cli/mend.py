"""``labkit mend``: undo exactly what ``labkit break`` broke, and say what it was."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.words import Words

if TYPE_CHECKING:
    from labkit.lab.faults.breaking import Breaker


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(words, "mend", ("labkit mend", "labkit mend --json"))
    made.flag("--json", "cli.json")
    made.backend()
    return made


def run(options: Namespace, context: Context) -> int:
    """Mend; nothing to mend is no error."""
    console, words = context.console, context.words
    console.quiet = options.json
    console.progress(words("cli.mend.progress"))
    mended = breaker_of(context, options.backend).mend()
    if options.json:
        console.json({"mended": mended is not None, "fault": mended.name if mended else None})
    elif mended is None:
        console.print(words("faults.nothing"))
    else:
        console.print(words("faults.mended", what=mended.what))
    return 0


def breaker_of(context: Context, backend: str) -> Breaker:
    """What breaks and mends the lab of the cluster that is up."""
    from labkit.lab.ensuring import Ensurer
    from labkit.lab.faults.breaking import Breaker

    cluster = context.running(backend)
    kubectl = context.kubectl(cluster)
    ensurer = Ensurer(kubectl, context.clock, context.words, context.console.print, cluster.labels)
    return Breaker(cluster, ensurer)
