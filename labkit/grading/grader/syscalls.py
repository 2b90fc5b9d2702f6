"""System calls that a room refuses: those that take memory which no limit counts.

``memfd_create`` and ``shmget`` give memory that belongs to no process (``RLIMIT_AS`` and the
resident size pass over it), and a ring of ``io_uring`` works behind a filter's back.  The filter is
the classic BPF program that ``bwrap --seccomp FD`` reads: an array of ``struct sock_filter``
(``linux/filter.h``) over ``struct seccomp_data`` (``linux/seccomp.h``).
"""

from __future__ import annotations

import errno
import os
import platform
import struct
import sys

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
"""BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JGE|BPF_K, BPF_RET|BPF_K."""
NUMBER, ARCHITECTURE = 0, 4
"""Offsets in ``seccomp_data``."""
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
X32 = 0x40000000
"""From here on are the calls of x86-64's second ABI, under other numbers."""

REFUSED: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {"shmget": 29, "msgget": 68, "memfd_create": 319, "io_uring_setup": 425,
         "memfd_secret": 447},
    ),
    "aarch64": (
        0xC00000B7,
        {"msgget": 186, "shmget": 194, "memfd_create": 279, "io_uring_setup": 425,
         "memfd_secret": 447},
    ),
}  # fmt: skip
"""By machine: its AUDIT_ARCH (``linux/audit.h``) and the numbers of the calls
(``asm/unistd_64.h``, ``asm-generic/unistd.h``)."""


def program(machine: str) -> bytes:
    """The filter for a machine; empty where we do not know the numbers of its calls."""
    if machine not in REFUSED:
        return b""
    architecture, calls = REFUSED[machine]
    tests = [(EQUAL, number) for number in calls.values()]
    if machine == "x86_64":
        tests.append((AT_LEAST, X32))
    steps = [(LOAD, 0, 0, ARCHITECTURE)]
    steps.append((EQUAL, 0, len(tests) + 2, architecture))  # another ABI: refused
    steps.append((LOAD, 0, 0, NUMBER))
    steps += [(kind, len(tests) - place, 0, value) for place, (kind, value) in enumerate(tests)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("=HBBI", *one) for one in steps)


def handed_over() -> int | None:
    """A file descriptor that bwrap reads the filter from (whoever asks closes it); ``None`` where
    there is none."""
    code = program(platform.machine()) if sys.platform == "linux" else b""
    if not code:
        return None
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "wb") as pipe:
        pipe.write(code)
    return ours
