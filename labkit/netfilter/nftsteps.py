"""What each statement of a rule does to a packet: one small function for each kind.

Follows the ``eval`` functions of the kernel's expressions (nft_lookup.c, nft_numgen.c,
nft_nat.c, nft_masq.c, nft_dynset.c, nft_reject.c).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labkit.netfilter.nftsets import Dynamic, Fixed, Lookup, Value, statuses, value_of
from labkit.nft import nouns
from labkit.nft.fields import Field
from labkit.nft.nouns import Draw, Element, Elements, Look, Rule, Verdict
from labkit.xt.frame import Frame
from labkit.xt.natrange import NatRange

MISS = Verdict("miss")
"""The rule does not match (NFT_BREAK)."""
ACCEPT, DROP = Verdict("accept"), Verdict("drop")

Step = Callable[[Frame], Verdict | None]
Find = Callable[[Frame], Element | None]
_OWNED = re.compile(r"(?:service|local|endpoint)-[A-Z2-7]{8}-([^/]+/[^/]+)/[^/]+/([^/]*?)(?:__.*)?")


def step_for(statement: Any, rule: Rule, lookups: Mapping[str, Lookup]) -> Step:
    """The function of a statement."""
    match statement:
        case Verdict():
            return lambda frame: statement
        case nouns.Match():
            return _match(statement, lookups)
        case nouns.VerdictMap():
            return _verdict_map(statement, rule, lookups)
        case nouns.Nat():
            return _nat(statement, rule, lookups)
        case nouns.Masquerade():
            wanted = NatRange(
                "src",
                random=statement.random,
                random_fully=statement.random_fully,
                masquerade=True,
            )
            return lambda frame: _translate(frame, wanted)
        case nouns.Reject():
            return lambda frame: _reject(frame, statement.kind)
        case nouns.SetMark():
            return lambda frame: _mark(frame, statement)
        case nouns.Update():
            return _update(statement, lookups)
        case nouns.Counter():
            return lambda frame: None
    raise TypeError(f"no meaning for {statement!r}")


def pick(frame: Frame, place: str, mod: int) -> int:
    """numgen random: 32 random bits times the modulus, the upper half (reciprocal_scale)."""
    dice = frame.dice
    assert dice is not None
    chosen = getattr(dice, "pick", None)
    if chosen is not None:
        return int(chosen(place, mod))
    return ((dice.number(place) >> 32) * mod) >> 32


def draw_place(rule: Rule) -> str:
    """The name of a rule's draw: every rule draws for itself."""
    return f"{rule.table} {rule.chain} {rule.number}"


def service_of(chain: str) -> str:
    """``ns/name:port`` from the name of a chain of a Service port; empty for others."""
    found = _OWNED.fullmatch(chain)
    if found is None:
        return ""
    return f"{found[1]}:{found[2]}" if found[2] else found[1]


def _table(among: Elements, lookups: Mapping[str, Lookup]) -> Lookup:
    return lookups[among.name] if among.name else Fixed(among.items)


def _key(fields: tuple[Field, ...]) -> Callable[[Frame], tuple[Value, ...] | None]:
    """All fields of a concatenation, or None when the packet lacks one."""
    readers = [value_of(field) for field in fields]

    def read(frame: Frame) -> tuple[Value, ...] | None:
        values = tuple([reader(frame) for reader in readers])
        return None if None in values else values

    return read


def _find(look: Look, among: Elements, rule: Rule, lookups: Mapping[str, Lookup]) -> Find:
    """The look-up of a map, by fields or by a draw."""
    table = _table(among, lookups)
    if isinstance(look, Draw):
        place, mod = draw_place(rule), look.mod
        return lambda frame: table.find(frame, (pick(frame, place, mod),))
    key = _key(look)

    def find(frame: Frame) -> Element | None:
        values = key(frame)
        return None if values is None else table.find(frame, values)

    return find


def _match(statement: nouns.Match, lookups: Mapping[str, Lookup]) -> Step:
    negated, mask = statement.negated, statement.mask
    if statement.fields[0].kind == "status":
        wanted = {e.key[0][0] for e in statement.among.items if not isinstance(e.key[0], str)}
        return lambda frame: MISS if bool(statuses(frame) & wanted) is negated else None
    table, key = _table(statement.among, lookups), _key(statement.fields)

    def match(frame: Frame) -> Verdict | None:
        values = key(frame)
        if values is None:
            return MISS
        if mask is not None:
            values = (int(values[0] or 0) & mask,)
        return MISS if (table.find(frame, values) is not None) is negated else None

    return match


def _verdict_map(statement: nouns.VerdictMap, rule: Rule, lookups: Mapping[str, Lookup]) -> Step:
    find = _find(statement.look, statement.among, rule, lookups)

    def verdict(frame: Frame) -> Verdict | None:
        found = find(frame)
        return MISS if found is None or not isinstance(found.value, Verdict) else found.value

    return verdict


def _nat(statement: nouns.Nat, rule: Rule, lookups: Mapping[str, Lookup]) -> Step:
    owner = service_of(rule.chain) if statement.kind == "dst" else ""
    find = None
    if statement.look is not None:
        find = _find(statement.look, statement.among, rule, lookups)

    def nat(frame: Frame) -> Verdict | None:
        address, port = statement.address, statement.port
        if find is not None:
            found = find(frame)
            if found is None or not isinstance(found.value, tuple):
                return MISS
            address, port = found.value[0], found.value[1]
        if owner:
            frame.service = owner
        return _translate(
            frame,
            NatRange(
                statement.kind,
                address,
                address,
                port,
                port,
                statement.random,
                statement.random_fully,
            ),
        )

    return nat


def _translate(frame: Frame, wanted: NatRange) -> Verdict:
    assert frame.nat is not None
    return ACCEPT if frame.nat(frame, wanted) else DROP


def _reject(frame: Frame, kind: str) -> Verdict:
    default = "icmp-port-unreachable" if frame.family == 4 else "icmp6-port-unreachable"
    frame.reject_with = kind or default
    return DROP


def _mark(frame: Frame, statement: nouns.SetMark) -> None:
    frame.mark = ((frame.mark & statement.keep) | statement.turn_on) ^ statement.flip
    frame.changed()


def _update(statement: nouns.Update, lookups: Mapping[str, Lookup]) -> Step:
    target, key = lookups[statement.name], _key(statement.fields)
    if not isinstance(target, Dynamic):
        raise TypeError(f"{statement.name} is not dynamic")

    def update(frame: Frame) -> Verdict | None:
        values = key(frame)
        if values is None:
            return MISS
        added = target.add(frame, values, statement.timeout, statement.refresh)
        return None if added else MISS

    return update
