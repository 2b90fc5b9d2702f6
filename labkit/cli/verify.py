"""``labkit verify``: does the emulator agree with this machine's Linux on a ruleset?"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from labkit.cli.context import Context
from labkit.cli.packets import check_ip
from labkit.cli.parser import Parser
from labkit.cli.sources import read_all
from labkit.model.ipset import IpSets
from labkit.ruleset.tables import Ruleset
from labkit.words import Words

BACKENDS = ("nft", "legacy", "both")
SHOWN = 20
EXAMPLES = (
    "labkit verify worker.rules",
    "labkit verify worker.rules --backend legacy --local 172.18.0.3",
    "labkit verify node.rules --ipset sets.txt",
    "iptables-save | labkit verify - --json",
)


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(words, "verify", EXAMPLES)
    made.option("rules", key="cli.linux.rules", metavar="RULES")
    made.option("--backend", key="cli.verify.backend", choices=BACKENDS, default="both")
    made.option(
        "--local", key="cli.linux.local", metavar="IP", nargs="+", action="extend", default=[]
    )
    made.option("--packets", key="cli.verify.packets", type=positive, default=4000, metavar="N")
    made.option("--ipset", key="cli.packet.ipset", metavar="FILE", default="")
    made.flag("--json", "cli.json")
    return made


def positive(text: str) -> int:
    """A number of packets.  Raises ``ValueError``."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def run(options: Namespace, context: Context) -> int:
    """Print the differences; the exit status is 0 only when there are none."""
    from labkit.netns.verify import verify

    words, console = context.words, context.console
    names = [options.rules, *filter(None, [options.ipset])]
    (source, text), *more = read_all(names, context)
    rules = Ruleset.parse(text, source=source)
    sets = IpSets.parse(more[0][1], source=more[0][0]) if more else IpSets()
    local = [check_ip(one, words) for one in options.local]
    backends = ("nft", "legacy") if options.backend == "both" else (options.backend,)
    found = []
    for backend in backends:

        def tell(step: str, backend: str = backend) -> None:
            console.progress(f"iptables-{backend}: {words(f'cli.verify.step.{step}')}")

        found.append(verify(rules, backend, local, options.packets, sets, tell))
    console.clear_progress()
    different = sum(len(one.differences) for one in found)
    if options.json:
        console.json({"equal": not different, "backends": [asdict(one) for one in found]})
        return int(different > 0)
    for one in found:
        console.print(
            words(
                "cli.verify.summary",
                backend=one.backend,
                release=one.release,
                rules=one.rules,
                packets=one.packets,
                differences=len(one.differences),
            ),
            "red" if one.differences else "green",
        )
        for difference in one.differences[:SHOWN]:
            console.print(
                words(
                    "cli.verify.difference",
                    what=difference.what,
                    linux=difference.linux,
                    emulator=difference.emulator,
                )
            )
        if len(one.differences) > SHOWN:
            console.print(words("cli.verify.more", n=len(one.differences) - SHOWN))
    return int(different > 0)
