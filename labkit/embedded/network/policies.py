"""NetworkPolicy: which new connections a node lets pass, decided as kindnet's agent does.

The agent looks at the first packet of a connection after the Service's DNAT and before any
masquerading (its queue sits in POSTROUTING ahead of srcnat), on the node of the Pod that a policy
selects; answers and open connections pass.  A packet that is not allowed is dropped: the client
waits.  The API's rules (``networking/v1/types.go``): policies add up; a Pod that no policy selects
for a direction is open in it; traffic between a Pod and its own node is always allowed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labkit.embedded.controllers.objects import selects
from labkit.embedded.interfaces import Json
from labkit.plan import NodePlan

INGRESS, EGRESS = "Ingress", "Egress"


@dataclass(frozen=True, slots=True)
class Asked:
    """The first packet of a connection, as the policies see it."""

    source: str
    target: str
    protocol: str
    port: int


@dataclass(frozen=True, slots=True)
class PodFacts:
    """What policies ask of a Pod; ``ports`` are its named ports by (name, protocol)."""

    namespace: str
    labels: Mapping[str, str]
    node: str
    ports: Mapping[tuple[str, str], int] = field(default_factory=dict)


class Policies:
    """All policies of the cluster, and the Pods and namespaces that they speak of."""

    def __init__(
        self,
        policies: Iterable[Json] = (),
        pods: Iterable[tuple[str, Json]] = (),
        namespaces: Iterable[Json] = (),
    ) -> None:
        self._policies: dict[str, list[Json]] = {}
        for one in policies:
            self._policies.setdefault(one["metadata"]["namespace"], []).append(one)
        self._pods = {address: facts_of(pod) for address, pod in pods} if self._policies else {}
        self._namespaces = {
            one["metadata"]["name"]: one["metadata"].get("labels") or {} for one in namespaces
        }

    def allow(self, node: NodePlan, asked: Asked) -> bool:
        """Whether this node lets the connection pass."""
        if not self._policies or asked.source == asked.target:
            return True
        own = (node.address, node.pod_gateway)
        source, target = self._pods.get(asked.source), self._pods.get(asked.target)
        leaves = source is None or source.node != node.name or asked.target in own
        enters = target is None or target.node != node.name or asked.source in own
        return (leaves or self._lets(source, EGRESS, asked.target, asked)) and (
            enters or self._lets(target, INGRESS, asked.source, asked)
        )

    def _lets(self, pod: PodFacts | None, way: str, other: str, asked: Asked) -> bool:
        """Some policy that selects the Pod allows it, or none selects it."""
        assert pod is not None
        own = [one for one in self._policies.get(pod.namespace, ()) if _selects(one, pod, way)]
        return not own or any(self._allows(one, way, other, asked) for one in own)

    def _allows(self, policy: Json, way: str, other: str, asked: Asked) -> bool:
        rules, side = ("egress", "to") if way == EGRESS else ("ingress", "from")
        return any(
            self._peers_hold(policy, rule.get(side), other)
            and self._ports_hold(rule.get("ports"), asked)
            for rule in policy["spec"].get(rules) or []
        )

    def _peers_hold(self, policy: Json, peers: list[Json] | None, address: str) -> bool:
        """No list means everybody."""
        return not peers or any(self._peer_holds(policy, peer, address) for peer in peers)

    def _peer_holds(self, policy: Json, peer: Json, address: str) -> bool:
        if "ipBlock" in peer:
            return in_block(peer["ipBlock"], address)
        pod = self._pods.get(address)
        if pod is None:
            return False
        if "namespaceSelector" in peer:
            labels = self._namespaces.get(pod.namespace, {})
            if not selects(peer["namespaceSelector"], labels):
                return False
        elif pod.namespace != policy["metadata"]["namespace"]:
            return False
        return selects(peer.get("podSelector") or {}, pod.labels)

    def _ports_hold(self, ports: list[Json] | None, asked: Asked) -> bool:
        """No list means every port, and every protocol."""
        return not ports or any(self._port_holds(port, asked) for port in ports)

    def _port_holds(self, port: Json, asked: Asked) -> bool:
        protocol, first = str(port.get("protocol") or "TCP"), port.get("port")
        if protocol.lower() != asked.protocol:
            return False
        if first is None:
            return True
        if isinstance(first, str):
            target = self._pods.get(asked.target)
            first = target.ports.get((first, protocol)) if target is not None else None
            return first == asked.port
        return bool(first <= asked.port <= (port.get("endPort") or first))


def _selects(policy: Json, pod: PodFacts, way: str) -> bool:
    """Whether a policy of the Pod's namespace speaks of it in this direction."""
    spec = policy["spec"]
    kinds = spec.get("policyTypes") or [INGRESS, *([EGRESS] if spec.get("egress") else [])]
    return way in kinds and selects(spec.get("podSelector") or {}, pod.labels)


def in_block(block: Json, address: str) -> bool:
    """Whether an address lies in the block and in none of its exceptions."""
    found = ipaddress.ip_address(address)
    return found in ipaddress.ip_network(block["cidr"], strict=False) and not any(
        found in ipaddress.ip_network(hole, strict=False) for hole in block.get("except") or ()
    )


def facts_of(pod: Json) -> PodFacts:
    """What policies ask of this Pod."""
    ports = {
        (str(port["name"]), str(port.get("protocol") or "TCP")): int(port["containerPort"])
        for container in pod["spec"].get("containers") or ()
        for port in container.get("ports") or ()
        if port.get("name")
    }
    meta = pod["metadata"]
    labels = meta.get("labels") or {}
    return PodFacts(meta["namespace"], labels, str(pod["spec"].get("nodeName", "")), ports)
