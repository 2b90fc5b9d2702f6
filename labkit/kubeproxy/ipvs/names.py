"""Names of IPVS mode: chains and sets (``pkg/proxy/ipvs/proxier.go``, ``ipset.go``).

In IPv6 a set's ``KUBE-`` becomes ``KUBE-6-``, cut to the 31 characters that a set may have.
"""

from __future__ import annotations

from labkit.kubeproxy.addresses import Family

NODE_PORT = "KUBE-NODE-PORT"
LOAD_BALANCER = "KUBE-LOAD-BALANCER"
SOURCE_RANGES = "KUBE-SOURCE-RANGES-FIREWALL"
IPVS_FILTER = "KUBE-IPVS-FILTER"
IPVS_OUT_FILTER = "KUBE-IPVS-OUT-FILTER"
DEVICE = "kube-ipvs0"
"""The interface on which the virtual addresses stand."""

LOOP_BACK = "KUBE-LOOP-BACK"
CLUSTER_IP = "KUBE-CLUSTER-IP"
EXTERNAL_IP = "KUBE-EXTERNAL-IP"
EXTERNAL_IP_LOCAL = "KUBE-EXTERNAL-IP-LOCAL"
LB = "KUBE-LOAD-BALANCER"
LB_FW = "KUBE-LOAD-BALANCER-FW"
LB_LOCAL = "KUBE-LOAD-BALANCER-LOCAL"
LB_SOURCE_IP = "KUBE-LOAD-BALANCER-SOURCE-IP"
LB_SOURCE_CIDR = "KUBE-LOAD-BALANCER-SOURCE-CIDR"
HEALTH_CHECK = "KUBE-HEALTH-CHECK-NODE-PORT"
IPVS_IPS = "KUBE-IPVS-IPS"

NODE_PORTS = {
    "tcp": "KUBE-NODE-PORT-TCP",
    "udp": "KUBE-NODE-PORT-UDP",
    "sctp": "KUBE-NODE-PORT-SCTP-HASH",
}
NODE_PORTS_LOCAL = {
    "tcp": "KUBE-NODE-PORT-LOCAL-TCP",
    "udp": "KUBE-NODE-PORT-LOCAL-UDP",
    "sctp": "KUBE-NODE-PORT-LOCAL-SCTP-HASH",
}

IP, IP_PORT, PORT = "hash:ip", "hash:ip,port", "bitmap:port"
IP_PORT_IP, IP_PORT_NET = "hash:ip,port,ip", "hash:ip,port,net"

SETS: dict[str, tuple[str, str]] = {
    LOOP_BACK: (
        IP_PORT_IP,
        "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose",
    ),
    CLUSTER_IP: (IP_PORT, "Kubernetes service cluster ip + port for masquerade purpose"),
    EXTERNAL_IP: (
        IP_PORT,
        "Kubernetes service external ip + port for masquerade and filter purpose",
    ),
    EXTERNAL_IP_LOCAL: (
        IP_PORT,
        "Kubernetes service external ip + port with externalTrafficPolicy=local",
    ),
    LB: (IP_PORT, "Kubernetes service lb portal"),
    LB_FW: (
        IP_PORT,
        "Kubernetes service load balancer ip + port for load balancer with sourceRange",
    ),
    LB_LOCAL: (
        IP_PORT,
        "Kubernetes service load balancer ip + port with externalTrafficPolicy=local",
    ),
    LB_SOURCE_IP: (
        IP_PORT_IP,
        "Kubernetes service load balancer ip + port + source IP for packet filter purpose",
    ),
    LB_SOURCE_CIDR: (
        IP_PORT_NET,
        "Kubernetes service load balancer ip + port + source cidr for packet filter purpose",
    ),
    NODE_PORTS["tcp"]: (PORT, "Kubernetes nodeport TCP port for masquerade purpose"),
    NODE_PORTS_LOCAL["tcp"]: (
        PORT,
        "Kubernetes nodeport TCP port with externalTrafficPolicy=local",
    ),
    NODE_PORTS["udp"]: (PORT, "Kubernetes nodeport UDP port for masquerade purpose"),
    NODE_PORTS_LOCAL["udp"]: (
        PORT,
        "Kubernetes nodeport UDP port with externalTrafficPolicy=local",
    ),
    NODE_PORTS["sctp"]: (
        IP_PORT,
        "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
    ),
    NODE_PORTS_LOCAL["sctp"]: (
        IP_PORT,
        "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'",
    ),
    HEALTH_CHECK: (PORT, "Kubernetes health check node port"),
    IPVS_IPS: (IP, "Addresses on the ipvs interface"),
}
"""Set -> its kind, and the comment of rules that use it; in kube-proxy's order."""

LONGEST_SET_NAME = 31


def set_name(name: str, family: Family) -> str:
    """The set's name in this family."""
    if family == "ipv4":
        return name
    return name.replace("KUBE-", "KUBE-6-", 1)[:LONGEST_SET_NAME]
