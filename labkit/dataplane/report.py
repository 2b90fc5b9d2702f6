"""What the commands ``trace``, ``odds`` and ``simulate`` answer.

Pure functions from a data plane and a packet to a ``Report``: text for people and plain data for
``--json``.  They raise ``LabkitError`` (bad rules, bad addresses) and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from labkit.dataplane.plane import DataPlane
from labkit.model.packet import Packet
from labkit.model.trace import Outcomes
from labkit.netfilter.ipvsnode import IpvsNode

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


def trace_report(
    plane: DataPlane,
    packet: Packet,
    *,
    hook: str = "prerouting",
    seed: int = 0,
    lang: str = "en",
    every: bool = False,
) -> Report:
    """``labkit trace``: the packet's way, rule by rule; ``every`` shows misses as well."""
    trace = plane.trace(packet, hook=hook, seed=seed, every=every)
    return Report(trace.text(lang), trace.as_dict())


def odds_report(
    plane: DataPlane,
    packet: Packet,
    *,
    hook: str = "prerouting",
    lang: str = "en",
) -> Report:
    """``labkit odds``: every outcome with its exact probability."""
    outcomes = plane.outcomes(packet, hook=hook)
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
            "mode": plane.mode,
            "shares": {
                label: [str(share.numerator), str(share.denominator)]
                for label, share in expected(plane, packet, hook=hook).items()
            },
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
    plane: DataPlane,
    packet: Packet,
    count: int,
    *,
    hook: str = "prerouting",
    seed: int = 0,
    lang: str = "en",
) -> Report:
    """``labkit simulate``: so many connections, counted by outcome and by rule."""
    result = plane.simulate(packet, count, hook=hook, seed=seed)
    words = WORDS[lang]
    rows = [(words["outcome"], words["connections"], words["share"])] + [
        (label, str(n), f"{n / count:.6f}" if count else "-")
        for label, n in result.by_label.items()
    ]
    counted = counted_rules(plane, getattr(result, "counters", {}))
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


def counted_rules(
    plane: DataPlane, counters: Mapping[tuple[str, str, int], tuple[int, int]]
) -> list[tuple[str, str, int]]:
    """(table, rule, packets) of every rule that counted something."""
    return [
        (rule.table, getattr(rule, "canonical", "") or str(rule), counters[rule.key][0])
        for rule in plane.node.rules.rules()
        if rule.key in counters
    ]


def expected(plane: DataPlane, packet: Packet, *, hook: str = "prerouting") -> dict[str, Fraction]:
    """Label -> its share of many connections: by chance, or in IPVS mode by turns."""
    outcomes = plane.outcomes(packet, hook=hook)
    if not isinstance(plane.node, IpvsNode):
        return dict(outcomes.by_label)
    (one,) = outcomes
    shares = plane.shares(packet, hook=hook) if one.dnat else {}
    return {one.label.replace(one.destination, goal): share for goal, share in shares.items()} or {
        one.label: Fraction(1)
    }


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
