"""What the commands ``trace``, ``odds`` and ``simulate`` answer.

Pure functions from text and words to a ``Report``: text for people and plain data for
``--json``.  They raise ``LabkitError`` (bad rules, bad addresses) and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.errors import UsageError
from labkit.model.ipset import IpSets
from labkit.model.packet import Packet
from labkit.model.trace import Outcomes
from labkit.netfilter.node import Node
from labkit.ruleset.tables import Counts, Ruleset

WORDS = {
    "en": {
        "outcome": "outcome",
        "probability": "probability",
        "connections": "connections",
        "share": "share",
        "rules": "packets counted by each rule that saw any",
    },
    "es": {
        "outcome": "resultado",
        "probability": "probabilidad",
        "connections": "conexiones",
        "share": "parte",
        "rules": "paquetes contados por cada regla que vio alguno",
    },
}


@dataclass(frozen=True, slots=True)
class Report:
    """An answer: ``text`` for the terminal, ``data`` for ``--json``."""

    text: str
    data: dict[str, Any]


def question(
    source: str,
    destination: str,
    *,
    proto: str = "tcp",
    sport: int = 40000,
    iface: str = "",
) -> Packet:
    """The packet of ``--from IP[:PORT] --to IP:PORT``.  Raises ``UsageError``."""
    src, source_port = endpoint(source)
    dst, port = endpoint(destination)
    if proto in ("tcp", "udp", "sctp") and not port:
        raise UsageError(f"{destination!r} has no port.", "Write it like 10.96.45.10:80.")
    return Packet(src, dst, proto, source_port or sport, port, in_iface=iface)


def endpoint(text: str) -> tuple[str, int]:
    """``10.96.0.1:80``, ``[fd00::1]:80`` or a bare address (port 0).  Raises ``UsageError``."""
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if port and not (port.isascii() and port.isdigit() and int(port[:6]) < 65536):
        raise UsageError(f"{port!r} is not a port.", "Ports go from 0 to 65535.")
    return host, int(port) if port else 0


def node_for(
    rules: Ruleset,
    *,
    local: Iterable[str] = (),
    backend: str = "nft",
    sets: IpSets | None = None,
) -> Node:
    """A node with these rules; everything that is not local leaves through eth0."""
    return Node(rules, addresses=tuple(local), backend=backend, sets=sets)


def trace_report(
    rules: Ruleset,
    packet: Packet,
    *,
    hook: str = "prerouting",
    local: Iterable[str] = (),
    seed: int = 0,
    lang: str = "en",
    backend: str = "nft",
    sets: IpSets | None = None,
) -> Report:
    """``labkit trace``: the packet's way, rule by rule."""
    trace = node_for(rules, local=local, backend=backend, sets=sets).trace(
        packet, hook=hook, seed=seed
    )
    return Report(trace.text(lang), trace.as_dict())


def odds_report(
    rules: Ruleset,
    packet: Packet,
    *,
    hook: str = "prerouting",
    local: Iterable[str] = (),
    lang: str = "en",
    backend: str = "nft",
    sets: IpSets | None = None,
) -> Report:
    """``labkit odds``: every outcome with its exact probability."""
    outcomes = node_for(rules, local=local, backend=backend, sets=sets).outcomes(packet, hook=hook)
    words = WORDS[lang]
    rows = [
        (label, _fraction(outcomes, label), f"{float(value):.12f}")
        for label, value in outcomes.by_label.items()
    ]
    head = (words["outcome"], words["probability"], "")
    return Report(
        f"{packet}\n{_table([head, *rows])}",
        {
            "packet": str(packet),
            "outcomes": [
                {
                    "label": o.label,
                    "verdict": o.verdict.value,
                    "destination": o.destination,
                    "source": o.source,
                    "rejectWith": o.reject_with,
                    "masqueraded": o.masqueraded,
                    "dnat": o.dnat,
                    "service": o.service,
                    "deliveredLocal": o.delivered_local,
                    "outInterface": o.out_iface,
                    "numerator": str(o.numerator),
                    "powerOfTwo": o.exponent,
                    "probability": float(o),
                }
                for o in outcomes
            ],
        },
    )


def simulate_report(
    rules: Ruleset,
    packet: Packet,
    count: int,
    *,
    hook: str = "prerouting",
    local: Iterable[str] = (),
    seed: int = 0,
    lang: str = "en",
    backend: str = "nft",
    sets: IpSets | None = None,
) -> Report:
    """``labkit simulate``: so many connections, counted by outcome and by rule."""
    from labkit.netfilter.batch import PacketBatch

    node = node_for(rules, local=local, backend=backend, sets=sets)
    result = node.simulate(PacketBatch(packet, count), hook=hook, seed=seed)
    words = WORDS[lang]
    rows = [(words["outcome"], words["connections"], words["share"])] + [
        (label, str(n), f"{n / count:.6f}" if count else "-")
        for label, n in result.by_label.items()
    ]
    counted = counted_rules(rules, result.counters)
    lines = "".join(f"{n:>12}  {table}  {text}\n" for table, text, n in counted)
    return Report(
        f"{packet}\n{_table(rows)}\n{words['rules']}:\n{lines}",
        {
            "packet": str(packet),
            "connections": count,
            "seed": seed,
            "outcomes": [
                {
                    "label": o.label,
                    "verdict": o.verdict.value,
                    "destination": o.destination,
                    "masqueraded": o.masqueraded,
                    "service": o.service,
                    "connections": n,
                }
                for o, n in result.outcomes
            ],
            "rules": [{"table": t, "rule": text, "packets": n} for t, text, n in counted],
        },
    )


def counted_rules(rules: Ruleset, counters: Counts) -> list[tuple[str, str, int]]:
    """(table, rule, packets) of every rule that counted something."""
    return [
        (rule.table, rule.canonical, counters[rule.key][0])
        for rule in rules.rules()
        if rule.key in counters
    ]


def _fraction(outcomes: Outcomes, label: str) -> str:
    """The exact fraction, when it is short enough to read."""
    exact = str(outcomes[label])
    return exact if len(exact) <= 45 else "(exact, long)"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns, aligned."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )
