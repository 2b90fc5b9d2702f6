"""Addresses and ports of a connection, for ``-m conntrack`` (xt_conntrack.c).

``orig`` is the flow as it began, ``repl`` the flow of its answers, which NAT has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.model import address
from labkit.xt.base import Options, negation
from labkit.xt.values import Span, port

ADDRESSES = ("--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst")
PORTS = ("--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport")


@dataclass(frozen=True, slots=True)
class Written:
    """An address under a mask, printed with its host bits as they were written."""

    value: int
    mask: int
    family: int
    negated: bool = False

    def words(self, flag: str) -> str:
        """As iptables-save prints it; a mask with holes is left out there."""
        length = address.prefix(self.mask, self.family)
        full = length in (None, address.BITS[self.family])
        host = address.text(self.value, self.family)
        return f"{negation(self.negated)}{flag} {host}{'' if full else f'/{length}'}"

    def holds(self, value: Any) -> Any:
        """Whether the address (or each of a column) is under it."""
        return ((value & self.mask) == (self.value & self.mask)) ^ self.negated


def read_written(text: str) -> Written:
    """``10.1.2.3/8``."""
    _, mask, family = address.network(text)
    return Written(address.number(text.partition("/")[0]), mask, family)


def written(options: Options, flag: str) -> Written:
    """The address of a flag.  Raises ``ValueError`` for one of the other family."""
    value = options.need(flag, Written)
    if value.family != options.family:
        raise ValueError(f"{flag}: the address is not IPv{options.family}")
    return Written(value.value, value.mask, value.family, options.negated(flag))


def read_ports(text: str) -> Span:
    """``80``, ``80:90``, ``:80`` or ``1024:``; a range that goes backwards holds nothing."""
    first, colon, last = text.partition(":")
    if not colon:
        value = port(text)
        return Span(value, value)
    return Span(port(first) if first else 0, port(last) if last else 65535)


def spanned(options: Options, flag: str) -> Span | None:
    """The range of a flag, with its negation."""
    value = options.get(flag, Span)
    return None if value is None else Span(value.low, value.high, options.negated(flag))


def flows_match(
    proto: tuple[int, bool] | None,
    addresses: tuple[tuple[str, Written], ...],
    ports: tuple[tuple[str, Span], ...],
    ct: Any,
) -> Any:
    """Whether the connection is as asked for; serves columns as well."""
    ok: Any = True
    if proto is not None:
        ok = (ct.flow[0] == proto[0]) is not proto[1]
    for flag, one in addresses:
        ok = ok & one.holds(_flow(flag, ct)[1 if "src" in flag else 3])
    for flag, ends in ports:
        ok = ok & ends.holds(_port(_flow(flag, ct), "src" in flag, "repl" in flag))
    return ok


def _flow(flag: str, ct: Any) -> Any:
    return ct.answer if "repl" in flag else ct.flow


def _port(flow: Any, source: bool, reply: bool) -> Any:
    """A port; of ICMP the identifier, and behind it type and code together."""
    if flow[0] not in (1, 58):
        return flow[2 if source else 4]
    if source:
        return flow[2] & 0xFFFF
    asks, answers = {1: (8, 0), 58: (128, 129)}[flow[0]]
    return (answers if reply else asks) << 8 | flow[2] >> 16 & 0xFF
