"""``sleep N...``: on the cluster's clock; suffixes s, m, h, d."""

from __future__ import annotations

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.usage import USAGE


async def sleep(process: Process) -> int:
    if len(process.argv) < 2:
        kit.err(process, USAGE["sleep"])
        return 1
    total = 0.0
    for word in process.argv[1:]:
        if word in ("infinity", "inf"):
            total = float("inf")
            continue
        try:
            total += kit.seconds(word)
        except ValueError:
            return kit.complain(process, f"invalid number '{word}'")
    while total > LONGEST:
        await process.clock.sleep(LONGEST)
        total -= LONGEST
    await process.clock.sleep(total)
    return 0


LONGEST = 86400.0
