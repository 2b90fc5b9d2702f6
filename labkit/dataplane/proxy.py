"""KubeProxy as lessons use it: what it writes, and the node that follows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labkit import plan
from labkit.dataplane.nodes import Place, node_with, rules_of
from labkit.dataplane.plane import DataPlane
from labkit.kubeproxy import proxy
from labkit.kubeproxy.config import KubeProxyConfig
from labkit.model.service import EndpointSlice, NodeInfo, Service
from labkit.netfilter.routes import Route


def course_config() -> KubeProxyConfig:
    """kube-proxy as kubeadm configures it on the course's cluster: it knows the Pods' network."""
    return KubeProxyConfig(cluster_cidrs=(plan.POD_CIDR,))


@dataclass(frozen=True, slots=True)
class KubeProxy(proxy.KubeProxy):
    """kube-proxy v1.36 on one node, in any of its modes, for one family of addresses.

    ``mode`` is ``iptables`` (the default), ``nftables`` or ``ipvs`` (deprecated in Kubernetes;
    kept since "in turn" is true in it).  Without more it stands on the course's first node
    with the course's configuration; ``node`` is a name or a :class:`NodeInfo`, ``config``
    and ``host`` are as for kube-proxy itself.  Pure: it only writes texts::

        proxy = KubeProxy(mode="nftables", node="labkit-worker")
        print(proxy.listing(services, slices))          # nft list ruleset
        plane = proxy.data_plane(services, slices)      # ask it: trace, outcomes, cost ...
    """

    node: NodeInfo | str = plan.NODES[0].name
    config: KubeProxyConfig = field(default_factory=course_config)

    @property
    def node_info(self) -> NodeInfo:
        """The Node; of one of the course's nodes the name is enough."""
        if isinstance(self.node, NodeInfo):
            return self.node
        for one in plan.NODES:
            if one.name == self.node:
                return NodeInfo(one.name, internal_ips=(one.address,), pod_cidrs=(one.pod_cidr,))
        return NodeInfo(self.node)

    def data_plane(
        self,
        services: Iterable[Service],
        slices: Iterable[EndpointSlice],
        *,
        addresses: Iterable[str] = (),
        interfaces: Mapping[str, Iterable[str]] | None = None,
        routes: Iterable[Route] | None = None,
    ) -> DataPlane:
        """The node that follows what this kube-proxy writes for these objects.

        ``addresses`` are the node's own (by default those of the Node); ``interfaces`` and
        ``routes`` as for ``Node``.  Raises ``RulesError`` or ``UnsupportedExtension`` if the
        text could not be read again, which would be a bug.
        """
        own = tuple(addresses) or (() if interfaces else self.node_info.internal_ips)
        place = Place(
            own,
            interfaces,
            None if routes is None else tuple(routes),
            self.settings.localhost_node_ports,
            self.backend,
        )
        text, rules = rules_of(self, tuple(services), tuple(slices))
        return DataPlane(self.mode, text, node_with(rules, place))
