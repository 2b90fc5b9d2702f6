"""KubeProxyConfiguration: what is read, and what is refused."""

from __future__ import annotations

import pytest

from labkit.errors import ObjectsError
from labkit.kubeproxy.config import HostFacts, KubeProxyConfig, read_config
from labkit.kubeproxy.proxy import KubeProxy
from labkit.model.service import NodeInfo

FULL = """
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
hostnameOverride: labkit-worker
clusterCIDR: 10.244.0.0/16, fd00:10::/56
nodePortAddresses: [127.0.0.0/8, 172.18.0.0/16]
conntrack: {tcpBeLiberal: true, maxPerCore: 0}
iptables: {masqueradeBit: 15, masqueradeAll: true, localhostNodePorts: false, syncPeriod: 1m30s}
ipvs: {scheduler: rr}
"""


def test_fields_that_change_rules_are_read() -> None:
    """Every field that matters reaches the configuration; the others are let pass."""
    config = KubeProxyConfig.from_yaml(FULL)
    assert config.hostname_override == "labkit-worker"
    assert config.cluster_cidrs == ("10.244.0.0/16", "fd00:10::/56")
    assert config.node_port_addresses == ("127.0.0.0/8", "172.18.0.0/16")
    assert config.tcp_be_liberal
    assert config.masquerade_all
    assert not config.localhost_node_ports
    assert config.masquerade_mark == 0x8000
    assert config.sync_period == 90.0


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("kind: Pod", "Pod"),
        ("clusterCIDR: 10.0.0.0", "clusterCIDR"),
        ("mode: userspace", "userspace"),
        ("iptables: {masqueradeBit: 32}", "iptables.masqueradeBit"),
        ("iptables: {masqueradeAll: 'yes'}", "iptables.masqueradeAll"),
        ("iptables: {syncPeriod: soon}", "soon"),
        ("nodePortAddresses: [primary, 10.0.0.0/8]", "primary"),
        ("[1, 2]", "mapping"),
        ("iptables: 3", "iptables"),
        ("a: [", "line"),
    ],
)
def test_what_kube_proxy_would_not_start_with_is_refused_by_name(text: str, word: str) -> None:
    """A wrong value is one sentence that names it, with its line."""
    with pytest.raises(ObjectsError) as caught:
        KubeProxyConfig.from_yaml(text)
    assert word in str(caught.value)


def test_unknown_fields_are_passed_over_and_named() -> None:
    """As kube-proxy's lenient decoder does after the strict one has failed."""
    text = "clusterCidr: 10.0.0.0/8\niptables: {masqueradeAll: true, foo: 1}\nmode: nftables\n"
    config, unknown = read_config(text)
    assert unknown == ("clusterCidr", "iptables.foo")
    assert config.mode == "nftables" and config.cluster_cidrs == ()
    assert read_config(FULL)[1] == ()


def test_a_wrong_value_has_its_line() -> None:
    """File, line and word."""
    with pytest.raises(ObjectsError, match=r"proxy.yaml, line 3, '32'"):
        read_config("mode: iptables\niptables:\n  masqueradeBit: 32\n", "proxy.yaml")


NODE = NodeInfo("node", internal_ips=("172.18.0.3", "fd00::3"), pod_cidrs=("10.244.1.0/24",))


def last_rules(config: KubeProxyConfig, local: tuple[str, ...] = (), family: str = "ipv4") -> str:
    """The matches of the last rules of KUBE-SERVICES."""
    proxy = KubeProxy(NODE, config, HostFacts(local_addresses=local), family)  # type: ignore[arg-type]
    lines = [line for line in proxy.restore_text([], []).splitlines() if "must be the last" in line]
    return "; ".join(line.partition('chain" ')[2].partition(" -j")[0] for line in lines)


LOCAL = ("127.0.0.1", "172.18.0.3", "10.244.1.1", "fd00::3", "::1")


@pytest.mark.parametrize(
    ("config", "family", "expected"),
    [
        (KubeProxyConfig(), "ipv4", "-m addrtype --dst-type LOCAL"),
        (
            KubeProxyConfig(localhost_node_ports=False),
            "ipv4",
            "-m addrtype --dst-type LOCAL ! -d 127.0.0.0/8",
        ),
        (KubeProxyConfig(), "ipv6", "-m addrtype --dst-type LOCAL ! -d ::1/128"),
        (KubeProxyConfig(node_port_addresses=("172.18.0.0/16",)), "ipv4", "-d 172.18.0.3"),
        (
            KubeProxyConfig(node_port_addresses=("127.0.0.0/8", "10.0.0.0/8")),
            "ipv4",
            "-d 127.0.0.1; -d 10.244.1.1",
        ),
        (
            KubeProxyConfig(node_port_addresses=("127.0.0.0/8",), localhost_node_ports=False),
            "ipv4",
            "",
        ),
        (KubeProxyConfig(node_port_addresses=("::/64", "fd00::/8")), "ipv6", "-d fd00::3"),
        (
            KubeProxyConfig(node_port_addresses=("fd00::/8",)),
            "ipv4",
            "-m addrtype --dst-type LOCAL",
        ),
        (KubeProxyConfig(node_port_addresses=("primary",)), "ipv4", "-d 172.18.0.3"),
        (KubeProxyConfig(node_port_addresses=("9.9.9.0/24",)), "ipv4", ""),
    ],
)
def test_node_ports_are_open_on_the_addresses_asked_for(
    config: KubeProxyConfig, family: str, expected: str
) -> None:
    """One rule per local address in the networks; the loopback only with localhostNodePorts."""
    assert last_rules(config, LOCAL, family) == expected


def test_node_port_addresses_without_the_loopback_switch_localhost_off() -> None:
    """Then nothing guards 127.0.0.0/8, since route_localnet is not set."""
    on = KubeProxy(NODE, KubeProxyConfig(node_port_addresses=("127.0.0.0/8",)))
    off = KubeProxy(NODE, KubeProxyConfig(node_port_addresses=("172.18.0.0/16",)))
    assert "block incoming localnet connections" in on.restore_text([], [])
    assert "block incoming localnet connections" not in off.restore_text([], [])
    assert ":KUBE-FIREWALL - [0:0]" in off.save_text([], [])


def test_primary_alone_is_taken_for_node_port_addresses() -> None:
    """The word stands for the Node's own addresses, and only by itself."""
    config = KubeProxyConfig.from_yaml("nodePortAddresses: [primary]")
    assert last_rules(config, LOCAL) == "-d 172.18.0.3"


def test_the_first_network_of_the_family_tells_pods_from_others() -> None:
    """Of several cluster networks each family uses its first, host bits cleared."""
    config = KubeProxyConfig.from_yaml("clusterCIDR: fd00:10::/56,10.244.9.9/16,10.9.0.0/16")
    detector = KubeProxy(NODE, config).settings.detector
    assert detector is not None
    assert detector.from_pods[0].restore == "-s 10.244.0.0/16"


def test_hostname_override_is_the_name_that_makes_endpoints_local() -> None:
    """kube-proxy compares an endpoint's node with its own host name."""
    assert KubeProxy(NODE).settings.node_name == "node"
    other = KubeProxy(NODE, KubeProxyConfig.from_yaml("hostnameOverride: elsewhere"))
    assert other.settings.node_name == "elsewhere"


def test_pod_networks_of_the_node_can_tell_pods_from_others() -> None:
    """detectLocalMode NodeCIDR uses the Node's own Pod network."""
    settings = KubeProxy(NODE, KubeProxyConfig(detect_local_mode="NodeCIDR")).settings
    assert settings.detector is not None
    assert settings.detector.not_from_pods[0].restore == "! -s 10.244.1.0/24"


def test_without_an_address_of_the_family_the_loopback_stands_in() -> None:
    """kube-proxy takes 127.0.0.1 for a Node whose address it cannot find out."""
    assert KubeProxy("somewhere").settings.node_ip == "127.0.0.1"
    assert KubeProxy(NODE, family="ipv6").settings.node_ip == "fd00::3"
    bound = KubeProxy(NODE, KubeProxyConfig(bind_address="10.9.9.9"))
    assert bound.settings.node_ip == "10.9.9.9"
