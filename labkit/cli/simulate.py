"""``labkit simulate``: many connections at once, counted by outcome and by rule."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.packets import packet_parser, question
from labkit.cli.parser import Parser
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
    words = context.words
    if not 1 <= options.n <= MOST:
        raise UsageError(words("cli.packet.bad_n", n=options.n, most=MOST))
    node, packet = question(options, context)
    from labkit.netfilter.batch import PacketBatch

    began = context.clock.monotonic()
    result = node.simulate(PacketBatch(packet, options.n), hook=options.hook, seed=options.seed)
    seconds = context.clock.monotonic() - began
    exact = node.outcomes(packet, hook=options.hook).by_label
    counts = result.by_label
    if options.json:
        rules = [
            {"table": key[0], "chain": key[1], "number": key[2], "packets": value[0]}
            for key, value in sorted(result.counters.items())
        ]
        context.console.json(
            {
                "packet": str(packet),
                "connections": options.n,
                "seed": options.seed,
                "seconds": round(seconds, 3),
                "outcomes": [
                    {
                        "outcome": label,
                        "connections": counts.get(label, 0),
                        "expected": float(chance * options.n),
                    }
                    for label, chance in exact.items()
                ],
                "rules": rules,
            }
        )
        return 0
    context.console.print(str(packet), "dim")
    rows = [
        (
            label,
            str(counts.get(label, 0)),
            f"{float(chance * options.n):.1f}",
            f"{counts.get(label, 0) / options.n:.4%}",
        )
        for label, chance in sorted(exact.items(), key=lambda item: (-item[1], item[0]))
    ]
    head = (words("cli.outcome"), words("cli.count"), words("cli.expected"), words("cli.percent"))
    context.console.table(head, rows, right=" rrr")
    if options.counters:
        context.console.print()
        context.console.text(node.rules.canonical(result.counters))
    rate = f"{options.n / max(seconds, 1e-9):,.0f}"
    context.console.print(
        words("cli.simulate.summary", n=options.n, seconds=seconds, rate=rate), "dim"
    )
    return 0
