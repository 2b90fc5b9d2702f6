"""Our rules against what kube-proxy wrote: equal line for line, chain by chain."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.kubeproxy.config import HostFacts, KubeProxyConfig
from labkit.kubeproxy.proxy import KubeProxy
from labkit.model.service import EndpointSlice, NodeInfo, Service
from tests.golden.kubeproxy.ruletext import declared, normalised, rows

RESTORES = rows("restore-inputs.jsonl.gz")
CLUSTERS = rows("clusters.jsonl.gz")
CASES = rows("cases.jsonl.gz")


def _objects(row: dict[str, Any], slices: str) -> tuple[list[Service], list[EndpointSlice]]:
    return (
        [Service.from_dict(item) for item in row["services"]],
        [EndpointSlice.from_dict(item) for item in row[slices]],
    )


def _restore_proxy(config: dict[str, Any]) -> KubeProxy:
    cidr = config["clusterCIDR"]
    return KubeProxy(
        NodeInfo(
            config["nodeName"],
            internal_ips=(config["nodeIP"],),
            labels=tuple(config["topologyLabels"].items()),
        ),
        KubeProxyConfig(
            cluster_cidrs=(cidr,) if cidr else (),
            masquerade_all=config["masqueradeAll"],
            localhost_node_ports=config["localhostNodePorts"],
            node_port_addresses=tuple(config["nodePortAddresses"]),
        ),
        HostFacts(
            nfacct=config["nfacct"],
            random_fully=config["randomFully"],
            tcp_be_liberal=config["conntrackTCPLiberal"],
        ),
        family="ipv6" if config["ipv6"] else "ipv4",
    )


def _case_proxy(config: dict[str, Any], nfacct: bool) -> KubeProxy:
    mode, value = config["localDetector"]["mode"], config["localDetector"].get("value", "")
    return KubeProxy(
        NodeInfo(
            config["nodeName"],
            internal_ips=(config["nodeIP"],),
            labels=tuple((config.get("nodeLabels") or {}).items()),
        ),
        KubeProxyConfig(
            cluster_cidrs=(value,) if mode == "ClusterCIDR" else (),
            detect_local_mode="ClusterCIDR" if mode == "None" else mode,
            bridge_interface=value,
            interface_name_prefix=value,
            masquerade_bit=int(config["masqueradeMark"], 16).bit_length() - 1,
            masquerade_all=config["masqueradeAll"],
            localhost_node_ports=config["localhostNodePorts"],
            node_port_addresses=tuple(config["nodePortAddresses"] or ()),
        ),
        HostFacts(
            nfacct=nfacct,
            random_fully=config["randomFully"],
            tcp_be_liberal=config["conntrackTCPLiberal"],
            local_addresses=tuple(config["nodeIPs"]),
        ),
        family="ipv6" if config["ipFamily"] == "IPv6" else "ipv4",
    )


@pytest.mark.parametrize("row", RESTORES, ids=lambda row: row["id"])
def test_full_sync_is_what_kube_proxy_feeds_to_iptables_restore(row: dict[str, Any]) -> None:
    """The restore text of a full sync equals kube-proxy's, chain by chain, line for line."""
    services, slices = _objects(row, "endpointSlices")
    text = _restore_proxy(row["config"]).restore_text(services, slices)
    assert normalised(text) == normalised(row["rules"])
    assert len(declared(text)) == len(set(declared(text)))


@pytest.mark.parametrize("row", RESTORES, ids=lambda row: row["id"])
def test_not_a_byte_differs_but_for_the_order(row: dict[str, Any]) -> None:
    """Every line is there as often as in kube-proxy's text, and with one Service port the
    whole text is the same (SEP chains for both policies come in a random order)."""
    services, slices = _objects(row, "endpointSlices")
    text = _restore_proxy(row["config"]).restore_text(services, slices)
    text = text.replace("0x00004000", "0x4000")
    assert sorted(text.splitlines()) == sorted(row["rules"].splitlines())
    ports = sum(len(item.ports) for item in services if item.cluster_ip not in ("", "None"))
    if ports <= 1 and "KUBE-SVL" not in text:
        assert text == row["rules"]


@pytest.mark.parametrize("saved", ["worker", "worker2", "legacy"])
@pytest.mark.parametrize("row", CLUSTERS, ids=lambda row: row["variant"])
def test_save_is_what_iptables_save_prints(row: dict[str, Any], saved: str) -> None:
    """The saved text equals ``iptables-save`` after kube-proxy's start, on both back ends."""
    name = "legacy" if saved == "legacy" else f"kind-{saved}"
    config = KubeProxyConfig.from_yaml(row["config"][name])
    node = next(
        NodeInfo.from_dict(item)
        for item in row["nodes"]
        if item["metadata"]["name"] == config.hostname_override
    )
    proxy = KubeProxy(node, config, backend="legacy" if saved == "legacy" else "nft")
    text = proxy.save_text(*_objects(row, "endpointSlices"))
    assert normalised(text) == normalised(row[saved])
    assert declared(text) == declared(row[saved])
    assert _frame(text) == _frame(row[saved])


def _frame(text: str) -> list[str]:
    """The lines around the rules, without dates."""
    return [line.partition(" on ")[0] for line in text.splitlines() if line[0] in "*#C"]


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["name"].partition("/")[2])
def test_edges_are_as_kube_proxy_has_them(row: dict[str, Any]) -> None:
    """Bridges, prefixes, marks, hints, dual stack and 1,001 endpoints: equal to kube-proxy's."""
    expected = row.get("expected_rules_nfacct")
    proxy = _case_proxy(row["config"], nfacct=expected is not None)
    text = proxy.restore_text(*_objects(row, "endpointslices"))
    assert normalised(text) == normalised(expected or row["expected_rules"])
