"""``labkit replay``: packets from a file, in order, through a forwarding node."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.sources import STDIN, read_all
from labkit.netfilter.replay import arrivals, replay
from labkit.words import Words

BACKENDS = ("nft", "legacy")
EXAMPLES = (
    "labkit replay worker.rules packets.jsonl",
    "labkit replay worker.rules packets.jsonl --backend legacy --json",
    "labkit replay worker.rules - --local 172.18.0.3 --seed 7 --json < packets.jsonl",
)


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(words, "replay", EXAMPLES)
    made.option("rules", key="cli.linux.rules", metavar="RULES")
    made.option("packets", key="cli.replay.packets", metavar="PACKETS.jsonl")
    made.option("--backend", key="cli.linux.backend", choices=BACKENDS, default="nft")
    made.option(
        "--local", key="cli.linux.local", metavar="IP", nargs="+", action="extend", default=[]
    )
    made.option("--seed", key="cli.packet.seed", type=int, default=0, metavar="N")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Print the counters, and with --json the end of each packet."""
    (name, rules), (_, packets) = read_all([options.rules, options.packets], context)
    answer = replay(
        rules,
        arrivals(packets),
        backend=options.backend,
        local=options.local,
        seed=options.seed,
        source="stdin" if options.rules == STDIN else name,
    )
    if options.json:
        context.console.json(answer.data())
        return 0
    context.console.text(answer.text())
    ends = Counter(trace.verdict.value for trace in answer.traces)
    shown = ", ".join(
        f"{count} {context.words('cli.replay.' + end)}" for end, count in sorted(ends.items())
    )
    context.console.warn(
        context.words("cli.replay.summary", n=len(answer.traces), ends=shown), "dim"
    )
    return 0
