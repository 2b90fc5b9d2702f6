"""A shell for a person: prompt, one line after the other, mistakes do not end it."""

from __future__ import annotations

import asyncio

from labkit.embedded.programs import kit
from labkit.embedded.shell.control import Break, Continue, Exit
from labkit.embedded.shell.interpreter import Shell
from labkit.embedded.shell.nodes import List
from labkit.embedded.shell.parser import parse
from labkit.embedded.shell.reader import Incomplete, ShellSyntaxError
from labkit.embedded.shell.tty import Interrupted, Terminal


async def converse(shell: Shell) -> int:
    """Read and run until ``exit`` or the end of the input; gives the last status."""
    terminal = Terminal(shell.process)
    shell.process.stdout = terminal.write
    if shell.process.tty:
        shell.process.stderr = terminal.write
    pending = ""
    while True:
        kit.out(shell.process, "> " if pending else f"{shell.process.workdir} # ")
        try:
            line = await terminal.line()
        except Interrupted:
            pending, shell.status = "", 130
            continue
        if line is None:
            return shell.status
        pending += line.decode("utf-8", "surrogateescape")
        shell.process.stdin = terminal.cooked if shell.process.tty else terminal.stdin
        script = _parsed(shell, pending)
        if script is not None:
            pending = ""
            await _watched(shell, script, terminal)
            terminal.fresh()


def _parsed(shell: Shell, text: str) -> List | None:
    """The script; None when more lines must follow.  A mistake is told and forgotten."""
    try:
        return parse(text)
    except Incomplete:
        return None
    except ShellSyntaxError as error:
        shell.complain(f"syntax error: {error}")
        shell.status = 2
        return List(())


async def _watched(shell: Shell, script: List, terminal: Terminal) -> None:
    """Run while somebody may type ``^C``."""
    if not shell.process.tty:
        return await _run(shell, script)
    running = asyncio.ensure_future(_run(shell, script))
    pump = asyncio.ensure_future(terminal.pump())
    try:
        await asyncio.wait({running, pump}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            return running.result()
        shell.status = 130
    finally:
        for task in (running, pump):
            task.cancel()
        await asyncio.gather(running, pump, return_exceptions=True)


async def _run(shell: Shell, script: List) -> None:
    try:
        await shell.run_list(script)
    except (Break, Continue):
        pass
    except Exit as leaving:
        if leaving.asked:
            raise
        shell.status = leaving.status
