"""-m conntrack and -m state: what connection tracking says of the packet (xt_conntrack.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.ctflow import (
    ADDRESSES,
    PORTS,
    Written,
    flows_match,
    read_ports,
    read_written,
    spanned,
    written,
)
from labkit.xt.frame import Frame
from labkit.xt.ip import read_protocol
from labkit.xt.values import Span, one_of, set_of, span

STATES = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT")
"""In the order in which iptables prints them."""

STATUSES = ("NONE", "EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED")


@dataclass(frozen=True, slots=True)
class Names:
    """Some names, perhaps behind ``!``, kept in the order in which iptables prints them."""

    names: tuple[str, ...]
    negated: bool = False

    def words(self, flag: str) -> str:
        """``! --ctstate RELATED,ESTABLISHED``."""
        return f"{negation(self.negated)}{flag} {','.join(self.names)}"


@dataclass(frozen=True, slots=True)
class Conntrack(Match):
    """State, protocol, addresses and ports of the connection, its status and direction.

    The state of a packet is one of the first five names; SNAT and DNAT are true besides it
    when the connection's addresses were changed.  A packet without a connection is INVALID
    or UNTRACKED, and matches as soon as the state fits, whatever else was asked for.
    """

    NAME: ClassVar[str] = "conntrack"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--ctstate", set_of(*STATES), negatable=True),
        Flag("--ctproto", read_protocol, negatable=True),
        *(Flag(flag, read_written, negatable=True) for flag in ADDRESSES),
        *(Flag(flag, read_ports, negatable=True) for flag in PORTS),
        Flag("--ctstatus", set_of(*STATUSES), negatable=True),
        Flag("--ctexpire", span(0xFFFFFFFF), negatable=True),
        Flag("--ctdir", one_of("ORIGINAL", "REPLY")),
    )
    state: Names | None = None
    status: Names | None = None
    direction: str = ""
    proto: tuple[int, bool] | None = None
    addresses: tuple[tuple[str, Written], ...] = ()
    ports: tuple[tuple[str, Span], ...] = ()
    expire: Span | None = None

    @classmethod
    def build(cls, options: Options) -> Conntrack:
        proto = options.get("--ctproto", int)
        expire = spanned(options, "--ctexpire")
        made = (cls if expire is None else Expiring)(
            _names(options, "--ctstate", STATES),
            _status(options),
            options.get("--ctdir", str) or "",
            None if proto is None else (proto, options.negated("--ctproto")),
            tuple((flag, written(options, flag)) for flag in ADDRESSES if flag in options),
            tuple((flag, one) for flag in PORTS if (one := spanned(options, flag))),
            expire,
        )
        if made == cls():
            raise ValueError("-m conntrack needs at least one option")
        return made

    @property
    def reads_sport(self) -> bool:
        return bool(self.ports)

    def words(self) -> str:
        proto = self.proto
        parts = (
            self.state.words("--ctstate") if self.state else "",
            f"{negation(proto[1])}--ctproto {proto[0]}" if proto else "",
            *(one.words(flag) for flag, one in self.addresses),
            *(one.words(flag) for flag, one in self.ports),
            self.status.words("--ctstatus") if self.status else "",
            self.expire.words("--ctexpire") if self.expire else "",
            f"--ctdir {self.direction}" if self.direction else "",
        )
        return " ".join(filter(None, parts))

    def matches(self, frame: Frame) -> bool:
        if self.state is not None and not _state_matches(self.state, frame):
            return False
        ct = frame.ct
        if ct is None:
            return self.state is not None
        if self.direction and (self.direction == "REPLY") is not frame.reply:
            return False
        ok = True
        if self.addresses or self.ports or self.proto:
            ok = flows_match(self.proto, self.addresses, self.ports, ct)
        if self.status is not None and not _status_matches(self.status, ct):
            return False
        if self.expire is None:
            return ok
        return ok & self.expire.holds(int(max(0, ct.expires - frame.now)) if ct.confirmed else 0)

    def columns(self, columns: Any) -> Any:
        return self.matches(columns)


@dataclass(frozen=True, slots=True)
class Expiring(Conntrack):
    """One that asks how long the connection will still be remembered."""

    STATEFUL: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class State(Match):
    """-m state, the old name: the state alone."""

    NAME: ClassVar[str] = "state"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--state", set_of(*STATES[:5]), negatable=True, required=True),
    )
    state: Names

    @classmethod
    def build(cls, options: Options) -> Self:
        names = _names(options, "--state", STATES)
        if names is None:
            raise ValueError("--state is missing")
        return cls(names)

    def words(self) -> str:
        return self.state.words("--state")

    def matches(self, frame: Frame) -> bool:
        return _state_matches(self.state, frame)

    def columns(self, columns: Any) -> Any:
        return self.matches(columns)


def _names(options: Options, flag: str, order: tuple[str, ...]) -> Names | None:
    given = options.get(flag, tuple)
    if given is None:
        return None
    return Names(tuple(name for name in order if name in given), options.negated(flag))


def _status(options: Options) -> Names | None:
    """NONE adds no bit to others and is not printed beside them."""
    found = _names(options, "--ctstatus", STATUSES)
    if found is None or found.names == ("NONE",):
        return found
    return Names(tuple(name for name in found.names if name != "NONE"), found.negated)


def _state_matches(state: Names, frame: Frame) -> bool:
    """One of the names holds for the packet."""
    names = state.names
    hit = (
        frame.ctstate in names
        or (frame.dnat and "DNAT" in names)
        or (frame.snat and "SNAT" in names)
    )
    return hit is not state.negated


def _status_matches(status: Names, ct: Any) -> bool:
    """One of the status bits is set.  NONE is no bit: on its own it is never true."""
    bits = ct.status_names
    return any(name in bits for name in status.names) is not status.negated
