"""``labkit kubectl -- ARGS``: the real kubectl, against the lab and nothing else."""

from __future__ import annotations

import argparse
from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Everything after ``--`` (or after the first word that is not ours) is kubectl's."""
    made = Parser(
        words,
        "kubectl",
        (
            "labkit kubectl -- get nodes",
            "labkit kubectl -- apply -f backend-deployment.yaml",
            "labkit kubectl -- logs -f client-pod",
        ),
    )
    made.option("arguments", key="cli.kubectl.arguments", nargs=argparse.REMAINDER, metavar="ARGS")
    return made


def run(options: Namespace, context: Context) -> int:
    """Run it with our terminal; its exit status is ours."""
    arguments = list(options.arguments)
    if arguments[:1] == ["--"]:
        del arguments[0]
    kubectl = context.kubectl(context.running())
    return kubectl.passthrough(*arguments)
