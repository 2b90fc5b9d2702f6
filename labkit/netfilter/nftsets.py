"""Fields of a packet as nftables sees them, and look-ups in sets and maps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from labkit.model.packet import PORT_PROTOCOLS
from labkit.nft.fields import ADDRESS_TYPES, CT_STATES, CT_STATUS, Field
from labkit.nft.nouns import Element, Key, Set, Table
from labkit.xt.frame import Frame

Value = int | str | None
"""A field of one packet; None when the packet has no such thing (the rule does not match)."""


def value_of(field: Field) -> Callable[[Frame], Value]:
    """The function that reads a field.

    A port of a packet without ports is None here; Linux reads the bytes that stand there.
    """
    special = _SPECIAL.get(field.name)
    if special is not None:
        return special
    name = {"saddr": "src", "daddr": "dst", "protocol": "proto"}.get(
        field.name.rpartition(" ")[2], field.name.rpartition(" ")[2]
    )
    if field.kind == "port":
        wanted = frozenset({field.protocol}) if field.protocol else PORT_PROTOCOLS
        return lambda frame: getattr(frame, name) if frame.proto in wanted else None
    if field.family:
        family = field.family
        return lambda frame: getattr(frame, name) if frame.family == family else None
    return lambda frame: getattr(frame, name)


_SPECIAL: dict[str, Callable[[Frame], Value]] = {
    "meta l4proto": lambda frame: frame.proto,
    "meta mark": lambda frame: frame.mark,
    "iifname": lambda frame: frame.in_iface,
    "iif": lambda frame: frame.in_iface,
    "oifname": lambda frame: frame.out_iface,
    "oif": lambda frame: frame.out_iface,
    "ct state": lambda frame: CT_STATES.index(frame.ctstate.lower()),
    "fib daddr type": lambda frame: _address_type(frame, frame.dst),
    "fib saddr type": lambda frame: _address_type(frame, frame.src),
}


def _address_type(frame: Frame, value: int) -> int:
    return ADDRESS_TYPES.index(frame.fib.kind(value, frame.family).lower())


def statuses(frame: Frame) -> set[int]:
    """The bits of ``ct status`` that are on, as places in CT_STATUS."""
    entry = frame.ct
    if entry is None:
        return set()
    on = {
        "seen-reply": entry.seen_reply,
        "assured": entry.assured,
        "confirmed": entry.confirmed,
        "snat": entry.src_nat,
        "dnat": entry.dst_nat,
    }
    return {CT_STATUS.index(name) for name, bit in on.items() if bit}


class Fixed:
    """A set or map whose elements stand in the text: one step, whatever their number."""

    __slots__ = ("_exact", "_spans")

    def __init__(self, elements: Iterable[Element]) -> None:
        self._exact: dict[tuple[Any, ...], Element] = {}
        self._spans: list[Element] = []
        for element in elements:
            if all(_is_single(part) for part in element.key):
                plain = tuple(p if isinstance(p, str) else p[0] for p in element.key)
                self._exact.setdefault(plain, element)
            else:
                self._spans.append(element)

    def find(self, frame: Frame, key: tuple[Value, ...]) -> Element | None:
        """The element that fits."""
        found = self._exact.get(key)
        if found is not None:
            return found
        return next((one for one in self._spans if _fits(one.key, key)), None)


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A set that rules add to; its elements live in the memory of the node."""

    table: str
    one: Set
    fixed: Fixed

    def find(self, frame: Frame, key: tuple[Value, ...]) -> Element | None:
        """The element, if it is there and its time is not over."""
        expires = frame.memory.read(self._place(key))
        if expires is not None and expires > frame.now:
            return Element(())
        return self.fixed.find(frame, key)

    def add(
        self, frame: Frame, key: tuple[Value, ...], timeout: float | None, refresh: bool
    ) -> bool:
        """Add an element (or begin its time anew); False when the set is full."""
        place = self._place(key)
        expires = frame.memory.read(place)
        known = expires is not None and expires > frame.now
        if known and not refresh:
            return True
        if not known and not self._room(frame):
            return False
        seconds = timeout if timeout is not None else self.one.timeout
        frame.memory.write(place, frame.now + seconds if seconds else float("inf"))
        return True

    def _room(self, frame: Frame) -> bool:
        """Whether one more fits; elements whose time is over make room."""
        if not self.one.size:
            return True
        counter = ("nft size", self.table, self.one.name)
        count = frame.memory.read(counter, 0)
        if count >= self.one.size:
            count = self._expire(frame)
        frame.memory.write(counter, min(count + 1, self.one.size))
        return bool(count < self.one.size)

    def _expire(self, frame: Frame) -> int:
        """Forget what is over; how many are left."""
        left = 0
        for place in frame.memory.known():
            if place[:3] == ("nft set", self.table, self.one.name):
                if frame.memory.read(place) > frame.now:
                    left += 1
                else:
                    frame.memory.forget(place)
        return left

    def _place(self, key: tuple[Value, ...]) -> tuple[Any, ...]:
        return "nft set", self.table, self.one.name, key


Lookup = Fixed | Dynamic


def lookup_for(table: Table, one: Set) -> Lookup:
    """The look-up of a named set or map."""
    fixed = Fixed(one.elements)
    return Dynamic(table.name, one, fixed) if "dynamic" in one.flags else fixed


def _is_single(part: tuple[int, int] | str) -> bool:
    """One value, not a range and not a name with a star."""
    return not part.endswith("*") if isinstance(part, str) else part[0] == part[1]


def _fits(key: Key, values: tuple[Value, ...]) -> bool:
    return all(_one_fits(part, value) for part, value in zip(key, values, strict=True))


def _one_fits(part: tuple[int, int] | str, value: Value) -> bool:
    if isinstance(part, str):
        name = str(value)
        return name.startswith(part[:-1]) if part.endswith("*") else name == part
    return isinstance(value, int) and part[0] <= value <= part[1]
