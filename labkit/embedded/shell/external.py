"""Commands that are no part of the shell: programs of the image, and scripts among its files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from labkit.embedded.programs import kit, paths

if TYPE_CHECKING:
    from labkit.embedded.shell.interpreter import Shell

APPLETS = frozenset({"[", "[[", "echo", "kill", "printf", "test"})
"""Programs that ash has inside: they complain in the shell's name."""
NOT_FOUND, NOT_ALLOWED = 127, 126


async def program(shell: Shell, argv: list[str], extra: dict[str, str]) -> int:
    """Run a program of the image, or a script; ``extra`` are the assignments in front of it."""
    found = kit.find(shell.process.programs, argv[0])
    if found is None:
        return await _script(shell, argv)
    process = replace(shell.process, argv=argv, env={**shell.environment(), **extra})
    if argv[0] in APPLETS:
        own, err = f"{argv[0]}: ".encode(), shell.process.stderr
        name = f"{shell.name}: ".encode()
        process.stderr = lambda data: err(name + data.removeprefix(own))
    return await found(process)


async def _script(shell: Shell, argv: list[str]) -> int:
    if "/" not in argv[0]:
        shell.complain(f"{argv[0]}: not found")
        return NOT_FOUND
    try:
        data = paths.read(shell.process, argv[0])
    except IsADirectoryError:
        shell.complain(f"{argv[0]}: Permission denied")
        return NOT_ALLOWED
    except OSError:
        shell.complain(f"{argv[0]}: not found")
        return NOT_FOUND
    child = shell.subshell()
    child.name, child.arguments = argv[0], argv[1:]
    return await child.contained(child.run_text(data.decode("utf-8", "surrogateescape")))
