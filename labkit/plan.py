"""The address plan of the course, used by lessons and tests alike.

The same networks as on kind, so that texts are the same on every back end::

    labkit-control-plane   172.18.0.2   Pods 10.244.0.0/24   (schedulable, as in the lab)
    labkit-worker          172.18.0.3   Pods 10.244.1.0/24
    Services 10.96.0.0/16: kubernetes 10.96.0.1, kube-dns 10.96.0.10
"""

from __future__ import annotations

from dataclasses import dataclass

KUBERNETES_VERSION = "v1.36.2"
"""What the embedded API server says it is (the version the rules are written for)."""

POD_CIDR = "10.244.0.0/16"
SERVICE_CIDR = "10.96.0.0/16"
API_SERVICE_IP = "10.96.0.1"
DNS_SERVICE_IP = "10.96.0.10"
CLUSTER_DOMAIN = "cluster.local"
API_SERVER_PORT = 6443
NODE_PORT_RANGE = range(30000, 32768)
NODE_NETWORK = "172.18.0.0/16"
NODE_GATEWAY = "172.18.0.1"


@dataclass(frozen=True, slots=True)
class NodePlan:
    """One node: its name, its address on the nodes' network and its Pods' network.

    ``pod_gateway`` is the node's own address on the Pods' side (what a local Pod sees as the
    source of masqueraded traffic).
    """

    name: str
    address: str
    pod_cidr: str
    pod_gateway: str
    control_plane: bool


NODES = (
    NodePlan("labkit-control-plane", "172.18.0.2", "10.244.0.0/24", "10.244.0.1", True),
    NodePlan("labkit-worker", "172.18.0.3", "10.244.1.0/24", "10.244.1.1", False),
)
