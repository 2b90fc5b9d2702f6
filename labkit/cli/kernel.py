"""``labkit kernel``: install the Jupyter kernel "ClusterIP Lab", or remove it."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    examples = (
        "labkit kernel install",
        "labkit kernel install --user",
        "labkit kernel uninstall",
    )
    made = Parser(words, "kernel", examples)
    made.option("action", key="kernel.action", choices=("install", "uninstall"))
    made.flag("--user", "kernel.user")
    made.option("--prefix", key="kernel.prefix", metavar="FOLDER")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Install or remove, and say where."""
    from labkit.kernel import spec

    words, console = context.words, context.console
    act = spec.install if options.action == "install" else spec.uninstall
    folder = act(words, prefix=options.prefix, user=options.user)
    if options.json:
        console.json({"action": options.action, "name": spec.NAME, "folder": str(folder)})
        return 0
    key = "kernel.installed" if options.action == "install" else "kernel.removed"
    console.print(words(key, folder=folder, title=spec.TITLE))
    return 0
