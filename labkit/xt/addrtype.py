"""-m addrtype: what kind of address it is in the routing tables (xt_addrtype.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from labkit.errors import BatchUnsupported
from labkit.xt.base import Flag, Match, Options
from labkit.xt.conntrack import Names
from labkit.xt.frame import Frame
from labkit.xt.values import set_of

TYPES = (
    "UNSPEC",
    "UNICAST",
    "LOCAL",
    "BROADCAST",
    "ANYCAST",
    "MULTICAST",
    "BLACKHOLE",
    "UNREACHABLE",
    "PROHIBIT",
    "THROW",
    "NAT",
    "XRESOLVE",
)


@dataclass(frozen=True, slots=True)
class Addrtype(Match):
    """Types of the source and of the destination; the second is asked only if the first fits."""

    NAME: ClassVar[str] = "addrtype"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--src-type", set_of(*TYPES), negatable=True),
        Flag("--dst-type", set_of(*TYPES), negatable=True),
        Flag("--limit-iface-in"),
        Flag("--limit-iface-out"),
    )
    src: Names | None = None
    dst: Names | None = None
    limit: str = ""

    @classmethod
    def build(cls, options: Options) -> Self:
        made = cls(_types(options, "--src-type"), _types(options, "--dst-type"))
        if made == cls():
            raise ValueError("-m addrtype needs --src-type or --dst-type")
        limits = [side for side in ("in", "out") if f"--limit-iface-{side}" in options]
        if len(limits) > 1:
            raise ValueError("--limit-iface-in does not go with --limit-iface-out")
        return cls(made.src, made.dst, limits[0] if limits else "")

    @property
    def barred(self) -> frozenset[str]:
        where = {"in": {"OUTPUT", "POSTROUTING"}, "out": {"PREROUTING", "INPUT"}}
        return frozenset(where.get(self.limit, ()))

    def words(self) -> str:
        parts = (
            self.src.words("--src-type") if self.src else "",
            self.dst.words("--dst-type") if self.dst else "",
            f"--limit-iface-{self.limit}" if self.limit else "",
        )
        return " ".join(filter(None, parts))

    def matches(self, frame: Frame) -> bool:
        kind, family, iface = frame.fib.kind, frame.family, self.iface(frame)
        src, dst = self.src, self.dst
        if src and holds(src, kind(frame.src, family, iface), family) is src.negated:
            return False
        return not (dst and holds(dst, kind(frame.dst, family, iface), family) is dst.negated)

    def iface(self, frame: Frame) -> str:
        """The interface whose addresses alone count as local; empty for all of them."""
        if not self.limit:
            return ""
        return frame.in_iface if self.limit == "in" else frame.out_iface

    def columns(self, columns: Any) -> Any:
        asked = [v for v, t in ((columns.src, self.src), (columns.dst, self.dst)) if t]
        if all(isinstance(value, int) for value in asked):
            return self.matches(columns)
        return self._arrays(columns, asked)

    def _arrays(self, columns: Any, asked: list[Any]) -> Any:
        """Ask once for each different address."""
        if any(not isinstance(v, int) and not hasattr(v, "dtype") for v in asked):
            raise BatchUnsupported("-m addrtype of a source that is not known.")
        import numpy as np

        result: Any = True
        for column, types in ((columns.src, self.src), (columns.dst, self.dst)):
            if types is None:
                continue
            values, where = np.unique(column, return_inverse=True)
            if len(values) > 1 << 16:
                raise BatchUnsupported("-m addrtype over more than 65,536 addresses.")
            family, iface = columns.family, self.iface(columns)
            kinds = [holds(types, columns.fib.kind(int(v), family, iface), family) for v in values]
            result = result & (np.array(kinds, dtype=bool)[where] ^ types.negated)
        return result


def _types(options: Options, flag: str) -> Names | None:
    given = options.get(flag, tuple)
    if given is None:
        return None
    return Names(tuple(t for t in TYPES if t in given), options.negated(flag))


def holds(types: Names, kind: str, family: int) -> bool:
    """Whether an address of this kind is one of the types.

    IPv6 is asked otherwise (match_type6): each of MULTICAST and UNICAST that is named must be
    true, and then one of LOCAL, ANYCAST and UNREACHABLE when any of them is named; a local
    address is UNICAST too.
    """
    if family == 4:
        return kind in types.names
    if "MULTICAST" in types.names and kind != "MULTICAST":
        return False
    if "UNICAST" in types.names and kind == "MULTICAST":
        return False
    if "UNSPEC" in types.names and kind != "UNSPEC":
        return False
    routed = {"LOCAL", "ANYCAST", "UNREACHABLE"} & set(types.names)
    return not routed or kind in routed
