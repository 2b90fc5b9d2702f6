"""Many packets in order through one forwarding node; the counters ``iptables-save -c`` shows.

The node has eth0 (192.168.77.1/24), where packets come in, and eth1 (192.168.78.1/24), which
is the default route.  ``labkit verify`` and the tests build the same node of real Linux.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.clock import ManualClock
from labkit.errors import UsageError
from labkit.model import address
from labkit.model.ipset import IpSets
from labkit.model.packet import Packet, flag_bits, protocol_number
from labkit.model.trace import Trace
from labkit.netfilter.draws import Draws
from labkit.netfilter.node import Node
from labkit.netfilter.routes import Route
from labkit.netfilter.state import NodeState
from labkit.ruleset.tables import Ruleset

INTERFACES = {
    "eth0": ("192.168.77.1/24", "fd00:77::1/64"),
    "eth1": ("192.168.78.1/24", "fd00:78::1/64"),
}
ROUTES = (Route("0.0.0.0/0", "eth1"), Route("::/0", "eth1"))
LETTERS = {"S": "SYN", "A": "ACK", "F": "FIN", "R": "RST", "P": "PSH", "U": "URG"}
FIELDS: dict[str, type] = {
    "src": str,
    "dst": str,
    "proto": str,
    "sport": int,
    "dport": int,
    "flags": str,
    "mark": int,
    "length": int,
    "ttl": int,
    "type": int,
    "code": int,
    "in": str,
    "at": float,
}
"""What a line may say.  ``type`` and ``code`` are ICMP's, ``at`` seconds since the start."""

EXAMPLE = '{"src": "10.244.1.5", "dst": "10.96.0.1", "proto": "tcp", "sport": 40000, "dport": 443}'


@dataclass(frozen=True, slots=True)
class Arrival:
    """A packet and the second at which it comes in."""

    packet: Packet
    at: float = 0.0


def interfaces(local: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """The interfaces of the node; ``local`` are more addresses of its own, on eth0."""
    own = [one.partition("/")[0] for one in INTERFACES["eth0"] + INTERFACES["eth1"]]
    more = tuple(
        f"{one}/{address.BITS[address.family(one)]}"
        for one in dict.fromkeys(map(address.canonical, local))
        if one not in own
    )
    return {**INTERFACES, "eth0": INTERFACES["eth0"] + more}


def arrivals(text: str) -> Iterator[Arrival]:
    """The packets of a JSONL text.  Raises ``UsageError`` with the line."""
    last = 0.0
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            found = arrival(line, number)
            if found.at < last:
                raise UsageError(f"Line {number}: at {found.at} is before the line above.")
            last = found.at
            yield found


def arrival(line: str, number: int) -> Arrival:
    """One line as a packet.  Raises ``UsageError``."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(f"Line {number} is not JSON.", f"Write {EXAMPLE}.") from None
    if not isinstance(said, dict):
        raise UsageError(f"Line {number} is not a JSON object.", f"Write {EXAMPLE}.")
    for name, value in said.items():
        wanted = FIELDS.get(name)
        if wanted is None:
            raise UsageError(
                f"Line {number}: a packet has no field {name!r}.", f"Known: {', '.join(FIELDS)}."
            )
        right = (int, float) if wanted is float else (wanted,)
        if isinstance(value, bool) or not isinstance(value, right):
            kind = "a text" if wanted is str else "a number"
            raise UsageError(f"Line {number}: {name} must be {kind}, not {value!r}.")
    if not 0 <= said.get("at", 0) < math.inf:
        raise UsageError(f"Line {number}: at {said['at']} is no time; it is in seconds, from 0.")
    for name in ("src", "dst"):
        if name not in said:
            raise UsageError(f"Line {number} has no {name}.", f"Write {EXAMPLE}.")
    try:
        return Arrival(packet_of(said), float(said.get("at", 0.0)))
    except UsageError as error:
        raise UsageError(f"Line {number}: {error.what}", error.fix) from None


def packet_of(said: dict[str, Any]) -> Packet:
    """The packet that the fields describe; numbers must fit into their headers."""
    for name, low, high in (
        ("mark", 0, 0xFFFFFFFF),
        ("length", 20, 65535),
        ("ttl", 1, 255),
        ("type", 0, 255),
        ("code", 0, 255),
    ):
        if not low <= said.get(name, low) <= high:
            raise UsageError(f"{name} {said[name]} is not between {low} and {high}.")
    if said.get("in", "eth0") not in INTERFACES:
        raise UsageError(f"There is no interface {said['in']!r}.", "Take eth0 or eth1.")
    proto = said.get("proto", "tcp").lower()
    proto = {"icmpv6": "ipv6-icmp", "icmp6": "ipv6-icmp"}.get(proto, proto)
    number = protocol_number(proto)
    echo = 128 if number == 58 else 8
    size = 60 if ":" not in said["src"] else 80
    return Packet(
        said["src"],
        said["dst"],
        proto,
        said.get("sport", 0),
        said.get("dport", 0),
        flags=flags_of(said.get("flags", "S")),
        mark=said.get("mark", 0),
        in_iface=said.get("in", "eth0"),
        length=said.get("length", size),
        ttl=said.get("ttl", 64),
        icmp_type=said.get("type", echo),
        icmp_code=said.get("code", 0),
    )


def flags_of(text: str) -> str:
    """``SA`` as ``SYN,ACK``; words are taken too.  Raises ``UsageError``."""
    if text and set(text) <= set(LETTERS):
        return ",".join(LETTERS[letter] for letter in text)
    flag_bits(text)
    return text.upper()


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of the packets, and the state of the node afterwards."""

    rules: Ruleset
    traces: tuple[Trace, ...]
    state: NodeState
    backend: str = "nft"
    uncounted: frozenset[tuple[str, str]] = frozenset()

    def data(self) -> dict[str, Any]:
        """Counters per rule and per policy, and the end of each packet, ready for JSON."""
        counters = self.state.counters
        rules: dict[str, dict[str, list[int]]] = {}
        policies: dict[str, dict[str, int]] = {}
        for table in self.rules.tables.values():
            rules[table.name], policies[table.name] = {}, {}
            for chain in table.chains.values():
                place = table.name, chain.name
                rules[table.name][chain.name] = [counters.packets(*r.key) for r in chain.rules]
                if chain.policy:
                    counted = 0 if place in self.uncounted else counters.packets(*place)
                    policies[table.name][chain.name] = counted
        return {"rules": rules, "policies": policies, "packets": [end(t) for t in self.traces]}

    def text(self) -> str:
        """``iptables-save -c`` of the node."""
        shown = {
            k: v for k, v in self.state.counters.items() if k[2] or k[:2] not in self.uncounted
        }
        return self.rules.canonical(shown, backend=self.backend)


def end(trace: Trace) -> dict[str, Any]:
    """The end of one packet's way, after NAT; ``out`` is empty for one that stays here."""
    packet = trace.packet
    return {
        "verdict": trace.verdict.value,
        "src": packet.src,
        "sport": packet.sport,
        "dst": packet.dst,
        "dport": packet.dport,
        "mark": packet.mark,
        "out": trace.out_iface if trace.accepted else "",
    }


def replay(
    text: str,
    packets: Iterable[Arrival],
    *,
    backend: str = "nft",
    local: Sequence[str] = (),
    seed: int = 0,
    source: str = "",
    sets: IpSets | None = None,
) -> Replay:
    """The packets in order through the node with the rules of ``text``, which may look into
    the ipsets of ``sets``.

    Raises ``RulesError`` for rules that Linux would refuse.
    """
    rules = Ruleset.parse(text, source=source)
    node = Node(rules, interfaces=interfaces(local), routes=ROUTES, backend=backend, sets=sets)
    clock = ManualClock()
    state = NodeState(clock, Draws(seed), tracing=False)
    traces = []
    for one in packets:
        clock.turn(one.at - clock.monotonic())
        traces.append(node.receive(one.packet, state))
    uncounted = undeclared(rules, text) if backend == "nft" else frozenset()
    return Replay(rules, tuple(traces), state, backend, uncounted)


def undeclared(rules: Ruleset, text: str) -> frozenset[tuple[str, str]]:
    """Built-in chains without a line of their own, like ``:INPUT ACCEPT [0:0]``.

    iptables-nft makes those without a counter: their policy always shows 0 packets.
    """
    declared, table = set(), ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif found := re.match(r":(\S+)", line):
            declared.add((table, found[1]))
    return (
        frozenset(
            (chain.table, chain.name)
            for one in rules.tables.values()
            for chain in one.chains.values()
            if chain.policy
        )
        - declared
    )
