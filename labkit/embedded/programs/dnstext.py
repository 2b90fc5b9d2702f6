"""DNS records as BIND's programs print them: names with their last dot, columns by tabs."""

from __future__ import annotations

from labkit.embedded.dns import wire

TYPE_NAMES = {number: name for name, number in wire.TYPES.items()}
CODES = {
    wire.NOERROR: "NOERROR", wire.FORMERR: "FORMERR", wire.SERVFAIL: "SERVFAIL",
    wire.NXDOMAIN: "NXDOMAIN", wire.NOTIMP: "NOTIMP", wire.REFUSED: "REFUSED",
}  # fmt: skip
TTL_AT, CLASS_AT, TYPE_AT, DATA_AT = 24, 32, 40, 48
TAB = 8


def columns(*cells: tuple[str, int]) -> str:
    """Texts at their columns: tabs where there is room, else one space (``indent`` in
    lib/dns/masterdump.c)."""
    line, at = "", 0
    for text, column in cells:
        if line:
            wanted = max(column, at + 1)
            tabs = wanted // TAB - at // TAB
            start = wanted // TAB * TAB if tabs > 0 else at
            line += "\t" * max(0, tabs) + " " * (wanted - start)
            at = wanted
        line += text
        at += len(text)
    return line


def question(name: str, kind: int) -> str:
    """The line of the question section, without its semicolon."""
    return columns(
        (dotted(name), 0), ("IN", CLASS_AT), (TYPE_NAMES.get(kind, f"TYPE{kind}"), TYPE_AT)
    )


def record(one: wire.Record) -> str:
    """The line of a record."""
    kind = TYPE_NAMES.get(one.kind, f"TYPE{one.kind}")
    return columns(
        (dotted(one.name), 0), (str(one.ttl), TTL_AT), ("IN", CLASS_AT), (kind, TYPE_AT),
        (data(one), DATA_AT),
    )  # fmt: skip


def data(one: wire.Record) -> str:
    """The data of a record."""
    value = one.data
    if isinstance(value, wire.Service):
        return f"{value.priority} {value.weight} {value.port} {dotted(value.target)}"
    if isinstance(value, wire.Soa):
        numbers = (value.serial, value.refresh, value.retry, value.expire, value.minimum)
        places = f"{dotted(value.server)} {dotted(value.mailbox)}"
        return " ".join([places, *map(str, numbers)])
    if isinstance(value, bytes):
        return '"' + value[1:].decode("utf-8", "replace") + '"'
    return value if one.kind == wire.A else dotted(value)


def dotted(name: str) -> str:
    """A name with its last dot."""
    return name if name.endswith(".") else name + "."
