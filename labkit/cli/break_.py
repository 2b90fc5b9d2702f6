"""``labkit break [FAULT]``: break the lab in one of several ways, to find the cause."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "break",
        (
            "labkit break --list",
            "labkit break wrong-selector",
            "labkit break --seed 7",
            "labkit break --secret wrong-selector",
        ),
    )
    made.option("fault", key="cli.break.fault", nargs="?", metavar="FAULT")
    made.flag("--list", "cli.break.list")
    made.option("--seed", key="cli.break.seed", type=int, metavar="N")
    made.flag("--secret", "cli.break.secret")
    made.flag("--json", "cli.json")
    made.backend()
    return made


def run(options: Namespace, context: Context) -> int:
    """Break, and say what is broken; drawn or with ``--secret``, say only that something is."""
    from labkit.cli.mend import breaker_of

    console, words = context.console, context.words
    console.quiet = options.json
    if options.list:
        return listed(options, context)
    breaker = breaker_of(context, options.backend)
    secret = options.secret or options.fault is None
    console.progress(words("cli.break.progress"))
    broken = breaker.break_it(options.fault, seed=options.seed, secret=secret)
    if options.json:
        shown = None if secret else broken.name
        console.json({"broken": True, "fault": shown, "secret": secret})
        return 0
    console.print(words("faults.done.secret") if secret else words("faults.done", what=broken.what))
    if not secret:
        console.print(words("faults.clue", clue=broken.clue))
    console.print(words("faults.mend.next"))
    return 0


def listed(options: Namespace, context: Context) -> int:
    """Every fault, and why one cannot be made here."""
    from labkit.lab.faults.catalog import FAULTS

    console, words = context.console, context.words
    cluster = context.there(options.backend)
    rows = [
        (fault.name, words(f"faults.{fault.name}"), sorted(fault.needs - cluster.capabilities))
        for fault in FAULTS
    ]
    if options.json:
        console.json([{"fault": row[0], "what": row[1], "lacks": row[2]} for row in rows])
        return 0
    width = max(len(row[0]) for row in rows)
    for name, what, lacks in rows:
        note = " " + words("cli.break.lacks", names=", ".join(lacks)) if lacks else ""
        console.print(f"{name.ljust(width)}  {what}{note}")
    return 0
