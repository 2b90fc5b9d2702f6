"""-j REJECT: drop the packet and tell the sender (ipt_REJECT.c, ip6t_REJECT.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import DROP, Flag, Options, Result, Target
from labkit.xt.frame import Frame

RST = 4
TYPES = {
    4: {
        "icmp-net-unreachable": "net-unreach",
        "icmp-host-unreachable": "host-unreach",
        "icmp-proto-unreachable": "proto-unreach",
        "icmp-port-unreachable": "port-unreach",
        "icmp-net-prohibited": "net-prohib",
        "icmp-host-prohibited": "host-prohib",
        "tcp-reset": "tcp-rst",
        "icmp-admin-prohibited": "admin-prohib",
    },
    6: {
        "icmp6-no-route": "no-route",
        "icmp6-adm-prohibited": "adm-prohibited",
        "icmp6-addr-unreachable": "addr-unreach",
        "icmp6-port-unreachable": "port-unreach",
        "tcp-reset": "tcp-rst",
        "icmp6-policy-fail": "policy-fail",
        "icmp6-reject-route": "reject-route",
    },
}
"""Every type with its short name, by IP family; the default is port-unreachable."""


@dataclass(frozen=True, slots=True)
class Reject(Target):
    """Only in table filter, in INPUT, FORWARD, OUTPUT and the chains called from there."""

    NAME: ClassVar[str] = "REJECT"
    TERMINAL: ClassVar[bool] = True
    TABLES: ClassVar[frozenset[str]] = frozenset({"filter"})
    HOOKS: ClassVar[frozenset[str]] = frozenset({"INPUT", "FORWARD", "OUTPUT"})
    FLAGS: ClassVar[tuple[Flag, ...]] = (Flag("--reject-with", str),)
    kind: str = "icmp-port-unreachable"

    @classmethod
    def build(cls, options: Options) -> Self:
        types = TYPES[options.family]
        default = "icmp-port-unreachable" if options.family == 4 else "icmp6-port-unreachable"
        word = options.get("--reject-with", str) or default
        for name, short in types.items():
            if word in (name, short):
                if name == "tcp-reset" and options.proto != 6:
                    raise ValueError("--reject-with tcp-reset needs -p tcp")
                return cls(name)
        raise ValueError(f"{word!r} is none of {', '.join(types)}")

    def words(self) -> str:
        return f"--reject-with {self.kind}"

    def apply(self, frame: Frame) -> Result:
        """A reset that is really sent ends the connection for conntrack too (nf_ct_set_closing,
        Linux 6.3); a reset is never sent because of a reset."""
        frame.reject_with = self.kind
        if self.kind == "tcp-reset" and frame.ct is not None and not frame.flags & RST:
            frame.ct.close(frame.now)
        return DROP
