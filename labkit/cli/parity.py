"""``labkit parity``: does a cluster behave as a real Kubernetes 1.36?  Prints what differs."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.wishes import add_wishes, wishes_of
from labkit.cluster.base import Cluster, Started
from labkit.parity.stage import Stage
from labkit.parity.suite import Result, run_all
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "parity",
        (
            "labkit parity",
            "labkit parity --backend kind --proxy-mode nftables",
            "labkit parity --context minikube --allow-node-pod",
            "labkit parity --json",
        ),
    )
    add_wishes(made)
    made.flag("--keep", "cli.parity.keep")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Exit status 0 only if nothing differs."""
    words, console = context.words, context.console
    console.quiet = options.json
    choice = context.choose(options.backend, wishes_of(options))
    cluster = choice.cluster
    started = cluster.up(console.progress)
    console.print(words("parity.title", cluster=cluster.describe()), "bold")
    stage = Stage(cluster, context.kubectl(cluster), context.clock, words)
    results: list[Result] = []
    try:
        for result in run_all(stage, console.progress):
            results.append(result)
            show(result, context)
    finally:
        leave(cluster, started, keep=options.keep)
    return conclude(results, cluster, options, context)


def leave(cluster: Cluster, started: Started, *, keep: bool) -> None:
    """Stop the cluster if this run started it."""
    if not keep and not started.found and not started.recovered:
        cluster.down()


def show(result: Result, context: Context) -> None:
    """One line, and what differs below it."""
    words, console = context.words, context.console
    state = "not_here" if not result.here else "same" if result.ok else "differs"
    width = max(len(words(f"parity.{one}")) for one in ("not_here", "same", "differs"))
    style = {"same": "green", "differs": "red", "not_here": "dim"}[state]
    word = words(f"parity.{state}").ljust(width)
    console.print(f"{word}  {result.name} ({result.seconds:.1f} s)", style)
    for one in result.differences:
        console.print(f"    {one.where}")
        for label, text in (("expected", one.expected), ("found", one.found)):
            shown = text.replace("\n", "\n        ")
            console.print(f"      {words(f'parity.{label}')}: {shown}")


def conclude(results: list[Result], cluster: Cluster, options: Namespace, context: Context) -> int:
    """The sum, and the exit status."""
    words, console = context.words, context.console
    differing = [one for one in results if not one.ok]
    left_out = [one for one in results if not one.here]
    if options.json:
        console.json(
            {
                "backend": cluster.name,
                "ok": not differing,
                "checks": [{**asdict(one), "ok": one.ok} for one in results],
            }
        )
        return 1 if differing else 0
    if differing:
        console.print(words("parity.some_differ", n=len(differing), all=len(results)))
    else:
        console.print(words("parity.all_same", n=len(results) - len(left_out)))
    if left_out:
        console.print(words("parity.left_out", n=len(left_out)))
    return 1 if differing else 0
