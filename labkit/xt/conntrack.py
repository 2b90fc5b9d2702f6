"""-m conntrack and -m state: what connection tracking says of the packet (xt_conntrack.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import one_of, set_of

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
    """State, status and direction.

    The state of a packet is one of the first five names; SNAT and DNAT are true besides it
    when the connection's addresses were changed.  A packet without a connection is INVALID
    or UNTRACKED, and matches only when nothing but the state was asked for.
    """

    NAME: ClassVar[str] = "conntrack"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--ctstate", set_of(*STATES), negatable=True),
        Flag("--ctstatus", set_of(*STATUSES), negatable=True),
        Flag("--ctdir", one_of("ORIGINAL", "REPLY")),
    )
    state: Names | None = None
    status: Names | None = None
    direction: str = ""

    @classmethod
    def build(cls, options: Options) -> Self:
        made = cls(
            _names(options, "--ctstate", STATES),
            _names(options, "--ctstatus", STATUSES),
            options.get("--ctdir", str) or "",
        )
        if made == cls():
            raise ValueError("-m conntrack needs at least one option")
        return made

    def words(self) -> str:
        parts = (
            self.state.words("--ctstate") if self.state else "",
            self.status.words("--ctstatus") if self.status else "",
            f"--ctdir {self.direction}" if self.direction else "",
        )
        return " ".join(filter(None, parts))

    def matches(self, frame: Frame) -> bool:
        if self.state is not None and not _state_matches(self.state, frame):
            return False
        if frame.ct is None:
            return self.state is not None
        if self.direction and (self.direction == "REPLY") is not frame.reply:
            return False
        return self.status is None or _status_matches(self.status, frame.ct)

    def columns(self, columns: Any) -> Any:
        return self.matches(columns)


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
    """One of the status bits is set; NONE means that there is no bit at all."""
    bits = ct.status_names
    hit = any(name in bits for name in status.names) or ("NONE" in status.names and not bits)
    return hit is not status.negated
