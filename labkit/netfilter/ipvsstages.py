"""Where IPVS stands among the stages of a packet's way.

``ip_vs_ops`` in ip_vs_core.c, Linux 6.1: in INPUT and OUTPUT first the answers of servers
(``out``), then the requests of clients (``in``); INPUT behind filter and before source NAT,
OUTPUT right behind destination NAT; in FORWARD the answers, behind filter.
"""

from __future__ import annotations

from labkit.netfilter.stages import PARTS, POSTROUTING, Stage

IPVS = "ipvs"
_BEHIND: dict[Stage, Stage] = {
    ("table", "security", "INPUT"): (IPVS, "in", "INPUT"),
    ("recheck", "", "OUTPUT"): (IPVS, "in", "OUTPUT"),
    ("table", "security", "FORWARD"): (IPVS, "out", "FORWARD"),
}

SENT: tuple[Stage, ...] = (
    ("table", "raw", "OUTPUT"),
    ("table", "mangle", "OUTPUT"),
    ("nat", "dst", "OUTPUT"),
    ("table", "filter", "OUTPUT"),
    ("table", "security", "OUTPUT"),
    *POSTROUTING,
)
"""What IPVS sends to a server goes through OUTPUT as if it were made here
(``ip_vs_nat_send_or_cont`` in ip_vs_xmit.c)."""


def with_ipvs(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages of a part with those of IPVS among them."""
    made: list[Stage] = []
    for stage in stages:
        made.append(stage)
        if stage in _BEHIND:
            made.append(_BEHIND[stage])
    return tuple(made)


EVERY: dict[tuple[Stage, ...], tuple[Stage, ...]] = {
    **{part: with_ipvs(part) for part in PARTS},
    SENT: SENT,
}
"""Part -> the same with IPVS, and what IPVS sends."""
