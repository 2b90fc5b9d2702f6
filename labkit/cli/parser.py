"""The argument parser of every command: help in two languages, errors on one line."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, NoReturn

from labkit.errors import UsageError
from labkit.words import LANGUAGES, Words


class Parser(argparse.ArgumentParser):
    """``argparse`` with our own headings; a mistake is a ``UsageError``, not an exit."""

    def __init__(self, words: Words, command: str, examples: Iterable[str]) -> None:
        self.words = words
        self.command = command
        lines = "\n".join(f"  {example}" for example in examples)
        super().__init__(
            prog=f"labkit {command}",
            description=words(f"cli.about.{command}"),
            epilog=f"{words('cli.examples')}:\n{lines}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_help=False,
            allow_abbrev=False,
        )
        self._positionals.title = words("cli.arguments")
        self._optionals.title = words("cli.options")
        self.add_argument("-h", "--help", action="help", help=words("cli.help"))
        self.add_argument("--lang", choices=LANGUAGES, help=words("cli.lang"))

    def flag(self, name: str, key: str, **more: Any) -> None:
        """A switch with the message ``key`` as its help."""
        self.add_argument(name, action="store_true", help=self.words(key), **more)

    def option(self, *names: str, key: str, **more: Any) -> None:
        """An option (or argument) with the message ``key`` as its help."""
        fields = more.pop("fields", {})
        self.add_argument(*names, help=self.words(key, **fields), **more)

    def backend(self) -> None:
        """``--backend``, the same for every command that needs a cluster."""
        from labkit.cluster.registry import AUTO, names

        self.option("--backend", key="cli.backend", choices=names(), default=AUTO)

    def format_usage(self) -> str:
        return self._with_our_usage(super().format_usage())

    def format_help(self) -> str:
        return self._with_our_usage(super().format_help())

    def _with_our_usage(self, text: str) -> str:
        """Our word for "usage"; the lines that go on below it stay aligned."""
        ours = self.words("cli.usage")
        first, gap, rest = text.replace("usage:", ours + ":", 1).partition("\n\n")
        return first.replace("\n" + " " * len("usage"), "\n" + " " * len(ours)) + gap + rest

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            message[:1].upper() + message[1:].rstrip(".") + ".",
            self.words("cli.see_help", command=self.command),
        )
