"""``labkit down``: stop the cluster and remove exactly what was made.  Twice is fine."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(words, "down", ("labkit down", "labkit down --json"))
    made.backend()
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Stop it, and name what is gone."""
    cluster = context.there(options.backend)
    context.console.progress(context.words("cli.down.step"))
    gone = cluster.down()
    if options.json:
        context.console.json({"backend": cluster.name, "removed": list(gone)})
    elif gone:
        key = "cli.down.theirs" if cluster.labels else "cli.down.done"
        context.console.print(context.words(key, names=", ".join(gone)))
    else:
        context.console.print(context.words("cli.down.nothing"))
    for name in context.still_up():
        context.console.warn(context.words("cli.down.other", name=name))
    return 0
