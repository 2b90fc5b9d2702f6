"""``left | right``: every command in a shell of its own, all at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from labkit.embedded.shell import channels
from labkit.embedded.shell.nodes import Command

if TYPE_CHECKING:
    from labkit.embedded.shell.interpreter import Shell


async def piped(shell: Shell, commands: tuple[Command, ...]) -> int:
    """The last command's status counts."""
    stdin = shell.process.stdin
    running: list[asyncio.Task[int]] = []
    for index, command in enumerate(commands):
        if index < len(commands) - 1:
            joint = channels.Pipe()
            child = shell.subshell(stdin=stdin, stdout=joint.push)
            running.append(asyncio.ensure_future(_stage(child, command, stdin, joint)))
            stdin = joint
        else:
            child = shell.subshell(stdin=stdin)
            running.append(asyncio.ensure_future(_stage(child, command, stdin, None)))
    try:
        statuses = await asyncio.gather(*running)
    except BaseException:
        for task in running:
            task.cancel()
        raise
    return statuses[-1]


async def _stage(child: Shell, command: Command, stdin: Any, joint: channels.Pipe | None) -> int:
    """One command of a pipeline; its ends of the pipes are closed when it is done."""
    try:
        return await child.contained(child.command(command))
    finally:
        if joint is not None:
            joint.end()
        if isinstance(stdin, channels.Pipe):
            stdin.close()
