"""``timeout SECS PROGRAM ARG...`` and ``time PROGRAM ARG...``."""

from __future__ import annotations

from dataclasses import replace

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.timing import TimeIsUp, within

KILLED_BY_TERM = 143


async def timeout(process: Process) -> int:
    """The program's status; 143 when its time was up (busybox sends SIGTERM)."""
    words = list(process.argv[1:])
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-s", "-k") and words:
            words.pop(0)
    try:
        limit = kit.seconds(words[0])
        program = kit.find(process.programs, words[1])
    except (IndexError, ValueError):
        kit.err(process, "Usage: timeout [-s SIG] SECS PROG ARGS\n")
        return 1
    if program is None:
        kit.err(process, f"timeout: can't execute '{words[1]}': No such file or directory\n")
        return 127
    try:
        return await within(process.clock, limit, program(replace(process, argv=words[1:])))
    except TimeIsUp:
        return KILLED_BY_TERM


async def measure(process: Process) -> int:
    """``time``: what it took, on the cluster's clock, on standard error."""
    words = list(process.argv[1:])
    program = kit.find(process.programs, words[0]) if words else None
    if program is None:
        kit.err(process, "Usage: time PROG ARGS\n")
        return 127
    began = process.clock.monotonic()
    status = await program(replace(process, argv=words))
    took = process.clock.monotonic() - began
    kit.err(process, f"real\t{int(took // 60)}m {took % 60:.2f}s\n")
    kit.err(process, "user\t0m 0.00s\nsys\t0m 0.00s\n")
    return status
