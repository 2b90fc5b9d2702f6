"""How much a submission may take; what is beyond is stopped, and said."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MIB = 1 << 20

DONE, DEAD, SLOW, FLOOD, BROKEN = "done", "dead", "slow", "flood", "broken"
"""How a run ended, as the process inside says it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and counts for one submission.

    ``memory`` is the address space of each process, ``resident`` what all of them may hold
    together; ``processes`` (and threads) is what Linux refuses beyond, ``family`` how many
    processes may live at once; ``files`` bounds the working folder, which lies in memory, and
    ``inodes`` how many files there may be (each takes a kilobyte of Linux's own).
    """

    cell_seconds: int = 10
    total_seconds: int = 40
    call_seconds: int = 5
    judge_seconds: int = 90
    memory: int = 2048 * MIB
    resident: int = 3072 * MIB
    processes: int = 96
    family: int = 24
    output: int = 1 * MIB
    files: int = 64 * MIB
    inodes: int = 50_000
    notebook: int = 8 * MIB

    def table(self) -> dict[str, int]:
        """As JSON, for the process inside."""
        return asdict(self)


LIMITS = Limits()
