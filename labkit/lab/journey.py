"""A connection there and back: what a capture would show at each place on the way.

The packet and its answer go through the rules of the client's node and of the backend's node;
each node keeps its own connection tracking, so that the answer is turned back where the packet
was turned.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from operator import attrgetter

from labkit.cluster.kubectl import Kubectl
from labkit.dataplane.plane import DataPlane
from labkit.errors import LabError
from labkit.lab.noderules import SOURCE_PORT, luck, node_with_rules, owners, target_of
from labkit.lab.questions import get_json
from labkit.model.packet import Packet
from labkit.netfilter.state import NodeState
from labkit.words import Words

CHANGED = "◆ "
"""The sign of the packet's way, too, for what was written anew."""
LEFT = 'style="text-align:left"'
"""JupyterLab sets cells of tables to the right."""


@dataclass(frozen=True, slots=True)
class Hop:
    """``place`` is ``client``, ``between`` (on the wire, or on the one node) or ``backend``;
    ``where`` names the Pod or nodes; ``packet`` is what a capture there shows."""

    place: str
    where: str
    packet: Packet


@dataclass(frozen=True, slots=True)
class Journey:
    """The ``hops`` there, then back.  ``conntrack`` is what the client's node remembers."""

    hops: tuple[Hop, ...]
    conntrack: tuple[str, ...]
    names: Mapping[str, str]
    words: Words

    def __str__(self) -> str:
        rows = [self._heads(), *self._rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        return "\n".join(
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def _heads(self) -> tuple[str, ...]:
        return tuple(self.words(f"lab.journey.{one}") for one in ("step", "where", "from", "to"))

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                str(number),
                self.words(f"lab.journey.{hop.place}", name=hop.where),
                self._end(number, "src", "sport"),
                self._end(number, "dst", "dport"),
            )
            for number, hop in enumerate(self.hops, 1)
        ]

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" {LEFT}>{html.escape(one)}</th>' for one in self._heads())
        body = "".join(
            "<tr>" + "".join(f"<td {LEFT}>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self._rows()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    __repr__ = __str__

    def _end(self, number: int, address: str, port: str) -> str:
        """One end at a hop, with who lives there; ``CHANGED`` where the hop before had another."""
        of = attrgetter(address, port)
        here = of(self.hops[number - 1].packet)
        turned = number in (1, len(self.hops) // 2 + 1)  # the first there, and the first back
        same = turned or of(self.hops[number - 2].packet) == here
        name = self.names.get(here[0], "")
        return ("" if same else CHANGED) + f"{here[0]}:{here[1]}" + (f" ({name})" if name else "")


def journey(
    kubectl: Kubectl,
    rules_of: Callable[[str], str],
    pod: str,
    service: str,
    words: Words,
    connection: int = 1,
) -> Journey:
    """Connection number ``connection`` from a Pod to a Service, there and back.

    ``rules_of`` gives the rules of a node by its name.  Raises ``LabError`` where nobody would
    answer.
    """
    about = get_json(kubectl, "pod", pod)
    node = str(about["spec"].get("nodeName", ""))
    source = str(about.get("status", {}).get("podIP", ""))
    if not node or not source:
        raise LabError(words("lab.pod_not_running", pod=pod))
    target, who = target_of(kubectl, service, words), owners(kubectl, service)
    start = Packet(source, target.address, sport=SOURCE_PORT + connection, dport=target.port)
    seed = luck(target.address, connection)
    near = Follower(kubectl, node, rules_of(node), seed)
    sent = near.receive(start)
    if sent.dst not in who:
        raise LabError(words("lab.journey.nobody", service=service))
    backend, other = who[sent.dst]
    far = near if other == node else Follower(kubectl, other, rules_of(other), seed)
    arrived = sent if far is near else far.receive(sent)
    answer = answered(arrived)
    back = answer if far is near else far.receive(answer)
    home = near.receive(back)
    hops = [Hop("client", pod, start)]
    hops += [] if far is near else [Hop("between", f"{node} → {other}", sent)]
    hops += [Hop("backend", backend, arrived), Hop("backend", backend, answer)]
    hops += [] if far is near else [Hop("between", f"{other} → {node}", back)]
    hops += [Hop("client", pod, home)]
    names = {source: pod, target.address: service.rpartition("/")[2], sent.dst: backend}
    names.setdefault(sent.src, node)  # where the node put an address of its own
    return Journey(tuple(hops), near.connections(), names, words)


class Follower:
    """A node with its rules and what it remembers of this connection."""

    def __init__(self, kubectl: Kubectl, name: str, rules: str, seed: int) -> None:
        self.plane: DataPlane = node_with_rules(kubectl, name, rules)
        self.pods = ip_network(get_json(kubectl, "node", name)["spec"].get("podCIDR", "0.0.0.0/32"))
        self.state: NodeState = self.plane.state(seed=seed)

    def receive(self, packet: Packet) -> Packet:
        """The packet as it goes on."""
        iface = "veth" if ip_address(packet.src) in self.pods else "eth0"
        return self.plane.receive(replace(packet, in_iface=iface), self.state).packet

    def connections(self) -> tuple[str, ...]:
        """What ``conntrack -L`` would print."""
        return tuple(self.state.conntrack.lines(self.state.now))


def answered(packet: Packet) -> Packet:
    """The backend's SYN+ACK."""
    return replace(
        packet,
        src=packet.dst,
        sport=packet.dport,
        dst=packet.src,
        dport=packet.sport,
        flags="SYN,ACK",
        mark=0,
    )
