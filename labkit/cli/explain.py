"""``labkit explain``: what each rule is for, in words, from its text alone."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable

from labkit import plan
from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.sources import read_text
from labkit.errors import UsageError
from labkit.kubeproxy.explain import explained
from labkit.kubeproxy.explained import Explained
from labkit.words import Words

UNKNOWN_STYLE, SENTENCE_STYLE = "dim", "cyan"


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "explain",
        (
            "labkit explain",
            "labkit explain --service default/backend-service",
            "iptables-save | labkit explain -",
            "labkit rules -f cluster.yaml --mode nftables | labkit explain - --lang es",
            "labkit explain worker.rules --json",
        ),
    )
    made.option("rules", key="cli.packet.rules", metavar="RULES", nargs="?", default="")
    made.option(
        "--node",
        key="cli.rules.node",
        fields={"node": plan.NODES[0].name},
        metavar="NAME",
        default="",
    )
    made.option("--service", key="cli.explain.service", metavar="NS/NAME", default="")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Print each rule with its sentence, table by table."""
    found = explained(text_of(options, context), context.words.language)
    chosen = [one for one in found if about(one, options.service)]
    if options.json:
        context.console.json({"rules": [as_dict(one) for one in chosen]})
        return 0
    if not found:
        raise UsageError(context.words("cli.explain.nothing"), context.words("cli.explain.fix"))
    if not chosen:
        raise UsageError(
            context.words("cli.explain.no_service", service=options.service),
            context.words("cli.explain.services", services=", ".join(services(found)) or "-"),
        )
    show(chosen, context)
    unknown = sum(not one.known for one in chosen)
    if unknown:
        context.console.print(
            context.words("cli.explain.unknown", unknown=unknown, n=len(chosen)), UNKNOWN_STYLE
        )
    return 0


def text_of(options: Namespace, context: Context) -> str:
    """The text of the file, or of a node of the running cluster."""
    if options.rules:
        if options.node:
            raise UsageError(context.words("cli.explain.node"))
        return read_text(options.rules, context)
    return context.running().node_rules(options.node or plan.NODES[0].name)


def about(one: Explained, service: str) -> bool:
    """Whether a rule is about the Service (``ns/name``, a bare name of namespace default, or
    ``ns/name:port``); without a Service every rule is."""
    if not service:
        return True
    wanted = service if "/" in service else f"default/{service}"
    return one.service == wanted or one.service.startswith(f"{wanted}:")


def services(found: Iterable[Explained]) -> list[str]:
    """The Services that are named, sorted."""
    return sorted({one.service.partition(":")[0] for one in found if one.service})


def show(chosen: Iterable[Explained], context: Context) -> None:
    """The rules below the heading of their table and chain."""
    heading = ("", "")
    for one in chosen:
        if (one.table, one.chain) != heading:
            heading = one.table, one.chain
            context.console.print(f"{one.table} {one.chain}", "bold")
        context.console.print(f"  {one.rule}", UNKNOWN_STYLE)
        style = SENTENCE_STYLE if one.known else UNKNOWN_STYLE
        context.console.print(f"      {one.sentence}", style)


def as_dict(one: Explained) -> dict[str, object]:
    """A rule as plain data."""
    return {
        "line": one.line,
        "table": one.table,
        "chain": one.chain,
        "rule": one.rule,
        "kind": one.code,
        "known": one.known,
        "sentence": one.sentence,
        "service": one.service,
        "endpoint": one.endpoint,
    }
