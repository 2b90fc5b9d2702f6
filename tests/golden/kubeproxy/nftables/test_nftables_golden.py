"""Our table against what kube-proxy made: ``nft list ruleset`` of 40 clusters."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.kubeproxy.config import HostFacts, KubeProxyConfig
from labkit.kubeproxy.proxy import KubeProxy
from labkit.model.service import EndpointSlice, NodeInfo, Service
from tests.golden.kubeproxy.nftables.listing import blocks, tables
from tests.golden.kubeproxy.ruletext import rows

CLUSTERS = {row["variant"]: row for row in rows("clusters.jsonl.gz")}
LISTINGS = rows("nftables/listings.jsonl.gz")
STARTS = ("endpoint-", "service-", "local-", "external-", "firewall-")


def ours(row: dict[str, Any], family: str) -> str:
    """Our text for the same objects; the host had no address but the loopback."""
    cluster = CLUSTERS[row["variant"]]
    config = KubeProxyConfig.from_yaml(row["config"])
    node = next(
        NodeInfo.from_dict(item)
        for item in cluster["nodes"]
        if item["metadata"]["name"] == config.hostname_override
    )
    host = HostFacts(local_addresses=("127.0.0.1", "::1"))
    proxy = KubeProxy(node, config, host, family, service_cidrs=("10.96.0.0/16",))
    return proxy.nft_text(
        [Service.from_dict(item) for item in cluster["services"]],
        [EndpointSlice.from_dict(item) for item in cluster["endpointSlices"]],
    )


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
@pytest.mark.parametrize("row", LISTINGS, ids=lambda row: row["variant"])
def test_the_table_is_what_nft_lists(row: dict[str, Any], family: str) -> None:
    """Every set, map and chain equals kube-proxy's, but for the order of elements."""
    name = "ip kube-proxy" if family == "ipv4" else "ip6 kube-proxy"
    theirs, made = tables(row["nft"])[name], tables(ours(row, family))[name]
    assert blocks(made) == blocks(theirs)
    assert made.splitlines()[0] == theirs.splitlines()[0]


@pytest.mark.parametrize("row", LISTINGS, ids=lambda row: row["variant"])
def test_sets_and_chains_stand_in_kube_proxys_order(row: dict[str, Any]) -> None:
    """The order of everything is kube-proxy's, but for that of Services among themselves."""
    theirs = list(blocks(tables(row["nft"])["ip kube-proxy"]))
    made = list(blocks(tables(ours(row, "ipv4"))["ip kube-proxy"]))
    assert _without_services(made) == _without_services(theirs)
    for service in {_owner(name) for name in made} - {""}:
        assert [n for n in made if _owner(n) == service] == [
            n for n in theirs if _owner(n) == service
        ]


def _owner(block: str) -> str:
    """``default/backend-service/tcp/`` of a chain of a Service port, else ``""``."""
    name = block.partition(" ")[2]
    if not name.startswith(STARTS) or "/" not in name:
        return ""
    return name.partition("-")[2].partition("-")[2].partition("__")[0]


def _without_services(names: list[str]) -> list[str]:
    return [name for name in names if not _owner(name)]
