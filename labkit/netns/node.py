"""A node of real Linux with the verbs of the emulator's: ``trace`` and ``simulate``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labkit.model import address
from labkit.model.packet import Packet, Snap
from labkit.model.trace import Trace
from labkit.netfilter.routes import Route
from labkit.netns.linux import Answer, Linux
from labkit.ruleset.tables import BUILT_IN, Key, Ruleset

PORTS = range(1024, 61024)
"""Source ports for connections that must all be new."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of many connections: how many had each end, what each rule counted."""

    size: int
    by_label: Mapping[str, int]
    by_destination: Mapping[str, int]
    counters: Mapping[Key, tuple[int, int]]


@dataclass(slots=True)
class Node:
    """Linux with these rules; a context manager, since a namespace is made for it.

    The arguments are those of ``netfilter.Node``.  The state (connections, recent lists,
    counters of mode nth) lives as long as the node.  Raises ``LinuxUnavailable`` where Linux
    cannot be asked and ``RulesError`` for rules that it refuses.
    """

    rules: Ruleset
    addresses: Iterable[str] = ()
    interfaces: Mapping[str, Iterable[str]] = field(default_factory=dict)
    routes: Sequence[Route] | None = None
    backend: str = "nft"
    linux: Linux | None = None

    def __enter__(self) -> Node:
        named = {name: tuple(own) for name, own in self.interfaces.items()}
        named["eth0"] = (*named.get("eth0", ()), *self.addresses)
        routes = self.routes
        if routes is None:
            way_out = next(name for name in named if name != "lo")
            routes = (Route("0.0.0.0/0", way_out), Route("::/0", way_out))
        self.linux = Linux(named, routes).__enter__()
        try:
            self.linux.load(self.rules.canonical(zero=True), self.backend, self.rules.family)
        except BaseException:
            self.linux.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.linux is not None:
            self.linux.__exit__()
            self.linux = None

    @property
    def session(self) -> Linux:
        """The namespace, for its other questions: ``save``, ``connections``, ``run``."""
        return self.linux if self.linux is not None else Linux({})

    def trace(self, packet: Packet, *, hook: str = "prerouting") -> Trace:
        """The way of one packet: each rule that matched on Linux, and the end."""
        self.session.trace_rules()
        (said,) = self.session.send([packet], hook=hook)
        return self._trace(packet, said, hook)

    def simulate(self, packet: Packet, size: int, *, hook: str = "prerouting") -> Tally:
        """So many new connections like this packet, each from a source port of its own."""
        labels: Counter[str] = Counter()
        places: Counter[str] = Counter()
        for start in range(0, size, len(PORTS)):
            ports = PORTS[: min(len(PORTS), size - start)]
            self.session.flush()
            sent = [replace(packet, sport=port) for port in ports]
            for one, said in zip(sent, self.session.send(sent, hook=hook), strict=True):
                trace = self._trace(one, said, hook)
                labels[trace.label] += 1
                if trace.accepted:
                    places[trace.packet.destination] += 1
        return Tally(size, labels, places, self.session.counters())

    def _trace(self, packet: Packet, said: Answer, hook: str) -> Trace:
        """Linux's answer as a trace of the same shape as the emulator's."""
        end = replace(
            packet,
            src=said.src,
            dst=said.dst,
            sport=said.sport,
            dport=said.dport,
            mark=said.mark,
            out_iface=said.out,
        )
        seen = snap(packet)
        events = tuple(
            (
                where,
                table,
                chain,
                number,
                self._rule(table, chain, number),
                "match" if number else "policy",
                seen,
                seen,
                0,
                "",
            )
            for where, table, chain, number in hooks(said.path)
        )
        return Trace(
            packet,
            end,
            said.verdict,
            said.reject_with,
            said.delivered_local,
            said.out,
            dnat=said.dst != packet.dst or said.dport != packet.dport,
            masqueraded=said.src != packet.src,
            service=self._service(said),
            events=events,
        )

    def _rule(self, table: str, chain: str, number: int) -> object:
        return self.rules[table][chain][number - 1] if number else None

    def _service(self, said: Answer) -> str:
        """The Service that the DNAT rule on the path names."""
        for table, chain, number in said.path:
            if table == "nat" and number:
                rule = self.rules[table][chain][number - 1]
                if rule.target is not None and rule.target.NAME == "DNAT":
                    return rule.service
        return ""


def hooks(path: Iterable[Key]) -> Iterable[tuple[str, str, str, int]]:
    """The path with the hook of each step: that of the built-in chain which led there."""
    hook = ""
    for table, chain, number in path:
        if chain in BUILT_IN.get(table, ()):
            hook = chain
        yield hook, table, chain, number


def snap(packet: Packet) -> Snap:
    """The packet as traces keep it."""
    return (
        address.number(packet.src),
        address.number(packet.dst),
        packet.sport,
        packet.dport,
        packet.mark,
        packet.ttl,
        packet.in_iface,
        packet.out_iface,
    )
