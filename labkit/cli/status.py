"""``labkit status``: what is running (exit status 0), or that nothing is (1)."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(words, "status", ("labkit status", "labkit status --json"))
    made.backend()
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Say what runs; port and secret stay unsaid."""
    words, console = context.words, context.console
    cluster = context.there(options.backend)
    status = cluster.status()
    if options.json:
        console.json(
            {
                "backend": status.backend,
                "running": status.running,
                "recorded": status.recorded,
                "pid": status.pid or None,
                "kubernetesVersion": status.version or None,
                "started": status.started or None,
                "nodes": list(status.nodes),
                "proxyMode": status.proxy_mode or None,
                "kubeconfig": str(cluster.kubeconfig) if status.running else None,
            }
        )
        return 0 if status.running else 1
    if not status.running:
        console.print(words("cli.status.dead" if status.recorded else "cli.status.nothing"))
        return 1
    console.print(words("cli.status.running", cluster=cluster.describe()))
    console.print(words("cli.status.nodes", nodes=", ".join(status.nodes)))
    console.print(words("cli.status.version", version=status.version))
    if status.proxy_mode:
        console.print(words("cli.status.mode", mode=status.proxy_mode))
    console.print(words("cli.status.since", started=status.started))
    if status.pid:
        console.print(words("cli.status.process", pid=status.pid))
    console.print(words("cli.status.kubeconfig", path=cluster.kubeconfig))
    return 0
