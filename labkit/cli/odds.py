"""``labkit odds``: every outcome of a new connection with its exact probability."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.packets import packet_parser, question
from labkit.cli.parser import Parser
from labkit.lab.noderules import fraction_text, percent
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    return packet_parser(words, "odds")


def run(options: Namespace, context: Context) -> int:
    """Print the outcomes, the likeliest first; they sum to 1."""
    node, packet = question(options, context)
    outcomes = node.outcomes(packet, hook=options.hook)
    ordered = sorted(outcomes.by_label.items(), key=lambda item: (-item[1], item[0]))
    if options.json:
        context.console.json(
            {
                "packet": str(packet),
                "outcomes": [
                    {
                        "outcome": one.label,
                        "verdict": str(one.verdict),
                        "destination": one.destination,
                        "numerator": one.probability.numerator,
                        "denominator": one.probability.denominator,
                        "probability": float(one.probability),
                    }
                    for one in outcomes
                ],
            }
        )
        return 0
    words = context.words
    rows = [(label, fraction_text(chance), percent(chance)) for label, chance in ordered]
    context.console.print(str(packet), "dim")
    context.console.table(
        (words("cli.outcome"), words("cli.exact"), words("cli.percent")), rows, right=" rr"
    )
    return 0
