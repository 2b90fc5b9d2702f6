"""Which tables do nothing to a packet, whatever its addresses are.

In exact mode a thousand frames differ only in the endpoint that was chosen.  The first one
walks through a table as a ``Witness``, which notes whether anything looked at an address, a
port or the memory, or asked for NAT.  When nothing did, and the frame came out as it went
in, the table is idle for every frame that is otherwise the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from labkit.netfilter.stages import Stage
from labkit.xt.frame import Frame

WATCHED = ("src", "dst", "sport", "dport", "memory", "dice", "nat")
"""What frames of one packet may differ in without a different ``sameness``."""


class Witness(Frame):
    """A frame that notes in ``touched`` whether one of the watched numbers was used."""

    __slots__ = ()


def _watched(name: str) -> property:
    slot: Any = Frame.__dict__[name]

    def read(frame: Frame) -> Any:
        frame.touched = True
        return slot.__get__(frame)

    def write(frame: Frame, value: Any) -> None:
        frame.touched = True
        slot.__set__(frame, value)

    return property(read, write)


for _name in WATCHED:
    setattr(Witness, _name, _watched(_name))


def sameness(frame: Frame) -> Hashable:
    """Everything else that a rule can look at and that differs between frames of one packet."""
    ct = frame.ct
    return (
        frame.mark,
        frame.ttl,
        frame.in_iface,
        frame.out_iface,
        frame.ctstate,
        frame.reply,
        frame.dnat,
        frame.snat,
        frame.notrack,
        frame.reject_with,
        frame.verdict,
        frame.local,
        frame.service,
        ct and (ct.mark, ct.seen_reply, ct.assured, ct.confirmed),
    )


class Idle:
    """What is known so far about the tables, for the frames of one packet: by what the frames
    have in common, which stages are idle, and which are not."""

    __slots__ = ("_idle", "_busy")

    def __init__(self) -> None:
        self._idle: dict[Hashable, set[Stage]] = {}
        self._busy: set[tuple[Hashable, Stage]] = set()

    def through(self, frame: Frame, stage: Stage, walk: Callable[[], list[Frame]]) -> list[Frame]:
        """The frames that come out of the table; walks only when that may change something.

        Further idle tables that follow at once are passed over.
        """
        before = sameness(frame)
        idle = self._idle.get(before)
        if idle is not None and stage in idle:
            path = frame.path
            while path and path[-1] in idle:
                path.pop()
            return [frame]
        if (before, stage) in self._busy:
            return walk()
        frame.touched, frame.__class__ = False, Witness
        branches = walk()
        frame.__class__ = Frame
        if frame.touched or len(branches) > 1 or sameness(frame) != before:
            self._busy.add((before, stage))
        else:
            self._idle.setdefault(before, set()).add(stage)
        return branches
