"""The statements of one rule: matches, look-ups, verdicts, NAT and marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from labkit.errors import UsageError
from labkit.model import address as addresses
from labkit.nft.elements import VERDICTS, read_elements, read_key, read_value, read_verdict
from labkit.nft.fields import FIELDS, TYPES, Field
from labkit.nft.nouns import (
    Counter,
    Draw,
    Element,
    Elements,
    Look,
    Masquerade,
    Match,
    Nat,
    Reject,
    SetMark,
    Statement,
    Update,
    VerdictMap,
)
from labkit.nft.words import Reader

ALL = 0xFFFFFFFF
INDEX = Field("numgen", "mark")
REJECTS = {
    "tcp reset": "tcp-reset",
    "icmp port-unreachable": "icmp-port-unreachable",
    "icmp host-unreachable": "icmp-host-unreachable",
    "icmp net-unreachable": "icmp-net-unreachable",
    "icmp prot-unreachable": "icmp-proto-unreachable",
    "icmp admin-prohibited": "icmp-admin-prohibited",
    "icmpv6 port-unreachable": "icmp6-port-unreachable",
    "icmpv6 no-route": "icmp6-no-route",
    "icmpv6 addr-unreachable": "icmp6-addr-unreachable",
    "icmpv6 admin-prohibited": "icmp6-adm-prohibited",
}


def read_statements(reader: Reader) -> tuple[tuple[Statement, ...], str]:
    """All of one rule, and its comment."""
    found: list[Statement] = []
    comment = ""
    while not reader.at_end:
        if reader.skip("comment"):
            comment = reader.quoted()
            continue
        found.extend(_statement(reader))
    return tuple(found), comment


def _statement(reader: Reader) -> list[Statement]:
    word = reader.next
    if word in VERDICTS or word in ("jump", "goto"):
        return [read_verdict(reader)]
    if reader.ahead(3) == "meta mark set":
        return [_mark(reader)]
    one = _ACTIONS.get(word)
    if one is not None:
        reader.take()
        return [one(reader)]
    if word == "numgen":
        draw = _draw(reader)
        reader.need("vmap")
        return [VerdictMap(draw, _among(reader, (INDEX,), True))]
    return _lookup(reader, _concatenation(reader))


# Fields and what they are compared with.


def _concatenation(reader: Reader) -> tuple[Field, ...]:
    """``ip daddr . meta l4proto . th dport``."""
    found = [_field(reader)]
    while reader.skip("."):
        found.append(_field(reader))
    return tuple(found)


def _field(reader: Reader) -> Field:
    for count in (3, 2, 1):
        field = FIELDS.get(reader.ahead(count))
        if field is not None:
            reader.at += count
            return field
    raise reader.unknown("This expression or statement is not known.")


def _lookup(reader: Reader, fields: tuple[Field, ...]) -> list[Statement]:
    """What follows the fields: a verdict map, or a comparison."""
    if reader.skip("vmap"):
        return [VerdictMap(fields, _among(reader, fields, True))]
    mask = None
    if fields[0].kind == "mark" and reader.next in ("&", "and"):
        reader.take()
        mask = _number(reader)
    negated = reader.skip("!=")
    if not negated:
        reader.skip("==")
    if reader.next in ("<", ">", "<=", ">=", "&", "|"):
        raise reader.unknown("This comparison is not known.")
    return [Match(fields, _among(reader, fields, False), negated, mask)]


def _among(reader: Reader, fields: tuple[Field, ...], verdicts: bool) -> Elements:
    """``@name``, ``{ ... }`` or a single value."""
    if reader.next.startswith("@"):
        return Elements(reader.take()[1:])
    if reader.next == "{" or verdicts:
        return Elements(items=read_elements(reader, fields, verdicts))
    if len(fields) > 1:
        return Elements(items=(Element(read_key(reader, fields)),))
    found = [Element((read_value(reader, fields[0]),))]
    while fields[0].kind in ("state", "status") and reader.skip(","):
        found.append(Element((read_value(reader, fields[0]),)))
    return Elements(items=tuple(found))


def _draw(reader: Reader) -> Draw:
    reader.need("numgen")
    if reader.next != "random":
        raise reader.unknown("Of numgen only random is known.")
    reader.take()
    reader.need("mod")
    mod = reader.number()
    if mod < 1:
        raise reader.error("numgen needs a number above 0.", word=str(mod))
    if reader.next == "offset":
        raise reader.unknown("numgen with an offset is not known.")
    return Draw(mod)


# Actions.


def _mark(reader: Reader) -> SetMark:
    """``meta mark set meta mark | 0x4000``, or a number."""
    reader.at += 3
    if reader.ahead(2) != "meta mark":
        return SetMark(0, _number(reader), 0)
    reader.at += 2
    sign = reader.take()
    value = _number(reader)
    match sign:
        case "|" | "or":
            return SetMark(ALL ^ value, value, 0)
        case "^" | "xor":
            return SetMark(ALL, 0, value)
        case "&" | "and":
            return SetMark(value, 0, 0)
    reader.at -= 2
    raise reader.unknown("This way to change a mark is not known.")


def _number(reader: Reader) -> int:
    span = read_value(reader, FIELDS["meta mark"])
    assert not isinstance(span, str)
    return span[0]


def _nat(kind: str, reader: Reader) -> Nat:
    """``dnat to 10.0.0.1:80``, ``dnat ip to EXPRESSION map { ... }``."""
    family = {"ip": 4, "ip6": 6}.get(reader.next, 0)
    if family:
        reader.take()
    reader.need("to")
    if reader.next == "numgen" or FIELDS.get(reader.ahead(2)) is not None:
        look: Look = _draw(reader) if reader.next == "numgen" else _concatenation(reader)
        reader.need("map")
        key = (INDEX,) if isinstance(look, Draw) else look
        if reader.next.startswith("@"):
            raise reader.unknown("A named map of addresses is not known.")
        address = TYPES["ipv6_addr" if family == 6 else "ipv4_addr"]
        values = (address, TYPES["inet_service"])
        among = Elements(items=read_elements(reader, key, True, values))
        return _with_flags(reader, Nat(kind, family, look=look, among=among))
    host, port = _endpoint(reader.next)
    try:
        number = addresses.number(host) if host else None
        port_number = int(port) if port else 0
    except (UsageError, ValueError):
        raise reader.error("This is not an address with a port.") from None
    reader.take()
    return _with_flags(reader, Nat(kind, 6 if ":" in host else 4, number, port_number))


def _endpoint(word: str) -> tuple[str, str]:
    """``10.0.0.1:80``, ``[fd00::1]:80`` or a bare address."""
    if word.startswith("["):
        host, _, port = word[1:].partition("]")
        return host, port.removeprefix(":")
    if word.count(":") == 1:
        host, _, port = word.partition(":")
        return host, port
    return word, ""


def _with_flags(reader: Reader, nat: Nat) -> Nat:
    while reader.next in ("random", "fully-random"):
        fully = reader.take() == "fully-random"
        nat = replace(nat, random_fully=nat.random_fully or fully, random=not fully)
    return nat


def _masquerade(reader: Reader) -> Masquerade:
    fully = plain = False
    while reader.next in ("random", "fully-random"):
        word = reader.take()
        fully, plain = fully or word == "fully-random", plain or word == "random"
    if reader.next == "to":
        raise reader.unknown("masquerade to a range of ports is not known.")
    return Masquerade(plain, fully)


def _reject(reader: Reader) -> Reject:
    """``reject`` with or without ``with icmp port-unreachable``."""
    if not reader.skip("with"):
        return Reject()
    words = [reader.take()]
    if reader.next == "type":
        reader.take()
    words.append(reader.take())
    kind = REJECTS.get(" ".join(words))
    if kind is None:
        reader.at -= 1
        raise reader.unknown("This way to reject is not known.")
    return Reject(kind)


def _counter(reader: Reader) -> Counter:
    if not reader.skip("packets"):
        return Counter()
    packets = reader.number()
    reader.need("bytes")
    return Counter(packets, reader.number())


def _update(refresh: bool, reader: Reader) -> Update:
    """``update @set { ip saddr timeout 1h }``."""
    if not reader.next.startswith("@"):
        raise reader.error("Here the name of a set should stand, with @ before it.")
    name = reader.take()[1:]
    reader.need("{")
    fields = _concatenation(reader)
    timeout = reader.seconds() if reader.skip("timeout") else None
    reader.need("}")
    return Update(name, fields, timeout, refresh)


_ACTIONS: dict[str, Callable[[Reader], Statement]] = {
    "dnat": lambda reader: _nat("dst", reader),
    "snat": lambda reader: _nat("src", reader),
    "masquerade": _masquerade,
    "reject": _reject,
    "counter": _counter,
    "update": lambda reader: _update(True, reader),
    "add": lambda reader: _update(False, reader),
}
