"""From the words on the command line to one command, and from errors to one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, TextIO

from labkit.cli.console import Console
from labkit.errors import LabkitError, UsageError
from labkit.words import LANGUAGES, Language, Words, language_of

if TYPE_CHECKING:
    from labkit.clock import Clock

COMMANDS = (
    "lab",
    "up",
    "status",
    "down",
    "doctor",
    "kubectl",
    "kubeconfig",
    "kernel",
    "break",
    "mend",
    "rules",
    "explain",
    "trace",
    "odds",
    "simulate",
    "replay",
    "lint",
    "verify",
    "parity",
    "grade",
    "release",
    "exercise",
)
"""Each is a file of this room with ``parser(words)`` and ``run(options, context)``; where Python
keeps the word for itself, the file's name ends in an underscore."""

INTERRUPTED = 130


def run(arguments: list[str], environment: Mapping[str, str] | None = None) -> int:
    """Run the command that the arguments name; gives the exit status."""
    environment = os.environ if environment is None else environment
    for stream in (sys.stdout, sys.stderr):
        forgive(stream)
    console = Console(sys.stdout, sys.stderr, environment)
    words = Words(system_language(environment))
    try:
        words = Words(asked_language(arguments, words))
        return dispatch(arguments, words, console, environment)
    except LabkitError as error:
        console.warn(words("cli.error", message=" ".join(str(error).split())), "red")
        return error.exit_status
    except KeyboardInterrupt:
        console.warn(words("cli.interrupted"))
        return INTERRUPTED
    except BrokenPipeError:
        return reader_left()
    except SystemExit as end:  # argparse after --help
        return int(end.code or 0)


def dispatch(
    arguments: list[str], words: Words, console: Console, environment: Mapping[str, str]
) -> int:
    """Find the command and run it."""
    rest = without_language(arguments)
    if not rest or rest[0] in ("-h", "--help", "help"):
        console.text(overview(words))
        return 0 if rest else UsageError.exit_status
    name = rest[0]
    if name in ("-V", "--version"):
        from labkit import __version__

        console.text(f"labkit {__version__}")
        return 0
    if name not in COMMANDS:
        raise unknown(name, words)
    command = import_module(file_of(name))
    options = command.parser(words).parse_args(rest[1:])
    from labkit.cli.context import Context

    status: int = command.run(options, Context(words, console, environment, system_clock()))
    return status


def file_of(command: str) -> str:
    """The module of a command."""
    return f"labkit.cli.{command}_" if iskeyword(command) else f"labkit.cli.{command}"


def system_clock() -> Clock:
    """The clock of the machine (imported late: ``--help`` needs none)."""
    from labkit.clock import SystemClock

    return SystemClock()


def overview(words: Words) -> str:
    """What ``labkit --help`` prints."""
    width = max(len(name) for name in COMMANDS)
    lines = [f"  {name.ljust(width + 2)}  {words(f'cli.about.{name}')}" for name in COMMANDS]
    options = [
        f"  {'--lang es|en'.ljust(width + 2)}  {words('cli.lang')}",
        f"  {'--version'.ljust(width + 2)}  {words('cli.version')}",
    ]
    return "\n".join(
        [
            f"{words('cli.usage')}: labkit [--lang es|en] {words('cli.command')} ...",
            "",
            words("cli.about"),
            "",
            f"{words('cli.commands')}:",
            *lines,
            "",
            f"{words('cli.options')}:",
            *options,
            "",
            words("cli.more"),
        ]
    )


def unknown(name: str, words: Words) -> UsageError:
    """The error for a command that does not exist, with the nearest one that does."""
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    fix = words("cli.unknown.near", near=near[0]) if near else words("cli.unknown.fix")
    return UsageError(words("cli.unknown", name=name), fix)


# ---- language --------------------------------------------------------------------------------


def system_language(environment: Mapping[str, str]) -> Language:
    """The language by the environment and, where that is silent, the system."""
    import locale

    return language_of(environment, locale.getlocale()[0])


def asked_language(arguments: list[str], words: Words) -> Language:
    """``--lang`` wherever it stands before ``--``; else the language of ``words``."""
    asked = [value for _, value in language_options(arguments)]
    if not asked:
        return words.language
    for language in LANGUAGES:
        if asked[0] == language:
            return language
    raise UsageError(words("cli.bad_lang", lang=asked[0]))


def without_language(arguments: list[str]) -> list[str]:
    """The arguments without ``--lang`` in front of the command."""
    for place, _ in language_options(arguments):
        if place == 0:
            return arguments[2:] if arguments[0] == "--lang" else arguments[1:]
    return arguments


def language_options(arguments: list[str]) -> list[tuple[int, str]]:
    """Where ``--lang`` stands, and its value ("" when it has none)."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    found: list[tuple[int, str]] = []
    for place, word in enumerate(arguments[:end]):
        if word == "--lang":
            found.append((place, arguments[place + 1] if place + 1 < end else ""))
        elif word.startswith("--lang="):
            found.append((place, word.partition("=")[2]))
    return found


# ---- streams ---------------------------------------------------------------------------------


def forgive(stream: TextIO) -> None:
    """A terminal that lacks a letter shows ``?`` for it; it is no reason to stop."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def reader_left() -> int:
    """Whoever read our output has gone (``| head``): end quietly, as other programs do."""
    try:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    except OSError:
        pass
    return 141
