"""Whether every packet that a later rule is for was taken by an earlier one."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.ruleset.nouns import Chain, Rule
from labkit.xt.base import Match
from labkit.xt.comment import Comment
from labkit.xt.ip import Header, Interface, Network
from labkit.xt.standard import Jump
from labkit.xt.tcp import Tcp
from labkit.xt.udp import Udp
from labkit.xt.values import Span

BARE = ("tcp", "udp", "sctp")
FIXED = (
    *BARE,
    "ip",
    "icmp",
    "icmp6",
    "multiport",
    "iprange",
    "length",
    "addrtype",
    "conntrack",
    "state",
    "owner",
)
"""What no rule in between can change, as MARK changes a mark."""


def conditions(rule: Rule) -> list[Match]:
    """What a packet has to fulfil: everything but comments and bare protocol matches."""
    found: list[Match] = [] if rule.header == Header() else [rule.header]
    return found + [
        match
        for match in rule.matches
        if not isinstance(match, Comment) and (match.words() or match.NAME not in BARE)
    ]


def ends_walk(rule: Rule) -> bool:
    """Whether a packet that matches never comes to the next rule of the chain."""
    target = rule.target
    if isinstance(target, Jump):
        return target.goto
    return target is not None and target.TERMINAL


def shadowed(chain: Chain, swallow: frozenset[str]) -> Iterator[tuple[Rule, Rule]]:
    """(rule that no packet comes to, earlier rule that takes them all).

    ``swallow`` are the chains from which no packet comes back.  Behind a rule that takes
    everything only the next rule is told.  Rules that ask for one destination are found by
    it, so that ten thousand of them take no longer than their number.
    """
    takers: dict[tuple[int, int] | None, list[Rule]] = {}
    masks: set[int] = set()
    for i, rule in enumerate(chain.rules):
        dst = _plain(rule.header.dst)
        places = [None] if dst is None else [None, *((dst[0] & m, m) for m in masks)]
        earlier = next(
            (one for place in places for one in takers.get(place, ()) if covers(one, rule)), None
        )
        if earlier is not None:
            yield rule, earlier
        target = rule.target
        gone = isinstance(target, Jump) and target.chain in swallow
        if not (ends_walk(rule) or gone):
            continue
        if not conditions(rule):
            if i + 1 < len(chain.rules):
                yield chain.rules[i + 1], rule
            return
        if all(_is_fixed(match) for match in conditions(rule)):
            key = _plain(rule.header.dst)
            takers.setdefault(key, []).append(rule)
            if key is not None:
                masks.add(key[1])


def covers(earlier: Rule, later: Rule) -> bool:
    """Whether all that the later rule asks for, the earlier one asks for as well, or less."""
    asked = conditions(later)
    return _header_covers(earlier.header, later.header) and all(
        isinstance(match, Header) or any(_match_covers(match, other) for other in asked)
        for match in conditions(earlier)
    )


def _is_fixed(match: Match) -> bool:
    """Whether the answer is the same each time the same packet asks within one chain."""
    return match.NAME in FIXED


def _plain(network: Network | None) -> tuple[int, int] | None:
    """A destination to find rules by."""
    if network is None or network.negated:
        return None
    return network.network, network.mask


def _header_covers(wide: Header, narrow: Header) -> bool:
    if wide.proto and (wide.proto, wide.proto_negated) != (narrow.proto, narrow.proto_negated):
        return False
    sides = ((wide.src, narrow.src), (wide.dst, narrow.dst))
    ifaces = ((wide.in_iface, narrow.in_iface), (wide.out_iface, narrow.out_iface))
    return all(_network_covers(*pair) for pair in sides) and all(
        _iface_covers(*pair) for pair in ifaces
    )


def _network_covers(wide: Network | None, narrow: Network | None) -> bool:
    if wide is None or wide == narrow:
        return True
    if narrow is None or wide.negated or narrow.negated:
        return False
    return wide.mask & narrow.mask == wide.mask and narrow.network & wide.mask == wide.network


def _iface_covers(wide: Interface | None, narrow: Interface | None) -> bool:
    if wide is None or wide == narrow:
        return True
    if narrow is None or wide.negated or narrow.negated or not wide.plus:
        return False
    return narrow.name.startswith(wide.name)


def _match_covers(wide: Match, narrow: Match) -> bool:
    """The same match, or one whose ports are among those of the wide one."""
    if wide == narrow:
        return True
    if isinstance(wide, Tcp) and isinstance(narrow, Tcp):
        same = (wide.flags, wide.option) in ((None, None), (narrow.flags, narrow.option))
        return same and _spans_cover(wide, narrow)
    return isinstance(wide, Udp) and isinstance(narrow, Udp) and _spans_cover(wide, narrow)


def _spans_cover(wide: Tcp | Udp, narrow: Tcp | Udp) -> bool:
    return _span_covers(wide.sport, narrow.sport) and _span_covers(wide.dport, narrow.dport)


def _span_covers(wide: Span | None, narrow: Span | None) -> bool:
    if wide is None or wide == narrow:
        return True
    if narrow is None or wide.negated or narrow.negated:
        return False
    return wide.low <= narrow.low and narrow.high <= wide.high
