"""How many rules of iptables, and look-ups in ipsets, a packet meets.

As in the kernel a rule is asked from its beginning and only as far as the first part that
says no (``ipt_do_table`` in ip_tables.c).  The walker itself passes over what it knows cannot
match, so here each line is asked one after the other.
"""

from __future__ import annotations

from labkit.model.cost import Cost
from labkit.model.packet import Packet
from labkit.netfilter.draws import Draws
from labkit.netfilter.host import Host
from labkit.netfilter.passage import Passage
from labkit.netfilter.program import Line
from labkit.netfilter.stages import Stage
from labkit.netfilter.state import NodeState
from labkit.netfilter.walk import Walk
from labkit.xt.frame import Frame


class CountingPassage(Passage):
    """A passage that keeps count; what becomes of the packet is the same."""

    __slots__ = ("rules", "lookups")

    def __init__(self, node: Host, state: NodeState) -> None:
        super().__init__(node, state)
        self.rules = self.lookups = 0

    def table(self, frame: Frame, table: str, hook: str) -> None:
        frame.table, frame.chain = table, hook
        walk = Walk(self.node.programs[table][hook], hook, None)
        while (line := walk.every_line(frame)) is not None:
            self.rules += 1
            if self._matches(line, frame):
                walk.apply(frame, line)
        assert walk.result is not None
        self.settle(frame, walk.result)

    def _matches(self, line: Line, frame: Frame) -> bool:
        for match in line.matches:
            self.lookups += match.NAME == "set"
            if not match.matches(frame):
                return False
        return True


def cost(node: Host, packet: Packet, stages: tuple[Stage, ...], seed: int) -> Cost:
    """What the first packet of a connection meets on a node that has seen nothing."""
    passage = CountingPassage(node, NodeState(draws=Draws(seed), tracing=False))
    passage.run(passage.begin(packet, stages), 0)
    return Cost(passage.rules, passage.lookups)
