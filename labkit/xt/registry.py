"""Every extension that labkit knows, by the name that a rule writes."""

from __future__ import annotations

from labkit.xt.addrtype import Addrtype
from labkit.xt.base import Match, Target
from labkit.xt.comment import Comment
from labkit.xt.conntrack import Conntrack, State
from labkit.xt.dnat import Dnat
from labkit.xt.log import Log
from labkit.xt.mark import Mark, MarkTarget
from labkit.xt.masquerade import Masquerade
from labkit.xt.multiport import Multiport
from labkit.xt.nfacct import Nfacct
from labkit.xt.recent import Recent
from labkit.xt.redirect import Redirect
from labkit.xt.reject import Reject
from labkit.xt.sctp import Sctp
from labkit.xt.snat import Snat
from labkit.xt.standard import Accept, Drop, Return
from labkit.xt.statistic import Statistic
from labkit.xt.tcp import Tcp
from labkit.xt.udp import Udp

_MATCHES: tuple[type[Match], ...] = (
    Addrtype, Comment, Conntrack, Mark, Multiport, Nfacct, Recent, Sctp, State, Statistic, Tcp,
    Udp,
)
_TARGETS: tuple[type[Target], ...] = (
    Accept, Dnat, Drop, Log, MarkTarget, Masquerade, Redirect, Reject, Return, Snat,
)

MATCHES: dict[str, type[Match]] = {match.NAME: match for match in _MATCHES}
TARGETS: dict[str, type[Target]] = {target.NAME: target for target in _TARGETS}

PROTOCOL_MATCHES = {6: "tcp", 17: "udp", 132: "sctp"}
"""The match that ``-p`` brings along when one of its options is written without ``-m``."""
