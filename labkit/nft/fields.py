"""What rules of nftables look at, and how the values are written (``man nft``, EXPRESSIONS)."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.model import address
from labkit.model.packet import PROTOCOLS, protocol_number

CT_STATES = ("invalid", "established", "related", "new", "untracked")
CT_STATUS = ("expected", "seen-reply", "assured", "confirmed", "snat", "dnat", "dying")
ADDRESS_TYPES = (
    "unspec",
    "unicast",
    "local",
    "broadcast",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing of a packet.

    ``kind`` says how values are written: addr, proto, port, mark, iface, state, status,
    fib.  ``family`` (4, 6) and ``protocol`` limit which packets have it at all (0: any).
    """

    name: str
    kind: str
    family: int = 0
    protocol: int = 0


def _fields() -> dict[str, Field]:
    made = [
        Field("meta l4proto", "proto"),
        Field("meta mark", "mark"),
        Field("meta nfproto", "proto"),
        Field("ip protocol", "proto", 4),
        Field("th dport", "port"),
        Field("th sport", "port"),
        Field("iifname", "iface"),
        Field("oifname", "iface"),
        Field("iif", "iface"),
        Field("oif", "iface"),
        Field("ct state", "state"),
        Field("ct status", "status"),
        Field("fib daddr type", "fib"),
        Field("fib saddr type", "fib"),
    ]
    for name, family in (("ip", 4), ("ip6", 6)):
        made += [Field(f"{name} {side}", "addr", family) for side in ("saddr", "daddr")]
    for name in ("tcp", "udp", "sctp"):
        number = PROTOCOLS[name]
        made += [Field(f"{name} {side}", "port", 0, number) for side in ("sport", "dport")]
    found = {field.name: field for field in made if field.name != "meta nfproto"}
    return {**found, "meta iifname": found["iifname"], "meta oifname": found["oifname"]}


FIELDS = _fields()
"""By the words that name them."""

TYPES = {
    "ipv4_addr": Field("ip", "addr", 4),
    "ipv6_addr": Field("ip6", "addr", 6),
    "inet_proto": Field("proto", "proto"),
    "inet_service": Field("port", "port"),
    "mark": Field("mark", "mark"),
    "ifname": Field("iface", "iface"),
}
"""The types of sets that are known here."""


def read(field: Field, word: str) -> tuple[int, int] | str:
    """The span of numbers that a word stands for.  Raises ``ValueError`` with half a sentence."""
    match field.kind:
        case "addr":
            return _addresses(word, field.family)
        case "port":
            low, dash, high = word.partition("-")
            first = _number(low, 65535, "port")
            return first, _number(high, 65535, "port") if dash else first
        case "proto":
            number = PROTOCOLS["ipv6-icmp"] if word == "icmpv6" else protocol_number(word)
            return number, number
        case "mark":
            mark = _number(word, 0xFFFFFFFF, "mark")
            return mark, mark
        case "iface":
            return word.strip('"')
    names = {"state": CT_STATES, "status": CT_STATUS, "fib": ADDRESS_TYPES}[field.kind]
    if word not in names:
        raise ValueError(f"is none of {', '.join(names)}")
    return names.index(word), names.index(word)


def _addresses(word: str, family: int) -> tuple[int, int]:
    """An address, a network, or a range of addresses."""
    low, dash, high = word.partition("-")
    if (":" in low) != (family == 6):
        raise ValueError(f"is not an IPv{family} address")
    if dash:
        return address.number(low), address.number(high)
    start, mask, kind = address.network(low)
    return start, start | (mask ^ ((1 << address.BITS[kind]) - 1))


def _number(word: str, most: int, what: str) -> int:
    try:
        value = int(word, 0)
    except ValueError:
        raise ValueError(f"is not a {what}") from None
    if not 0 <= value <= most:
        raise ValueError(f"is not a {what}")
    return value
