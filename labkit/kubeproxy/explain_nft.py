"""What each set, map entry and rule of kube-proxy's nftables table is for, from its text alone.

The text is what ``nft list ruleset`` prints.  Names tell the Service: a chain is called
``service-HASH-namespace/name/protocol/port``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from labkit.kubeproxy import explain_nft_words as own
from labkit.kubeproxy import explain_words as words
from labkit.kubeproxy.explained import Explained

_NAME = re.compile(
    r"(service|local|external|firewall|endpoint|affinity)-[A-Z2-7]{8}-"
    r"([^\s/]+)/([^\s/]+)/(tcp|udp|sctp)/([^\s/_]*)(?:__([^\s/]+)/(\d+))?"
)
_BLOCK = re.compile(r"(table|set|map|chain)\s+(?:ip6?\s+|inet\s+)?(\S+)\s*\{$")
_ENDPOINT = re.compile(r"\d+ : (\S+) \. (\d+)")


CHOICES = frozenset({"choose", "choose-local", "choose-chain"})
"""Codes of rules that choose among several endpoints: they are about no single one."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a name of kube-proxy's says: the kind of chain, the Service port, the endpoint."""

    kind: str
    service: str
    protocol: str
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A rule, a set or an entry of a map, and where it stands."""

    number: int
    table: str
    block: str
    kind: str
    text: str
    hook: str = ""
    count: int = 0
    timeout: str = ""


def named(text: str) -> Named | None:
    """The first name of a Service in a text."""
    found = _NAME.search(text)
    if found is None:
        return None
    kind, namespace, name, protocol, port, ip, number = found.groups()
    service = f"{namespace}/{name}" + (f":{port}" if port else "")
    host = f"[{ip}]" if ip and ":" in ip else ip
    return Named(kind, service, protocol, f"{host}:{number}" if ip else "")


def explained(text: str, lang: str = "en") -> list[Explained]:
    """Each set, entry of a map and rule with a sentence about it, in ``en`` or ``es``."""
    return [_explained(piece, lang) for piece in _pieces(text)]


# Reading.


def _pieces(text: str) -> Iterator[Piece]:
    """The pieces in the order of the text; elements over several lines are taken apart."""
    table = block = kind = hook = ""
    opened = 0
    lines = text.splitlines()
    counts = _counts(lines)
    within = False
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        opens = _BLOCK.match(line)
        if opens:
            opened, hook, within = number, "", False
            kind, name = opens.groups()
            if kind == "table":
                table = name
                continue
            block = name
            if kind != "chain":
                size, timeout = counts.get(opened, (0, ""))
                yield Piece(number, table, block, kind, line, "", size, timeout)
        elif kind == "map" and (within or line.startswith("elements")):
            within = "}" not in line
            for entry in _entries(line):
                yield Piece(number, table, block, "entry", entry)
        elif kind == "chain" and line.startswith("type "):
            hook = line.partition(" hook ")[2].partition(" ")[0].upper()
        elif kind == "chain" and line and line != "}" and not line.startswith("comment "):
            yield Piece(number, table, block, "rule", line, hook)


def _entries(line: str) -> list[str]:
    """``elements = { a : b, c : d }`` as its entries."""
    inner = line.removeprefix("elements = {").rstrip().removesuffix("}").strip()
    return [entry.strip() for entry in inner.split(",") if entry.strip()]


def _counts(lines: list[str]) -> dict[int, tuple[int, str]]:
    """Line of a set or map -> how many elements it has, and its timeout."""
    counts: dict[int, tuple[int, str]] = {}
    opened, within = 0, False
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        count, timeout = counts.get(opened, (0, ""))
        if _BLOCK.match(line):
            opened, within = number, False
        elif within or line.startswith("elements"):
            within = "}" not in line
            counts[opened] = count + len(_entries(line)), timeout
        elif line.startswith("timeout "):
            counts[opened] = count, line.removeprefix("timeout ")
    return counts


# Saying it.


def _explained(piece: Piece, lang: str) -> Explained:
    es = lang == "es"
    about = named(piece.text) or named(piece.block)
    code, sentence = _sentence(piece, about)
    fields = _fields(piece, about, es)
    return Explained(
        piece.number,
        piece.table,
        piece.block,
        piece.text,
        sentence[es].format(**fields),
        code,
        about.service if about else _comment(piece.text) if code != "foreign" else "",
        about.endpoint if about and code not in CHOICES else "",
    )


def _sentence(piece: Piece, about: Named | None) -> tuple[str, words.Sentence]:
    """The code of the piece, and its sentence in both languages."""
    if piece.table != "kube-proxy":
        return _of("foreign")
    if piece.kind in ("set", "map"):
        name = "affinity" if about and about.kind == "affinity" else piece.block
        return ("set", own.SETS[name]) if name in own.SETS else _of("foreign")
    if piece.kind == "entry":
        return _of(_entry_code(piece, about))
    if piece.hook:
        return _of(_jump_code(piece))
    return _of(_rule_code(piece))


def _of(code: str) -> tuple[str, words.Sentence]:
    return code, own.SENTENCES[code] if code in own.SENTENCES else words.SENTENCES[code]


def _entry_code(piece: Piece, about: Named | None) -> str:
    if piece.block in ("no-endpoint-services", "no-endpoint-nodeports"):
        return "dropped" if piece.text.endswith(": drop") else "refused"
    if piece.block == "service-nodeports" and about:
        return "node-port"
    if piece.block == "firewall-ips" and about:
        return "firewall-address"
    if piece.block == "service-ips" and about:
        return "external-address" if about.kind == "external" else "cluster-ip"
    return "foreign"


def _jump_code(piece: Piece) -> str:
    if piece.text.rpartition(" ")[2] not in own.PURPOSES or "jump " not in piece.text:
        return "foreign"
    return "jump-new" if piece.text.startswith("ct state new ") else "jump"


_SHARED = {
    "service-endpoints-check": (("vmap @no-endpoint-services", "lookup-refused"),),
    "nodeport-endpoints-check": (("vmap @no-endpoint-nodeports", "lookup-refused-nodeport"),),
    "firewall-check": (("vmap @firewall-ips", "lookup-firewall"),),
    "services": (
        ("vmap @service-ips", "lookup-service"),
        ("vmap @service-nodeports", "lookup-nodeport"),
        ("saddr !=", "masquerade-outside"),
        ("iifname !=", "masquerade-interface"),
        ("meta mark set", "masquerade-all"),
    ),
    "masquerading": (
        ("@hairpin-connections", "masquerade-hairpin"),
        ("meta mark &", "masquerade-marked"),
    ),
    "cluster-ips-check": (("@cluster-ips reject", "other-ports"), (" drop", "unallocated")),
    "reject-chain": (("reject", "reject"),),
}
_OWN = {
    "service": (
        ("vmap {", "choose-chain"),
        ("@affinity-", "affinity"),
        ("mod 1 map", "choose-only"),
        ("map {", "choose"),
    ),
    "local": (
        ("vmap {", "choose-chain"),
        ("@affinity-", "affinity"),
        ("mod 1 map", "choose-only"),
        ("map {", "choose-local"),
    ),
    "external": (
        ("short-circuit pod", "external-pods"),
        ("fib saddr type local meta mark", "external-local-masquerade"),
        ("fib saddr type local goto", "external-local"),
        ("meta mark set", "external-masquerade"),
        ("goto ", "external-go"),
    ),
    "firewall": ((" drop", "ranges"),),
    "endpoint": (("update @affinity-", "remember"), (" dnat to ", "dnat")),
}
"""Chain -> what a rule of it contains, and its code; the first that fits."""


def _rule_code(piece: Piece) -> str:
    about = named(piece.block)
    tests = _OWN.get(about.kind, ()) if about else _SHARED.get(piece.block, ())
    return next((code for part, code in tests if part in f" {piece.text}"), "foreign")


def _fields(piece: Piece, about: Named | None, es: bool) -> dict[str, object]:
    """All that a sentence may name."""
    text = piece.text
    key = text.partition(" : ")[0].partition(" comment ")[0].split(" . ")
    endpoints = _ENDPOINT.findall(text)
    single = f"{endpoints[0][0]}:{endpoints[0][1]}" if endpoints else ""
    target = text.partition("goto ")[2].partition(" ")[0].rstrip(",")
    goal = re.search(r"dnat to (\S+)", text)
    return {
        "service": about.service if about else _comment(text),
        "endpoint": (goal[1] if goal else "") or (about.endpoint if about else "") or single,
        "protocol": _protocol(key, about),
        "address": _address(piece, key, es),
        "port": key[-1],
        "target": target or text.rpartition(" ")[2],
        "count": piece.count or text.count("goto endpoint-") or len(endpoints),
        "choice": words.PHRASES["endpoints-some"][es],
        "source": _set_or_word(text, r"(?:saddr|iifname) (?:!= )?(\{[^}]*\}|\S+)"),
        "destination": _set_or_word(text, r"daddr (\{[^}]*\}|\S+)"),
        "mark": _mark(text),
        "timeout": piece.timeout,
        "hook": words.HOOKS.get(piece.hook, ("", ""))[es],
        "purpose": own.PURPOSES.get(text.rpartition(" ")[2], ("", ""))[es],
    }


def _protocol(key: list[str], about: Named | None) -> str:
    found = next((part for part in key if part in ("tcp", "udp", "sctp")), "")
    return (found or (about.protocol if about else "")).upper()


def _address(piece: Piece, key: list[str], es: bool) -> str:
    """``10.96.0.1:80``, or the NodePort of this node."""
    if len(key) < 3:
        return words.PHRASES["node-port-of-node"][es].format(port=key[-1])
    return f"[{key[0]}]:{key[-1]}" if ":" in key[0] else f"{key[0]}:{key[-1]}"


def _comment(text: str) -> str:
    """The Service that a comment names."""
    found = re.search(r'comment "([^"\s]+/[^"\s]+)"', text)
    return found[1] if found else ""


def _set_or_word(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip('{} "').replace('"', "") if found else ""


def _mark(text: str) -> str:
    found = re.search(r"0x0*([0-9a-f]+)", text)
    return f"0x{found[1]}" if found else ""
