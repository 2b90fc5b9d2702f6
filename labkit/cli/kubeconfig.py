"""``labkit kubeconfig``: the path of the lab's own kubeconfig, for other programs."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words, "kubeconfig", ("labkit kubeconfig", 'export KUBECONFIG="$(labkit kubeconfig)"')
    )
    made.backend()
    return made


def run(options: Namespace, context: Context) -> int:
    """Print the path of the cluster that is up."""
    context.console.text(str(context.running(options.backend).kubeconfig))
    return 0
