"""``env [-i] [NAME=VALUE...] [PROGRAM ARG...]`` and ``printenv [NAME...]``."""

from __future__ import annotations

from dataclasses import replace

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit


async def env(process: Process) -> int:
    words = list(process.argv[1:])
    values = dict(process.env)
    if words[:1] in (["-i"], ["-"]):
        values, words = {}, words[1:]
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        values[name] = value
    if not words:
        kit.out(process, "".join(f"{name}={value}\n" for name, value in values.items()))
        return 0
    program = kit.find(process.programs, words[0])
    if program is None:
        kit.err(process, f"env: can't execute '{words[0]}': No such file or directory\n")
        return 127
    return await program(replace(process, argv=words, env=values))


async def printenv(process: Process) -> int:
    names = list(process.argv[1:])
    if not names:
        return await env(replace(process, argv=["env"]))
    kit.out(process, "".join(process.env[name] + "\n" for name in names if name in process.env))
    return 0 if all(name in process.env for name in names) else 1
