"""``labkit trace``: the way of one packet through a node, rule by rule."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.packets import packet_parser, question
from labkit.cli.parser import Parser
from labkit.dataplane.report import trace_report
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    made = packet_parser(words, "trace")
    made.option("--seed", key="cli.packet.seed", type=int, default=0, metavar="N")
    made.flag("--all", "cli.trace.all")
    return made


def run(options: Namespace, context: Context) -> int:
    """Print each step and the end."""
    asked = question(options, context)
    report = trace_report(
        asked.plane,
        asked.packet,
        hook=options.hook,
        seed=options.seed,
        every=options.all,
        lang=context.words.language,
    )
    if options.json:
        context.console.json(report.data)
    else:
        context.console.text(report.text)
    return 0
