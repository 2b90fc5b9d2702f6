"""-j NETMAP: exchange the network part of an address (xt_NETMAP.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.model import address
from labkit.xt.base import Flag, Options, Result, Target
from labkit.xt.frame import Frame
from labkit.xt.ip import Network, read_network
from labkit.xt.nat import do_nat
from labkit.xt.natrange import NatRange


@dataclass(frozen=True, slots=True)
class Netmap(Target):
    """The destination in PREROUTING and OUTPUT, the source in POSTROUTING and INPUT."""

    NAME: ClassVar[str] = "NETMAP"
    TERMINAL: ClassVar[bool] = True
    TABLES: ClassVar[frozenset[str]] = frozenset({"nat"})
    FLAGS: ClassVar[tuple[Flag, ...]] = (Flag("--to", read_network, required=True),)
    to: Network

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls(options.need("--to", Network))

    def words(self) -> str:
        length = address.prefix(self.to.mask, self.to.family)
        host = address.text(self.to.network, self.to.family)
        return f"--to {host}/{length}"

    def apply(self, frame: Frame) -> Result:
        kind = "dst" if frame.hook in ("PREROUTING", "OUTPUT") else "src"
        old = frame.dst if kind == "dst" else frame.src
        host = ((1 << address.BITS[self.to.family]) - 1) ^ self.to.mask
        new = self.to.network | (old & host)
        return do_nat(frame, NatRange(kind, new, new))
