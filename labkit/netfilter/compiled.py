"""The fast path for single packets: tuples in, tuples out, the same draws as the walker.

What becomes of the first packet of a connection depends on its addresses and destination
port, and on where the words of its draws fall.  The reference walker takes the first packet
of each kind; the interval in which its words may fall without changing its way is kept with
its end, in a tree.  The next packet costs one look-up and one word for each chain that
draws, however many Services there are; the rules that Linux would look at are still
counted (``End.traversed``), since each end knows its way.

Each connection is alone (no port is taken), as in the NumPy mode.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from labkit.errors import BatchUnsupported
from labkit.model import address
from labkit.model.packet import PORT_PROTOCOLS, Packet, protocol_number
from labkit.model.trace import Verdict
from labkit.netfilter.draws import GOLDEN, MASK, Draws, PacketDice, Place, mix, stream
from labkit.netfilter.host import Host
from labkit.netfilter.nat import port_range
from labkit.netfilter.passage import Passage
from labkit.netfilter.stages import Stage, stages_of
from labkit.netfilter.state import Counters, NodeState
from labkit.netfilter.traversed import traversed
from labkit.xt.frame import Frame
from labkit.xt.natrange import NatRange

Flow = tuple[int, int, int, int]
"""Source, source port, destination, destination port; addresses as numbers."""

Answer = tuple["End", int]
"""The end, and the source port there."""


class End:
    """A leaf: where a packet ends, how many did, what each of them counted on its way.

    ``traversed`` is the number of rules that Linux looks at.  ``port`` is empty
    when the source port is kept, ``random`` when it is drawn for each connection, and ``odd``
    when only the walker can tell.
    """

    __slots__ = (
        "verdict",
        "src",
        "dst",
        "dport",
        "mark",
        "out",
        "port",
        "counters",
        "traversed",
        "count",
    )

    def __init__(self, frame: Frame, counters: Counters, looked: int) -> None:
        self.verdict: Verdict = frame.verdict
        self.src, self.dst, self.dport = frame.src, frame.dst, frame.dport
        self.mark, self.out = frame.mark, "" if frame.local else frame.out_iface
        self.port = "" if frame.sport == frame.packet.sport else "odd"
        self.counters, self.traversed, self.count = counters, looked, 0

    def compare(self, low: Frame, high: Frame) -> None:
        """Two frames of this way, that drew the lowest and the highest number for its port."""
        sport = low.packet.sport
        first, size = port_range(sport, NatRange("src"))
        drawn = first, first + TOP % max(size, 1)
        found = low.sport, high.sport
        if (low.src, low.dst, low.dport) != (high.src, high.dst, high.dport):
            self.port = "odd"
        elif found == drawn:
            self.port = "random"
        else:
            self.port = "" if found == (sport, sport) else "odd"


TOP = (1 << 16) - 1

Tree = Any
"""An ``End``, or a node: (start of the words, lows, highs, one subtree for each interval)."""


class NotingDice:
    """The draws of one packet, and which interval each run of draws left of its word.

    ``number`` answers with a fixed word and counts how often it was asked.
    """

    __slots__ = ("dice", "word", "asked", "numbers")

    def __init__(self, seed: int, ordinal: int, word: int = 0) -> None:
        self.dice, self.word = PacketDice(Draws(seed), ordinal), word
        self.asked: list[tuple[Place, int, int, int]] = []
        self.numbers = 0

    def chance(self, place: tuple[str, str], threshold: int) -> bool:
        """As the walker's dice."""
        hit = self.dice.chance(place, threshold)
        low, high, _, turn = self.dice.left[place]
        if self.asked and self.asked[-1][:2] == (place, turn):
            self.asked.pop()
        self.asked.append((place, turn, low, high))
        return hit

    def number(self, what: str, turn: int = 0, low: int = 0) -> int:
        """Always the same."""
        self.numbers += 1
        return self.word


class Compiled:
    """First packets of connections through one node, from one hook, with one seed.

    ``packet`` gives what is the same for all (protocol, flags, interface, mark).  Raises
    ``BatchUnsupported`` by name for rules that remember earlier packets.
    """

    def __init__(
        self, node: Host, packet: Packet, *, hook: str = "prerouting", seed: int = 0
    ) -> None:
        for rule in node.rules.rules():
            for match in rule.matches:
                if match.STATEFUL:
                    raise BatchUnsupported(
                        f"-m {match.NAME} depends on the order of packets.", "Use trace."
                    )
        self.node, self.packet, self.seed = node, packet, seed
        self.stages = stages_of(hook)
        self.by_port = protocol_number(packet.proto) not in PORT_PROTOCOLS or node.reads_sport
        self.trees: dict[Any, Tree] = {}
        self.ends: list[End] = []

    def first(self, flow: Flow, ordinal: int = 0) -> Answer:
        """The first packet of connection number ``ordinal``."""
        return self.many((flow,), ordinal)[0]

    def many(self, flows: Iterable[Flow], ordinal: int = 0) -> list[Answer]:
        """The first packets of connections ``ordinal``, ``ordinal`` + 1 ..."""
        answers: list[Answer] = []
        put, known, by_port = answers.append, self.trees.get, self.by_port
        for flow in flows:
            src, sport, dst, dport = flow
            tree = known(flow if by_port else (src, dst, dport))
            while tree.__class__ is tuple:
                start, lows, highs, below = tree
                # draws.mix, written out: a call costs as much as the rest
                word = (start + ordinal * GOLDEN) & MASK
                word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
                word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
                word ^= word >> 31
                place = bisect_right(lows, word) - 1
                tree = below[place] if word < highs[place] else None
            if tree is None:
                tree = self._learn(flow, ordinal)
            tree.count += 1
            if tree.port:
                sport = self._source_port(tree, flow, ordinal)
            put((tree, sport))
            ordinal += 1
        return answers

    @property
    def counters(self) -> Counters:
        """What each rule has counted."""
        total = Counters()
        for end in filter(lambda end: end.count, self.ends):
            total.include(end.counters, end.count)
        return total

    @property
    def looked_at(self) -> int:
        """How many rules Linux would have looked at for all these packets."""
        return sum(end.traversed * end.count for end in self.ends)

    def _source_port(self, end: End, flow: Flow, ordinal: int) -> int:
        """A port drawn anew (``--random-fully``)."""
        if end.port == "odd":
            raise BatchUnsupported(
                "NAT to a range of ports depends on each packet.", "Use trace or outcomes."
            )
        low, size = port_range(flow[1], NatRange("src"))
        word = mix((stream(self.seed, ("src port",), 0) + ordinal * GOLDEN) & MASK)
        return low + (word >> 48) % size if size else flow[1]

    def _learn(self, flow: Flow, ordinal: int) -> End:
        """Walk once, and remember the end for all packets whose words fall alike."""
        packet, dice = _like(self.packet, flow), NotingDice(self.seed, ordinal)
        state = NodeState()
        frame = _walk(self.node, packet, self.stages, state, dice)
        end = End(frame, state.counters, traversed(self.node.rules, frame.events or ()))
        if dice.numbers:
            highest = NotingDice(self.seed, ordinal, MASK)
            end.compare(frame, _walk(self.node, packet, self.stages, NodeState(), highest))
        self.ends.append(end)
        key = flow if self.by_port else (flow[0], flow[2], flow[3])
        self.trees[key] = _grow(self.trees.get(key), dice.asked, 0, end, self.seed)
        return end


def _walk(
    node: Host, packet: Packet, stages: tuple[Stage, ...], state: NodeState, dice: NotingDice
) -> Frame:
    """The reference walker with dice of ours."""
    passage = Passage(node, state)
    frame = passage.begin(packet, stages)
    frame.dice, frame.events = dice, []
    while frame.verdict is None:
        assert frame.path is not None
        passage.do(frame, frame.path.pop())
    return frame


def _like(packet: Packet, flow: Flow) -> Packet:
    """The packet with the addresses and ports of the flow."""
    src, sport, dst, dport = flow
    kind = 6 if ":" in packet.src else 4
    return replace(
        packet,
        src=address.text(src, kind),
        dst=address.text(dst, kind),
        sport=sport,
        dport=dport,
    )


class Established(dict[Flow, Answer]):
    """Later packets of connections: ``established[flow]`` is a look-up once it was asked.

    The walker answers for the first packet of a flow after the connection is established;
    the answer holds for the others as long as the connection lives (``clear`` forgets).
    Later packets are not counted by the rules.  Raises ``BatchUnsupported`` for a flow that
    is not established, and for rules that draw or remember.
    """

    def __init__(self, node: Host, state: NodeState, packet: Packet) -> None:
        super().__init__()
        self.node, self.state, self.packet = node, state, packet
        Compiled(node, packet)

    def __missing__(self, flow: Flow) -> Answer:
        packet, dice = _like(self.packet, flow), NotingDice(0, 0)
        frame = _walk(self.node, packet, stages_of("prerouting"), self.state, dice)
        if frame.ctstate != "ESTABLISHED" or dice.asked or dice.numbers:
            raise BatchUnsupported(f"{packet} is not of an established connection.", "Use trace.")
        answer = self[flow] = End(frame, Counters(), 0), frame.sport
        return answer


def _grow(
    tree: Tree, asked: list[tuple[Place, int, int, int]], depth: int, end: End, seed: int
) -> Tree:
    """The tree with one more way in it."""
    if depth == len(asked):
        return end
    place, turn, low, high = asked[depth]
    if tree is None:
        tree = stream(seed, place, turn), [-1], [-1], [None]
    _, lows, highs, below = tree
    at = bisect_right(lows, low) - 1
    if lows[at] == low:
        below[at] = _grow(below[at], asked, depth + 1, end, seed)
        return tree
    child = _grow(None, asked, depth + 1, end, seed)
    for row, value in ((lows, low), (highs, high), (below, child)):
        row.insert(at + 1, value)
    return tree
