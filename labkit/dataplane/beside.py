"""The same packet through iptables, nftables and IPVS, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from labkit.dataplane.plane import DataPlane
from labkit.dataplane.proxy import KubeProxy
from labkit.kubeproxy.config import MODES
from labkit.model.cost import Cost
from labkit.model.packet import Packet
from labkit.model.service import EndpointSlice, Service
from labkit.netfilter.ipvsnode import IpvsNode
from labkit.words import Language, Words


@dataclass(frozen=True, slots=True)
class Row:
    """One mode: what the packet costs, each end's share, and who got the connections in a row.

    ``scheduler`` is that of IPVS, empty in the other modes.
    """

    mode: str
    cost: Cost
    shares: Mapping[str, Fraction]
    turns: tuple[str, ...]
    scheduler: str = ""

    @property
    def switches(self) -> int:
        """How often a connection went elsewhere than the one before."""
        return sum(a != b for a, b in pairwise(self.turns))


@dataclass(frozen=True, slots=True)
class SideBySide:
    """What :func:`side_by_side` gives: a row for each mode; ``text`` and ``print`` show it."""

    packet: Packet
    rows: tuple[Row, ...]
    language: Language = "en"

    def __getitem__(self, mode: str) -> Row:
        """The row of a mode.  Raises ``KeyError``."""
        return {row.mode: row for row in self.rows}[mode]

    def text(self, language: Language | None = None) -> str:
        """A table for reading, and below it the connections in the order in which they came."""
        words = Words(language or self.language)
        head = [words(f"dataplane.{name}") for name in ("mode", "rules", "lookups", "choice")]
        cells = [[*head, words("dataplane.shares")]]
        cells += [_cells(row, words) for row in self.rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [words("dataplane.beside.title", packet=self.packet), ""]
        for line in cells:
            fields = [
                text.rjust(width) if at in (1, 2) else text.ljust(width)
                for at, (text, width) in enumerate(zip(line, widths, strict=True))
            ]
            lines.append("  ".join(fields).rstrip())
        return "\n".join([*lines, *_in_order(self.rows, words)]) + "\n"

    def __str__(self) -> str:
        return self.text()


def side_by_side(
    packet: Packet,
    services: Iterable[Service],
    slices: Iterable[EndpointSlice],
    *,
    n: int = 12,
    proxy: KubeProxy | None = None,
    hook: str = "prerouting",
    seed: int = 0,
    language: Language = "en",
) -> SideBySide:
    """Send the same traffic through all three modes of kube-proxy.

    ``n`` connections like ``packet`` in a row, each from its next source port; ``proxy`` says
    on which node and with which configuration (by default the course's first node).
    """
    proxy = proxy or KubeProxy()
    services, slices = tuple(services), tuple(slices)
    rows = []
    for mode in MODES:
        plane = replace(proxy, mode=mode).data_plane(services, slices)
        rows.append(
            Row(
                mode,
                plane.cost(packet, hook=hook, seed=seed),
                plane.shares(packet, hook=hook),
                plane.turns(packet, n, hook=hook, seed=seed),
                _scheduler(plane, packet),
            )
        )
    return SideBySide(packet, tuple(rows), language)


def _scheduler(plane: DataPlane, packet: Packet) -> str:
    """The scheduler of the virtual server that takes the packet."""
    if not isinstance(plane.node, IpvsNode):
        return ""
    key = (packet.proto, packet.dst, packet.dport)
    return next((one.scheduler for one in plane.node.table if one.key == key), "")


def _cells(row: Row, words: Words) -> list[str]:
    """One line of the table."""
    shares = ", ".join(
        words("dataplane.share", destination=goal, percent=float(share) * 100)
        for goal, share in row.shares.items()
    )
    return [
        row.mode,
        str(row.cost.rules),
        str(row.cost.lookups),
        _choice(row, words),
        shares or "-",
    ]


def _choice(row: Row, words: Words) -> str:
    """How the endpoint is chosen."""
    if not row.shares:
        return "-"
    if len(row.shares) == 1:
        return words("dataplane.certain")
    if row.scheduler:
        kind = "in_turn" if row.scheduler in ("rr", "wrr") else "by_scheduler"
        return words(f"dataplane.{kind}", scheduler=row.scheduler)
    return words("dataplane.by_chance")


def _in_order(rows: tuple[Row, ...], words: Words) -> list[str]:
    """Each mode's connections as letters, and what the letters stand for."""
    names: dict[str, str] = {}
    for row in rows:
        for goal in (*sorted(row.shares), *row.turns):
            names.setdefault(goal, chr(ord("A") + len(names)) if len(names) < 26 else "?")
    width = max(len(row.mode) for row in rows)
    count = len(rows[0].turns)
    if not count:
        return []
    return [
        "",
        words("dataplane.row", n=count) + ":",
        *(
            f"  {row.mode.ljust(width)}  {' '.join(names[goal] for goal in row.turns)}"
            for row in rows
        ),
        "  " + ", ".join(f"{letter} = {goal}" for goal, letter in names.items()),
    ]
