"""``labkit replay``: packets from a file, in order, through a forwarding node."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter

from labkit.cli.context import Context
from labkit.cli.packets import check_ip
from labkit.cli.parser import Parser
from labkit.cli.sources import read_all
from labkit.model.ipset import IpSets
from labkit.netfilter.replay import arrivals, replay
from labkit.words import Words

BACKENDS = ("nft", "legacy")
EXAMPLES = (
    "labkit replay worker.rules packets.jsonl",
    "labkit replay worker.rules packets.jsonl --backend legacy --json",
    "labkit replay worker.rules - --local 172.18.0.3 --seed 7 --json < packets.jsonl",
    "labkit replay node.rules packets.jsonl --ipset sets.txt",
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
    made.option("--ipset", key="cli.packet.ipset", metavar="FILE", default="")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Print the counters, and with --json the end of each packet."""
    names = [options.rules, options.packets, *filter(None, [options.ipset])]
    (name, rules), (_, packets), *more = read_all(names, context)
    answer = replay(
        rules,
        arrivals(packets),
        backend=options.backend,
        local=[check_ip(one, context.words) for one in options.local],
        seed=options.seed,
        source=name,
        sets=IpSets.parse(more[0][1], source=more[0][0]) if more else None,
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
