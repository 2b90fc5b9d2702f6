"""Whatever the cluster: what the modes of kube-proxy do to packets, each followed in its own
emulator, is the same but for what Kubernetes documents as different."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hypothesis import HealthCheck, given, settings

from labkit.dataplane.plane import DataPlane
from labkit.dataplane.proxy import KubeProxy
from labkit.kubeproxy.config import MODES
from labkit.model.packet import Packet
from tests.property.kubeproxy_clusters import Cluster, clusters, probes

BESIDE = {port + 1000 + n for port in (80, 443, 5353) for n in range(3)}
"""What ``probes`` asks beside the ports that there are."""

Ends = tuple[frozenset[str], bool, str]


def planes(cluster: Cluster) -> Mapping[str, DataPlane]:
    """The cluster's node in each mode."""
    writer = cluster.proxy
    own = {"lo": ("127.0.0.1/8",), "eth0": (writer.settings.node_ip,)}
    return {
        mode: KubeProxy(
            node=writer.node,
            config=writer.config,
            host=writer.host,
            family=writer.family,
            mode=mode,
        ).data_plane(cluster.services, cluster.slices, interfaces=own)
        for mode in MODES
    }


def ends(plane: DataPlane, packet: Packet, hook: str) -> Ends:
    """The endpoints that a packet may reach, whether it is masqueraded, else how it ends."""
    outcomes = plane.outcomes(packet, hook=hook)
    if not any(one.dnat for one in outcomes):
        (one,) = outcomes
        return frozenset(), one.masqueraded, f"{one.verdict} {one.reject_with}"
    shares = plane.shares(packet, hook=hook)
    assert sum(shares.values()) == 1
    for share in shares.values():
        assert abs(share - Fraction(1, len(shares))) < Fraction(1, 10**6)
    return frozenset(shares), any(one.masqueraded for one in outcomes), "dnat"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(clusters(nfacct=False))
def test_modes_agree_but_for_what_is_documented(cluster: Cluster) -> None:
    """Every endpoint's share is equal to within 1e-6 in every mode.  nftables mode ends as
    iptables mode, but for ports that a ClusterIP does not have, for source ranges of a Service
    that leads nowhere (checked first there), and for what the node itself sends to external
    addresses that lead nowhere (iptables mode has no jump for it in OUTPUT).  Where
    iptables mode translates what comes in for a ClusterIP, IPVS mode knows the same endpoints;
    with policy Local the two differ (a fallback here, a short cut for Pods there)."""
    made = planes(cluster)
    ranged = {
        address
        for service in cluster.services
        if service.load_balancer_source_ranges
        for address in (one.ip for one in service.load_balancer_ingress)
    }
    inside = {service.cluster_ip for service in cluster.services}
    for packet, hook in probes(cluster.services, cluster.proxy.family):
        if packet.dport in BESIDE:
            continue
        plain = ends(made["iptables"], packet, hook)
        nft = ends(made["nftables"], packet, hook)
        if plain[2] == "dnat" or (hook == "prerouting" and packet.dst not in ranged):
            assert nft == plain, f"{packet} at {hook}\n{made['nftables'].trace(packet).text()}"
        ipvs = ends(made["ipvs"], packet, hook)
        if plain[2] == "dnat" and hook == "prerouting" and packet.dst in inside:
            assert ipvs == plain, f"{packet}\n{made['ipvs'].trace(packet).text()}"
