"""-m owner: which user or group of this node sends the packet (xt_owner.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import Span, integer


def read_ids(text: str) -> Span:
    """``1000`` or ``1000-1999``; names of users are not known here."""
    first, dash, last = text.partition("-")
    low = integer(first)
    high = integer(last) if dash else low
    if low > high:
        raise ValueError(f"the range {text} goes backwards")
    return Span(low, high)


@dataclass(frozen=True, slots=True)
class Owner(Match):
    """A packet that comes from elsewhere has no owner: it matches nothing but negations.

    A sender here has one group, so that ``--suppl-groups`` finds no further ones.
    """

    NAME: ClassVar[str] = "owner"
    HOOKS: ClassVar[frozenset[str]] = frozenset({"OUTPUT", "POSTROUTING"})
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--uid-owner", read_ids, negatable=True),
        Flag("--gid-owner", read_ids, negatable=True),
        Flag("--socket-exists", negatable=True),
        Flag("--suppl-groups"),
    )
    uid: Span | None = None
    gid: Span | None = None
    socket: bool | None = None
    groups: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        socket = None
        if "--socket-exists" in options:
            socket = not options.negated("--socket-exists")
        groups = "--suppl-groups" in options
        if groups and "--gid-owner" not in options:
            raise ValueError("--suppl-groups needs --gid-owner")
        uid, gid = _span(options, "--uid-owner"), _span(options, "--gid-owner")
        return cls(uid, gid, socket, groups)

    def words(self) -> str:
        parts = [f"{negation(not self.socket)}--socket-exists"] if self.socket is not None else []
        for flag, ids in (("--uid-owner", self.uid), ("--gid-owner", self.gid)):
            if ids is not None:
                shown = str(ids.low) if ids.low == ids.high else f"{ids.low}-{ids.high}"
                parts.append(f"{negation(ids.negated)}{flag} {shown}")
        if self.groups:
            parts.append("--suppl-groups")
        return " ".join(parts)

    def matches(self, frame: Frame) -> bool:
        if frame.uid is None and frame.gid is None:
            return all(part is None or part.negated for part in (self.uid, self.gid)) and (
                not self.socket
            )
        if self.socket is False:
            return False
        if self.uid is not None and not self.uid.holds(frame.uid or 0):
            return False
        return self.gid is None or self.gid.holds(frame.gid or 0)


def _span(options: Options, flag: str) -> Span | None:
    value = options.get(flag, Span)
    return None if value is None else Span(value.low, value.high, options.negated(flag))
