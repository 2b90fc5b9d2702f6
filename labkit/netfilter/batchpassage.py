"""NumPy mode: the stages of a packet's way for frames whose numbers may be arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.errors import BatchUnsupported
from labkit.netfilter.conntrack import Conntrack
from labkit.netfilter.entry import Entry, Tuple
from labkit.netfilter.host import Host
from labkit.netfilter.passage import Passage
from labkit.netfilter.somewhere import Somewhere
from labkit.netfilter.state import NodeState
from labkit.xt.frame import Frame
from labkit.xt.natrange import NatRange


def is_array(value: object) -> bool:
    """Whether a number of a frame differs from connection to connection."""
    return isinstance(value, (np.ndarray, Somewhere))


class NoConntrack(Conntrack):
    """Each connection is the first one ever: nothing is known and no port is taken."""

    def find(self, flow: Tuple, now: float) -> tuple[Entry, bool] | None:
        return None

    def taken(self, flow: Tuple, but: Entry, now: float) -> bool:
        return False

    def confirm(self, entry: Entry, now: float) -> bool:
        return True


class BatchPassage(Passage):
    """The stages for frames whose numbers may be arrays."""

    def __init__(self, node: Host, state: NodeState) -> None:
        state.conntrack = NoConntrack()
        super().__init__(node, state)

    def bind(self, frame: Frame, wanted: NatRange) -> bool:
        several = wanted.low != wanted.high or (
            wanted.has_ports and wanted.port_low != wanted.port_high
        )
        if several or (wanted.redirect and is_array(frame.src)):
            raise BatchUnsupported(
                "NAT to a range depends on each packet.", "Use trace or outcomes."
            )
        _scalar_flow(frame, wanted)
        return super().bind(frame, wanted)

    def martian(self, frame: Frame) -> bool:
        """All the connections or none; the common case costs two looks at the column."""
        src: Any = frame.src
        if not isinstance(src, np.ndarray):
            known = 0x01000000 if isinstance(src, Somewhere) else src
            return self.node.routing.martian(known, frame.dst, frame.family)
        routing, dst = self.node.routing, frame.dst
        low, high = int(src.min()), int(src.max())
        special = [one for one in routing.special(frame.family) if low <= one[1] and one[0] <= high]
        strange = np.zeros(len(src), bool)
        for first, last in special:
            strange |= (src >= first) & (src <= last)
        if not strange.any():
            return routing.martian(0x01000000, dst, frame.family)
        if strange.all():
            return True
        raise BatchUnsupported(
            "Some of the sources cannot come in from outside: Linux drops those packets.",
            "Leave out the node's own addresses and those of the loopback.",
        )


def _scalar_flow(frame: Frame, wanted: NatRange) -> None:
    """The side that NAT replaces need not be an array any more, nor its port when that is
    replaced as well."""
    proto, src, sport, dst, dport = frame.ct.answer
    if wanted.kind == "dst":
        src = 0 if is_array(src) else src
        sport = 0 if is_array(sport) and wanted.has_ports else sport
    else:
        dst = 0 if is_array(dst) else dst
        dport = 0 if is_array(dport) and wanted.has_ports else dport
    frame.ct.answer = proto, src, sport, dst, dport
