"""-m physdev: the bridge port a packet came through (xt_physdev.c).

A node here has no bridge that hands packets to iptables (br_netfilter), so no packet has a
port: every question is answered as for such a packet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.ip import Interface, read_interface

SWITCHES = ("--physdev-is-in", "--physdev-is-out", "--physdev-is-bridged")


@dataclass(frozen=True, slots=True)
class Physdev(Match):
    """Names of ports and the three switches."""

    NAME: ClassVar[str] = "physdev"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--physdev-in", read_interface, negatable=True),
        Flag("--physdev-out", read_interface, negatable=True),
        *(Flag(switch, negatable=True) for switch in SWITCHES),
    )
    inner: Interface | None = None
    outer: Interface | None = None
    switches: tuple[tuple[str, bool], ...] = ()

    @classmethod
    def build(cls, options: Options) -> Self:
        made = cls(
            _port(options, "--physdev-in"),
            _port(options, "--physdev-out"),
            tuple((s, options.negated(s)) for s in SWITCHES if s in options),
        )
        if made == cls():
            raise ValueError("-m physdev needs at least one option")
        return made

    @property
    def barred(self) -> frozenset[str]:
        bridged = ("--physdev-is-bridged", False) in self.switches
        return frozenset({"OUTPUT"} if self.outer and not bridged else ())

    def words(self) -> str:
        turned = dict(self.switches)
        parts = []
        if "--physdev-is-in" in turned:
            parts.append(f"{negation(turned['--physdev-is-in'])}--physdev-is-in")
        if self.inner:
            parts.append(self.inner.words("--physdev-in"))
        if "--physdev-is-out" in turned:
            parts.append(f"{negation(turned['--physdev-is-out'])}--physdev-is-out")
        if self.outer:
            parts.append(self.outer.words("--physdev-out"))
        if "--physdev-is-bridged" in turned:
            parts.append(f"{negation(turned['--physdev-is-bridged'])}--physdev-is-bridged")
        return " ".join(parts)

    def matches(self, frame: Frame) -> bool:
        if not all(negated for _, negated in self.switches):
            return False
        return all(port is None or port.negated for port in (self.inner, self.outer))


def _port(options: Options, flag: str) -> Interface | None:
    value = options.get(flag, Interface)
    return None if value is None else Interface(value.name, value.plus, options.negated(flag))
