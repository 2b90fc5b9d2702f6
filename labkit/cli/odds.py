"""``labkit odds``: every outcome of a new connection with its exact probability."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from labkit.cli.context import Context
from labkit.cli.packets import packet_parser, question
from labkit.cli.parser import Parser
from labkit.dataplane.report import odds_report
from labkit.lab.noderules import fraction_text, percent
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    return packet_parser(words, "odds")


def run(options: Namespace, context: Context) -> int:
    """Print the outcomes, the likeliest first; they sum to 1."""
    asked = question(options, context)
    report = odds_report(asked.plane, asked.packet, hook=options.hook)
    if options.json:
        context.console.json(report.data)
        return 0
    words = context.words
    rows = [
        (label, fraction_text(chance), percent(chance))
        for label, chance in ranked(by_label(report.data))
    ]
    context.console.print(str(asked.packet), "dim")
    if report.data["mode"] == "ipvs":
        context.console.print(words("cli.odds.turns", label=report.data["outcomes"][0]["label"]))
    context.console.table(
        (words("cli.outcome"), words("cli.exact"), words("cli.percent")), rows, right=" rr"
    )
    return 0


def by_label(data: Mapping[str, Any]) -> dict[str, Fraction]:
    """Label to exact probability (in IPVS mode: its share by turns), from the report's data."""
    return {label: Fraction(int(n), int(d)) for label, (n, d) in data["shares"].items()}


def ranked(chances: Mapping[str, Fraction]) -> list[tuple[str, Fraction]]:
    """The likeliest first, then by name."""
    return sorted(chances.items(), key=lambda item: (-item[1], item[0]))
