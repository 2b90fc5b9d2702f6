"""How many rules of iptables, and look-ups in ipsets, a packet meets.

As in the kernel a rule is asked from its beginning and only as far as the first part that
says no (``ipt_do_table`` in ip_tables.c).  The walker itself passes over what it knows cannot
match, so here each line is asked one after the other.
"""

from __future__ import annotations

from labkit.model.cost import Cost
from labkit.model.packet import Packet
from labkit.netfilter.draws import PacketDice
from labkit.netfilter.passage import Passage
from labkit.netfilter.program import Line
from labkit.netfilter.stages import Stage
from labkit.netfilter.walk import Walk
from labkit.xt.frame import Frame


class Counter:
    """Walks the tables of a passage and keeps count; what becomes of the packet is the same."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self.rules = self.lookups = 0

    def table(self, frame: Frame, table: str, hook: str) -> None:
        """In the place of ``Passage.table``."""
        frame.table, frame.chain = table, hook
        walk = Walk(self._passage.node.programs[table][hook], hook, None)
        while (line := walk.every_line(frame)) is not None:
            self.rules += 1
            if self._matches(line, frame):
                walk.apply(frame, line)
        assert walk.result is not None
        self._passage.settle(frame, walk.result)

    def _matches(self, line: Line, frame: Frame) -> bool:
        for match in line.matches:
            self.lookups += match.NAME == "set"
            if not match.matches(frame):
                return False
        return True


def cost(passage: Passage, packet: Packet, stages: tuple[Stage, ...]) -> Cost:
    """What the first packet of a connection meets on its way through a fresh passage."""
    counter = Counter(passage)
    frame = passage.begin(packet, stages)
    frame.dice = PacketDice(passage.state.draws, 0)
    while frame.verdict is None:
        assert frame.path is not None
        stage = frame.path.pop()
        if stage[0] == "table":
            frame.hook = stage[2]
            counter.table(frame, stage[1], stage[2])
        else:
            passage.do(frame, stage)
    return Cost(counter.rules, counter.lookups + passage.lookups)
