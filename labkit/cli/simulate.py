"""``labkit simulate``: many connections at once, counted by outcome and by rule."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter

from labkit.cli.context import Context
from labkit.cli.odds import by_label, ranked
from labkit.cli.packets import packet_parser, question
from labkit.cli.parser import Parser
from labkit.dataplane.report import odds_report, simulate_report
from labkit.errors import UsageError
from labkit.words import Words

MOST = 1_000_000_000


def parser(words: Words) -> Parser:
    """Its options."""
    made = packet_parser(words, "simulate")
    made.option("-n", key="cli.packet.n", type=int, default=1_000_000, metavar="N")
    made.option("--seed", key="cli.packet.seed", type=int, default=0, metavar="N")
    made.flag("--counters", "cli.packet.counters")
    return made


def run(options: Namespace, context: Context) -> int:
    """Print the counts beside the exact expectation."""
    words, console, n = context.words, context.console, options.n
    if not 1 <= n <= MOST:
        raise UsageError(words("cli.packet.bad_n", n=n, most=MOST))
    asked = question(options, context)
    began = context.clock.monotonic()
    report = simulate_report(
        asked.plane,
        asked.packet,
        n,
        hook=options.hook,
        seed=options.seed,
    )
    seconds = context.clock.monotonic() - began
    if options.json:
        console.json({**report.data, "seconds": round(seconds, 3)})
        return 0
    exact = odds_report(asked.plane, asked.packet, hook=options.hook)
    counts: Counter[str] = Counter()
    for one in report.data["outcomes"]:
        counts[one["label"]] += one["connections"]
    rows = [
        (label, str(counts[label]), f"{float(chance * n):.1f}", f"{counts[label] / n:.4%}")
        for label, chance in ranked(by_label(exact.data))
    ]
    head = (words("cli.outcome"), words("cli.count"), words("cli.expected"), words("cli.percent"))
    console.print(str(asked.packet), "dim")
    console.table(head, rows, right=" rrr")
    if options.counters:
        console.print()
        counted = [(str(r["packets"]), r["table"], r["rule"]) for r in report.data["rules"]]
        console.table((words("cli.packets"), words("cli.table"), words("cli.rule")), counted, "r")
    rate = f"{n / max(seconds, 1e-9):,.0f}"
    console.print(words("cli.simulate.summary", n=f"{n:,}", seconds=seconds, rate=rate), "dim")
    return 0
