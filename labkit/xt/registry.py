"""Every extension that labkit knows, by the name that a rule writes."""

from __future__ import annotations

from labkit.xt.addrtype import Addrtype
from labkit.xt.base import Match, Target
from labkit.xt.comment import Comment
from labkit.xt.connmark import Connmark, ConnmarkTarget
from labkit.xt.conntrack import Conntrack, State
from labkit.xt.ct import Ct, Notrack
from labkit.xt.dnat import Dnat
from labkit.xt.icmp import Icmp, Icmp6
from labkit.xt.iprange import Iprange
from labkit.xt.ipvs import Ipvs
from labkit.xt.length import Length
from labkit.xt.limit import Limit
from labkit.xt.log import Log
from labkit.xt.mark import Mark, MarkTarget
from labkit.xt.masquerade import Masquerade
from labkit.xt.multiport import Multiport
from labkit.xt.netmap import Netmap
from labkit.xt.nfacct import Nfacct
from labkit.xt.nflog import Nflog
from labkit.xt.owner import Owner
from labkit.xt.physdev import Physdev
from labkit.xt.recent import Recent
from labkit.xt.redirect import Redirect
from labkit.xt.reject import Reject
from labkit.xt.sctp import Sctp
from labkit.xt.set import Set
from labkit.xt.snat import Snat
from labkit.xt.standard import Accept, Drop, Return
from labkit.xt.statistic import Statistic
from labkit.xt.tcp import Tcp
from labkit.xt.trace import Trace
from labkit.xt.ttl import Ttl
from labkit.xt.udp import Udp

_MATCHES: tuple[type[Match], ...] = (
    Addrtype,
    Comment,
    Connmark,
    Conntrack,
    Icmp,
    Icmp6,
    Iprange,
    Ipvs,
    Length,
    Limit,
    Mark,
    Multiport,
    Nfacct,
    Owner,
    Physdev,
    Recent,
    Sctp,
    Set,
    State,
    Statistic,
    Tcp,
    Ttl,
    Udp,
)
_TARGETS: tuple[type[Target], ...] = (
    Accept,
    ConnmarkTarget,
    Ct,
    Dnat,
    Drop,
    Log,
    MarkTarget,
    Masquerade,
    Netmap,
    Nflog,
    Notrack,
    Redirect,
    Reject,
    Return,
    Snat,
    Trace,
)

MATCHES: dict[str, type[Match]] = {match.NAME: match for match in _MATCHES}
TARGETS: dict[str, type[Target]] = {target.NAME: target for target in _TARGETS}

PROTOCOL_MATCHES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp"}
"""The match that ``-p`` brings along when one of its options is written without ``-m``."""
