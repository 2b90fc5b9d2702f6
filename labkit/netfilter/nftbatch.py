"""NumPy mode for nftables: the first packets of many connections at once.

Source addresses between the same two borders (every address and network that a rule, a set
or the routing names is a border) are treated alike by every rule, so connections fall into
few classes.  Exact mode finds the ways of one packet of each class; the words of draws.py
then say which connection takes which way, as they do for ``trace``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.errors import BatchUnsupported
from labkit.model import address
from labkit.model.packet import Packet
from labkit.model.trace import Outcome
from labkit.netfilter.batch import Group, PacketBatch, Simulation
from labkit.netfilter.nftexact import Leaf, leaves
from labkit.netfilter.nftpassage import Key
from labkit.netfilter.outcomes import end_of
from labkit.netfilter.stages import Stage
from labkit.netfilter.state import Counters, NodeState
from labkit.nft.nouns import NftRuleset, Update
from labkit.xt.frame import Frame

if TYPE_CHECKING:
    from labkit.netfilter.nftnode import NftNode

Numbers = NDArray[np.int64]
MOST_CLASSES = 1 << 14


@dataclass(frozen=True, slots=True)
class Class:
    """Connections that every rule treats alike; ``members`` is None for all of the batch."""

    packet: Packet
    size: int
    members: Numbers | None
    one_source: bool


def simulate(node: NftNode, batch: PacketBatch, stages: tuple[Stage, ...], seed: int) -> Simulation:
    """All connections to their end."""
    ends: dict[Outcome, int] = {}
    counters = Counters()
    sticky = _affinity_rules(node.rules)
    for one in classes(node, batch) if batch.size else ():
        found = list(leaves(node, one.packet, stages, NodeState()))
        if sticky & {key for leaf in found for key in leaf.seen}:
            raise BatchUnsupported(
                "A set that rules add to depends on the order of packets.",
                "Use trace or outcomes, or a Service without session affinity.",
            )
        for leaf, count in _counted(found, one, seed):
            end = _end(leaf, one)
            ends[end] = ends.get(end, 0) + count
            for key in leaf.seen:
                counters.add(key, batch.packet.length, count)
    ranked = sorted(ends.items(), key=lambda item: (item[0].verdict.value, item[0].destination))
    return Simulation(batch.size, tuple(ranked), counters)


def _affinity_rules(rules: NftRuleset) -> set[Key]:
    """The rules that remember something for later packets."""
    return {
        rule.key
        for rule in rules.rules()
        if any(isinstance(statement, Update) for statement in rule.statements)
    }


def _end(leaf: Leaf, one: Class) -> Outcome:
    """Where the connections ended; a source that differs among them is shown empty."""
    end = end_of(leaf.frame)
    host = "" if not one.one_source and not end.masqueraded else _host(leaf.frame)
    return replace(end, source=host)


def _host(frame: Frame) -> str:
    return address.text(frame.src, frame.family)


# Classes of connections.


def classes(node: NftNode, batch: PacketBatch) -> Iterator[Class]:
    """Divide the batch; raises ``BatchUnsupported`` when that gives too many classes."""
    columns = {name: np.asarray(column) for name, column in batch.columns.items()}
    if not _reads(node.rules, "sport"):
        columns.pop("sport", None)
    if not columns:
        yield Class(batch.packet, batch.size, None, True)
        return
    group = np.zeros(batch.size, dtype=np.int64)
    for name, column in columns.items():
        kinds = column
        if name == "src":
            kinds = np.searchsorted(_borders(node), column.astype(np.int64), side="right")
        _, numbers = np.unique(kinds, return_inverse=True)
        group = group * (int(numbers.max()) + 1) + numbers
        group = np.unique(group, return_inverse=True)[1].astype(np.int64)
    count = int(group.max()) + 1
    if count > MOST_CLASSES:
        raise BatchUnsupported(
            f"The connections fall into {count} classes; {MOST_CLASSES} is the most.",
            "Simulate them in parts.",
        )
    order = np.argsort(group, kind="stable")
    for members in np.split(order, np.cumsum(np.bincount(group))[:-1]):
        yield _class(batch, columns, members)


def _class(batch: PacketBatch, columns: dict[str, NDArray[Any]], members: Numbers) -> Class:
    """One class, with its first connection's packet for all of them."""
    values: dict[str, Any] = {name: int(column[members[0]]) for name, column in columns.items()}
    for name in ("src", "dst"):
        if name in values:
            values[name] = address.text(values[name], 4)
    sources = columns.get("src")
    alike = sources is None or bool((sources[members] == sources[members[0]]).all())
    return Class(replace(batch.packet, **values), len(members), members, alike)


def _borders(node: NftNode) -> Numbers:
    """Where one kind of IPv4 source address ends and the next begins."""
    borders = {0, 1 << 24, 127 << 24, 128 << 24, 0xE0000000, 0xF0000000, 0xFFFFFFFF}
    for low, high in _spans(node.rules):
        borders |= {low, high + 1}
    for texts in node.routing.interfaces.values():
        for text in texts:
            value, mask, kind = address.network(text)
            own = address.number(text.partition("/")[0])
            last = value | (mask ^ 0xFFFFFFFF)
            borders |= {own, own + 1, last, last + 1} if kind == 4 else set()
    return np.array(sorted(borders), dtype=np.int64)


def _spans(rules: NftRuleset) -> Iterator[tuple[int, int]]:
    """All IPv4 addresses and networks that stand in a set or a rule."""
    for table in rules.tables.values():
        for one in table.sets.values():
            for element in one.elements:
                yield from _numbers(element.key)
    for rule in rules.rules():
        for statement in rule.statements:
            among = getattr(statement, "among", None)
            for element in among.items if among is not None else ():
                yield from _numbers(element.key)


def _numbers(key: tuple[Any, ...]) -> Iterator[tuple[int, int]]:
    return (part for part in key if not isinstance(part, str) and part[1] <= 0xFFFFFFFF)


def _reads(rules: NftRuleset, side: str) -> bool:
    """Whether any rule looks at this port."""
    for rule in rules.rules():
        for statement in rule.statements:
            look: object = getattr(statement, "look", None) or getattr(statement, "fields", ())
            fields = look if isinstance(look, tuple) else ()
            if any(field.name.endswith(side) for field in fields):
                return True
    return False


# Which connection goes which way.


def _counted(found: list[Leaf], one: Class, seed: int) -> Iterator[tuple[Leaf, int]]:
    """How many connections of a class take each way."""
    if len(found) == 1:
        yield found[0], one.size
        return
    yield from _divide(found, 0, one.members, one.size, seed)


def _divide(
    found: list[Leaf], depth: int, members: Numbers | None, size: int, seed: int
) -> Iterator[tuple[Leaf, int]]:
    """Divide connections by the draw that all of these ways have in this place."""
    place, mod, _ = found[0].draws[depth]
    by_number: dict[int, list[Leaf]] = {}
    for leaf in found:
        by_number.setdefault(leaf.draws[depth][2], []).append(leaf)
    if all(len(ways) == 1 for ways in by_number.values()):
        counts = np.zeros(mod, dtype=np.int64)
        for numbers in _draws(place, mod, members, size, seed):
            counts += np.bincount(numbers, minlength=mod)
        yield from ((ways[0], int(counts[i])) for i, ways in by_number.items() if counts[i])
        return
    numbers = np.concatenate(list(_draws(place, mod, members, size, seed)))
    for number, ways in by_number.items():
        chosen = np.flatnonzero(numbers == number)
        chosen = chosen if members is None else members[chosen]
        if len(chosen) and len(ways) == 1:
            yield ways[0], len(chosen)
        elif len(chosen):
            yield from _divide(ways, depth + 1, chosen, len(chosen), seed)


def _draws(
    place: str, mod: int, members: Numbers | None, size: int, seed: int
) -> Iterator[Numbers]:
    """The numbers that the connections draw, a chunk at a time."""
    group = Group(_counting_frame(size), seed, members)
    for words in group.words((place,), 0):
        words >>= np.uint64(32)
        words *= np.uint64(mod)
        words >>= np.uint64(32)
        yield words.astype(np.int64)


def _counting_frame(size: int) -> Frame:
    """A frame that stands for so many connections: a Group asks for nothing else."""
    frame = Frame.__new__(Frame)
    frame.count = size
    return frame
