"""The program ``sh``: a command line, a script, or a person at a terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths
from labkit.embedded.shell.control import Exit
from labkit.embedded.shell.interactive import converse
from labkit.embedded.shell.interpreter import Shell


async def sh(process: Process) -> int:
    """``sh [-eux] [-c COMMAND [NAME [ARG...]]] [FILE [ARG...]]``, else standard input."""
    words = list(process.argv[1:])
    shell = Shell(replace(process), kit.name(process).lstrip("-"))
    flags = ""
    while words and words[0][:1] in "+-" and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        flags += word[1:] if word[0] == "-" else ""
        if word.endswith("o") and words:
            words.pop(0)
    shell.errexit, shell.nounset, shell.xtrace = "e" in flags, "u" in flags, "x" in flags
    if "c" in flags:
        return await _command(shell, words)
    if words:
        return await _file(shell, words)
    if process.tty or "i" in flags:
        return await _ended(shell, lambda: converse(shell))
    data = await kit.read_all(process)
    return await _ended(shell, lambda: shell.run_text(data.decode("utf-8", "surrogateescape")))


async def _command(shell: Shell, words: list[str]) -> int:
    if not words:
        shell.complain("-c requires an argument")
        return 2
    if len(words) > 1:
        shell.name, shell.arguments = words[1], words[2:]
    return await _ended(shell, lambda: shell.run_text(words[0]))


async def _file(shell: Shell, words: list[str]) -> int:
    try:
        text = paths.read(shell.process, words[0]).decode("utf-8", "surrogateescape")
    except OSError:
        shell.complain(f"can't open '{words[0]}': No such file or directory")
        return 2
    shell.name, shell.arguments = words[0], words[1:]
    return await _ended(shell, lambda: shell.run_text(text))


async def _ended(shell: Shell, run: Callable[[], Awaitable[int]]) -> int:
    """Run, then what ``trap ... EXIT`` asked for; the status is that of the script."""
    try:
        status = await run()
    except Exit as leaving:
        status = leaving.status
    except BrokenPipeError:
        return 141
    if action := shell.traps.pop("EXIT", ""):
        shell.status = status
        try:
            await shell.run_text(action)
        except Exit as leaving:
            return leaving.status
    return status
