"""What is decided for a Service port before any rule is written."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.kubeproxy import names
from labkit.kubeproxy.endpoints import Backend, Categories
from labkit.kubeproxy.ports import PortInfo
from labkit.kubeproxy.rule import (
    Words,
    comment,
    destination,
    dport,
    jump,
    protocol,
    reject,
)
from labkit.kubeproxy.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """One Service port, its endpoints by use, and what follows from both.

    ``large`` leaves out the comments of endpoints.
    """

    info: PortInfo
    found: Categories
    settings: Settings
    large: bool

    @property
    def has_internal(self) -> bool:
        """Whether the ClusterIP leads anywhere from this node."""
        return self.found.has_any and not (self.info.internal_local and not self.found.local)

    @property
    def has_external(self) -> bool:
        """Whether external addresses lead anywhere from this node."""
        return self.found.has_any and not (self.info.external_local and not self.found.local)

    @property
    def has_external_chain(self) -> bool:
        """Whether there is an EXT chain; it may lead nowhere for traffic from outside."""
        return self.found.has_any and self.info.externally_accessible

    @property
    def has_firewall_chain(self) -> bool:
        """Whether source ranges guard the load balancer's addresses."""
        info = self.info
        return self.found.has_any and bool(info.load_balancer_vips and info.source_ranges)

    @property
    def has_cluster_chain(self) -> bool:
        """Whether there is an SVC chain."""
        return bool(self.found.cluster)

    @property
    def has_local_chain(self) -> bool:
        """Whether there is an SVL chain."""
        return bool(self.found.local)

    @property
    def cluster_chain(self) -> str:
        """KUBE-SVC-…, the endpoints of the whole cluster."""
        return self.info.chain(names.CLUSTER_POLICY_PREFIX)

    @property
    def local_chain(self) -> str:
        """KUBE-SVL-…, the endpoints of this node."""
        return self.info.chain(names.LOCAL_POLICY_PREFIX)

    @property
    def internal_chain(self) -> str:
        """Where the ClusterIP leads."""
        return self.local_chain if self.info.internal_local else self.cluster_chain

    @property
    def external_policy_chain(self) -> str:
        """Where external traffic ends up."""
        return self.local_chain if self.info.external_local else self.cluster_chain

    @property
    def external_chain(self) -> str:
        """KUBE-EXT-…"""
        return self.info.chain(names.EXTERNAL_PREFIX)

    @property
    def firewall_chain(self) -> str:
        """KUBE-FW-…"""
        return self.info.chain(names.FIREWALL_PREFIX)

    def named(self, text: str) -> tuple[Words]:
        """A comment, the Service port's name put in for ``{}``."""
        return comment(text.format(self.info.name))

    def to_port(self, ip: str) -> tuple[Words, ...]:
        """``-m tcp -p tcp -d IP --dport N``."""
        proto, port = self.info.protocol, self.info.port
        return (*protocol(proto, port), *destination(ip, self.settings.family), *dport(port))

    def refusal(self) -> tuple[tuple[Words], tuple[Words]]:
        """Comment and target for what leads nowhere: REJECT without any endpoint at all,
        DROP where only this node has none (another node may well have one)."""
        if not self.found.has_any:
            return self.named("{} has no endpoints"), reject(self.settings.family)
        return self.named("{} has no local endpoints"), jump("DROP")

    def endpoint_chain(self, backend: Backend) -> str:
        """KUBE-SEP-…"""
        return names.endpoint_chain(self.info.name, self.info.protocol, backend.text)

    def towards(self, backend: Backend) -> tuple[Words, ...]:
        """The comment with the endpoint's address."""
        return () if self.large else self.named("{} -> " + backend.text)
