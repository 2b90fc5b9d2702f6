"""The published curve of the first packet: rules asked and modelled time for 1 to 30,000 Services.

The rules asked are counted by the emulator; the time is those rules at the cost of one rule on
Linux, on top of what a first packet costs when hardly any is asked.  Beside it stands what was
measured on Linux itself.  ``--picture FILE.svg`` (or ``.png``) draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.report import Report
from bench.rules import address_of, cluster, kube_rules
from labkit.dataplane.proxy import KubeProxy
from labkit.model.cost import Cost
from labkit.model.packet import Packet
from labkit.netfilter import Node
from labkit.netfilter.traversed import traversed
from labkit.ruleset import Ruleset

SERVICES = (1, 10, 100, 1_000, 5_000, 10_000, 30_000)
FLAT = (1, 1_000, 30_000)
"""For so many Services nftables mode is asked: nothing changes there."""

RULE = {"iptables-legacy": 2.9, "iptables-nft": 15.0}
"""Nanoseconds for one rule that does not match, measured on Linux 6.18."""

BASE = 1_030.0
"""Nanoseconds of a first packet that is found by one look-up, measured on the same machine."""

MEASURED = {
    "iptables-legacy": {5_000: 13_937, 10_000: 27_492, 30_000: 94_828},
    "iptables-nft": {5_000: 80_573, 10_000: 151_888, 30_000: 451_320},
    "nftables mode": {5_000: 1_032, 10_000: 1_050, 30_000: 1_019},
}
"""Nanoseconds of the first packet to the last Service, measured on Linux 6.18."""

PUBLISHED = {
    "iptables": {5_000: 0.049, 10_000: 0.061, 30_000: 0.274},
    "nftables": {5_000: 0.014, 10_000: 0.014, 30_000: 0.014},
}
"""Median in milliseconds, read off the chart of KEP-3866 (Kubernetes blog, February 2025)."""


@dataclass(frozen=True, slots=True)
class Point:
    """So many Services: rules asked for the first, the middle and the last of them."""

    services: int
    first: int
    middle: int
    last: int


@dataclass(frozen=True, slots=True)
class Curve:
    """What was counted in both modes."""

    iptables: tuple[Point, ...]
    nftables: tuple[tuple[int, Cost], ...]

    def modelled(self, backend: str) -> list[tuple[int, float]]:
        """(Services, nanoseconds of the first packet to the last Service)."""
        return [(p.services, BASE + RULE[backend] * p.last) for p in self.iptables]

    @property
    def flat(self) -> list[tuple[int, float]]:
        """The same in nftables mode, where the number of Services does not matter."""
        first = self.nftables[0][1]
        return [
            (services, BASE * (cost.rules + cost.lookups) / (first.rules + first.lookups))
            for services, cost in self.nftables
        ]


def run(report: Report) -> None:
    """Counts, compares, and draws when a file is named."""
    curve = measure()
    for point in curve.iptables:
        name = f"iptables mode, {point.services:,} Services: rules to the middle one"
        report.figure(name, [float(point.middle)], "rules")
    for services, cost in curve.nftables:
        name = f"nftables mode, {services:,} Services: rules and look-ups"
        report.figure(name, [float(cost.rules + cost.lookups)], "steps")
    for backend, found in MEASURED.items():
        known = dict(curve.flat if backend == "nftables mode" else curve.modelled(backend))
        for services in sorted(found.keys() & known.keys()):
            ratio = known[services] / found[services]
            name = f"{backend}, {services:,} Services: model to measurement"
            report.figure(name, [ratio], "times")
    if report.picture:
        from bench.firstpacket_picture import alt, draw

        Path(report.picture).write_bytes(draw(curve, Path(report.picture).suffix == ".png"))
        report.notes.append(f"{report.picture}: {alt(curve)}")
    report.notes.append(table(curve))


def measure() -> Curve:
    """Ask the emulator, mode by mode."""
    points = []
    for services in SERVICES:
        node = Node(Ruleset.parse(kube_rules(services, 1)), addresses=["172.18.0.2"])
        asked = [_asked(node, place) for place in (0, services // 2, services - 1)]
        points.append(Point(services, *asked))
    flat = []
    for services in FLAT:
        plane = KubeProxy(mode="nftables").data_plane(*cluster(services, 1))
        flat.append((services, plane.cost(_packet(services - 1))))
    return Curve(tuple(points), tuple(flat))


def _packet(service: int) -> Packet:
    return Packet("10.244.200.5", address_of(service), sport=40000, dport=80, in_iface="eth1")


def _asked(node: Node, service: int) -> int:
    return traversed(node.rules, node.trace(_packet(service)).events)


def table(curve: Curve) -> str:
    """The curve to read."""
    rows = [
        "first packet of a connection, microseconds to the last Service (in brackets: measured)",
        f"{'Services':>9} {'rules':>7} {'legacy':>18} {'nft':>18} {'nftables mode':>18} "
        f"{'published p50, ms':>20}",
    ]
    flat = curve.flat[-1][1]
    for point in curve.iptables:
        cells = [
            _cell(dict(curve.modelled(backend))[point.services], backend, point.services)
            for backend in RULE
        ]
        cells.append(_cell(flat, "nftables mode", point.services))
        told = [f"{known[point.services]:.3f}" for known in PUBLISHED.values()
                if point.services in known]  # fmt: skip
        rows.append(
            f"{point.services:>9,} {point.last:>7,} "
            + " ".join(f"{cell:>18}" for cell in cells)
            + f" {' and '.join(told) or '-':>20}"
        )
    return "\n".join(rows)


def _cell(nanoseconds: float, backend: str, services: int) -> str:
    found = MEASURED[backend].get(services)
    measured = f" ({found / 1000:.1f})" if found else ""
    return f"{nanoseconds / 1000:.1f}{measured}"
