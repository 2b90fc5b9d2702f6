"""-m nfacct: count the packet on a named counter; always true (xt_nfacct.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from labkit.xt.base import Flag, Match, Options
from labkit.xt.frame import Frame
from labkit.xt.values import text_up_to


@dataclass(frozen=True, slots=True)
class Nfacct(Match):
    """iptables-save writes two blanks before the name, so we do (libxt_nfacct.c)."""

    NAME: ClassVar[str] = "nfacct"
    STATEFUL: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (Flag("--nfacct-name", text_up_to(31), required=True),)
    name: str

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls(options.need("--nfacct-name", str))

    def words(self) -> str:
        return f"--nfacct-name  {self.name}"

    def matches(self, frame: Frame) -> bool:
        packets, octets = frame.memory.read(("nfacct", self.name), (0, 0))
        frame.memory.write(("nfacct", self.name), (packets + 1, octets + frame.length))
        return True

    def columns(self, columns: Any) -> Any:
        return True
