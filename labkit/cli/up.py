"""``labkit up``: start the cluster, or find the one that is running."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.wishes import add_wishes, wishes_of
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "up",
        (
            "labkit up",
            "labkit up --seed 7",
            "labkit up --proxy-mode nftables",
            "labkit up --backend kind --proxy-mode nftables",
            "labkit up --backend kind --dry-run",
            "labkit up --context minikube --namespace labkit",
            "labkit up --json",
        ),
    )
    add_wishes(made)
    made.flag("--keep", "cli.up.keep")
    made.flag("--dry-run", "cli.up.dry")
    made.option("--seed", key="cli.up.seed", type=int, metavar="N")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Start or find; say which."""
    words, console = context.words, context.console
    console.quiet = options.json
    if options.dry_run:
        return dry_run(options, context)
    choice = context.choose(options.backend, wishes_of(options))
    for one in choice.passed_over:
        console.print(words("lab.passed_over", name=one.name, reason=one.reason), "dim")
    cluster = choice.cluster
    began = context.clock.monotonic()
    started = cluster.up(console.progress, seed=options.seed)
    seconds = context.clock.monotonic() - began
    if options.json:
        status = cluster.status()
        console.json(
            {
                "backend": cluster.name,
                "found": started.found,
                "recovered": started.recovered,
                "seconds": round(seconds, 3),
                "nodes": list(status.nodes),
                "notes": list(started.notes),
                "kubeconfig": str(cluster.kubeconfig),
            }
        )
        return 0
    for note in started.notes:
        console.print(note)
    kind = "found" if started.found else "recovered" if started.recovered else "started"
    console.print(words(f"cli.up.{kind}", cluster=cluster.describe(), seconds=seconds))
    console.print(words("cli.status.kubeconfig", path=cluster.kubeconfig))
    console.print(words("cli.up.next"))
    return 0


def dry_run(options: Namespace, context: Context) -> int:
    """Every command line that starting would run, in order, and nothing is run."""
    cluster = context.there(options.backend, wishes_of(options))
    lines = cluster.commands()
    if options.json:
        said = [line for line in lines if not line.startswith("#")]
        context.console.json({"backend": cluster.name, "commands": said})
        return 0
    for line in lines:
        context.console.text(line)
    return 0
