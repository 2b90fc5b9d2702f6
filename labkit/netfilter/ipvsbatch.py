"""Many connections in a row: what each meets, counted and in order.

Connections cannot be taken each for itself here, since the scheduler remembers; so this
goes through them one by one, and asks the rules around IPVS only once for each kind of packet
and each server.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from labkit.ipvs.nouns import Key, folded
from labkit.ipvs.schedulers import Client, Dest
from labkit.ipvs.service import LiveService
from labkit.ipvs.state import IpvsState
from labkit.model import address
from labkit.model.packet import Packet
from labkit.model.step import Verdict
from labkit.model.trace import Outcome


class Batch(Protocol):
    """``size`` connections that begin with ``packet``, but for the columns that are given.

    Columns: src, dst, sport, dport, mark (addresses as integers), as in
    ``labkit.netfilter.batch.PacketBatch``.
    """

    @property
    def packet(self) -> Packet: ...
    @property
    def size(self) -> int: ...
    @property
    def columns(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Simulation:
    """What became of the connections.

    ``outcomes`` are (outcome, how many); ``order`` says for each connection which of them it
    met (an index into ``outcomes``).
    """

    size: int
    outcomes: tuple[tuple[Outcome, int], ...]
    order: array[int]

    @property
    def by_label(self) -> dict[str, int]:
        """Label -> connections."""
        return self._sums(lambda o: o.label)

    @property
    def by_destination(self) -> dict[str, int]:
        """Destination of what is accepted -> connections."""
        return self._sums(lambda o: o.destination if o.verdict is Verdict.ACCEPTED else "")

    @property
    def destinations(self) -> list[str]:
        """The destination of each connection, in order (empty where it is not accepted)."""
        names = [o.destination if o.verdict is Verdict.ACCEPTED else "" for o, _ in self.outcomes]
        return [names[index] for index in self.order]

    def _sums(self, key: Callable[[Outcome], str]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for outcome, count in self.outcomes:
            if key(outcome):
                sums[key(outcome)] = sums.get(key(outcome), 0) + count
        return sums


First = Callable[[Packet], Outcome]
Through = Callable[[Packet, Key, str, int], Outcome]


@dataclass(slots=True)
class _Kind:
    """Connections that differ in their source port only."""

    packet: Packet
    client: Client
    live: LiveService | None
    number: int
    by_dest: dict[int, int]


def simulate(
    batch: Batch, state: IpvsState, hold: bool, first: First, through: Through
) -> Simulation:
    """Go through the connections in order.

    ``first`` says what a packet meets now; ``through`` what it meets when a certain server is
    chosen.
    """
    numbers: dict[Outcome, int] = {}
    order = array("I")
    kinds: dict[Packet, _Kind] = {}
    counts: list[int] = []

    def number_of(outcome: Outcome) -> int:
        found = numbers.setdefault(replace(outcome, source=""), len(numbers))
        if found == len(counts):
            counts.append(0)
        return found

    for packet, sport in _packets(batch):
        kind = kinds.get(packet)
        if kind is None:
            kind = kinds[packet] = _kind(packet, state, number_of(first(packet)), first)
        chosen = _choose(kind, state, sport, hold) if kind.live else None
        number = kind.number
        if chosen is not None and kind.live is not None:
            found = kind.by_dest.get(id(chosen))
            if found is None:
                key = kind.live.virtual.key
                found = number_of(through(packet, key, chosen.address, chosen.port))
                kind.by_dest[id(chosen)] = found
            number = found
        counts[number] += 1
        order.append(number)
    return Simulation(batch.size, tuple(zip(numbers, counts, strict=True)), order)


def _kind(packet: Packet, state: IpvsState, number: int, first: First) -> _Kind:
    """A new kind of packet; ``live`` only where IPVS gets to choose."""
    live = state.services.get((packet.proto, packet.dst, packet.dport))
    if live is not None and live.dests:
        outcome = first(packet)
        if not outcome.dnat:
            live = None
    client = Client(folded(packet.src), packet.sport, folded(packet.dst))
    return _Kind(packet, client, live, number, {})


def _choose(kind: _Kind, state: IpvsState, sport: int, hold: bool) -> Dest | None:
    """The server of one connection; its connections are counted as the kernel does."""
    assert kind.live is not None
    client = kind.client
    if sport != client.port:
        client = Client(client.source, sport, client.destination)
    choice = kind.live.choose(
        kind.packet.src, client, state.now, expire_quiescent=state.expire_quiescent
    )
    if choice.dest is not None:
        if hold:
            choice.dest.active += 1
        else:
            choice.dest.inactive += 1
    return choice.dest


def _packets(batch: Batch) -> Iterator[tuple[Packet, int]]:
    """Each connection's first packet without its own source port, and that port."""
    columns = {name: column for name, column in batch.columns.items() if name != "sport"}
    ports = batch.columns.get("sport")
    made: dict[tuple[int, ...], Packet] = {}
    family = address.family(batch.packet.src)
    for place in range(batch.size):
        sport = batch.packet.sport if ports is None else int(ports[place])
        if not columns:
            yield batch.packet, sport
            continue
        values = tuple(int(column[place]) for column in columns.values())
        if values not in made:
            changes: dict[str, Any] = {
                name: address.text(value, family) if name in ("src", "dst") else value
                for name, value in zip(columns, values, strict=True)
            }
            made[values] = replace(batch.packet, **changes)
        yield made[values], sport
