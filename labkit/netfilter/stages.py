"""The stages of a packet's way, in the order of the kernel's hook priorities.

netfilter_ipv4.h: raw, connection tracking, mangle, destination NAT, filter, security, source
NAT; the connection is remembered (``confirm``) at the very end, when nothing dropped the packet.
"""

from __future__ import annotations

from labkit.errors import UsageError

Stage = tuple[str, str, str]
"""What to do, in which table, at which hook."""

PREROUTING: tuple[Stage, ...] = (
    ("table", "raw", "PREROUTING"),
    ("track", "", "PREROUTING"),
    ("table", "mangle", "PREROUTING"),
    ("nat", "dst", "PREROUTING"),
    ("route", "", "PREROUTING"),
)
INPUT: tuple[Stage, ...] = (
    ("table", "mangle", "INPUT"),
    ("table", "filter", "INPUT"),
    ("table", "security", "INPUT"),
    ("nat", "src", "INPUT"),
    ("confirm", "", "INPUT"),
    ("deliver", "", "INPUT"),
)
FORWARD: tuple[Stage, ...] = (
    ("table", "mangle", "FORWARD"),
    ("table", "filter", "FORWARD"),
    ("table", "security", "FORWARD"),
)
POSTROUTING: tuple[Stage, ...] = (
    ("table", "mangle", "POSTROUTING"),
    ("nat", "src", "POSTROUTING"),
    ("confirm", "", "POSTROUTING"),
    ("send", "", "POSTROUTING"),
)
OUTPUT: tuple[Stage, ...] = (
    ("routeout", "", "OUTPUT"),
    ("table", "raw", "OUTPUT"),
    ("track", "", "OUTPUT"),
    ("table", "mangle", "OUTPUT"),
    ("nat", "dst", "OUTPUT"),
    ("recheck", "", "OUTPUT"),
    ("table", "filter", "OUTPUT"),
    ("table", "security", "OUTPUT"),
    ("reroute", "", "OUTPUT"),
)
RECEIVE = PREROUTING
EMIT = OUTPUT + POSTROUTING
ONWARDS = FORWARD + POSTROUTING
PARTS = (RECEIVE, INPUT, ONWARDS, EMIT)
"""The pieces of which every way is made."""


def stages_of(hook: str) -> tuple[Stage, ...]:
    """Where a packet starts: prerouting or output.  Raises ``UsageError``."""
    match hook.lower():
        case "prerouting":
            return RECEIVE
        case "output":
            return EMIT
    raise UsageError(f"There is no hook {hook!r} to start from.", "Take prerouting or output.")
