"""The judge is judged: each check sees a difference when there is one."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from labkit.kubeproxy.config import KubeProxyConfig
from labkit.kubeproxy.proxy import KubeProxy
from labkit.model.service import EndpointSlice, NodeInfo, Service
from labkit.parity.canonical import chains_of, is_nft
from labkit.parity.checks.noderules import compare_chains
from labkit.parity.checks.shapes import SERVICE, fits
from labkit.parity.differences import compare_lines
from labkit.parity.masks import masked

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden" / "kubeproxy" / "clusters.jsonl.gz"
CLUSTERS: list[dict[str, Any]] = [
    json.loads(line) for line in gzip.decompress(GOLDEN.read_bytes()).splitlines()
]


def computed(row: dict[str, Any]) -> str:
    """Our rules for a recorded cluster."""
    config = KubeProxyConfig.from_yaml(row["config"]["kind-worker"])
    node = next(
        NodeInfo.from_dict(item)
        for item in row["nodes"]
        if item["metadata"]["name"] == config.hostname_override
    )
    services = [Service.from_dict(item) for item in row["services"]]
    slices = [EndpointSlice.from_dict(item) for item in row["endpointSlices"]]
    return KubeProxy(node, config).save_text(services, slices)


@pytest.mark.parametrize("row", CLUSTERS, ids=lambda row: row["variant"])
def test_real_saves_are_equal_in_canonical_form(row: dict[str, Any]) -> None:
    """The real kube-proxy's save and ours are one and the same in that form, and a save that
    lacks a line, has one more, or has two exchanged is not."""
    ours, theirs = chains_of(computed(row)), chains_of(row["worker"])
    assert list(compare_chains("worker", ours, theirs)) == []
    lines = row["worker"].splitlines(keepends=True)
    rules = [i for i, line in enumerate(lines) if line.startswith(("-A KUBE-SVC", "-A KUBE-SEP"))]
    if rules:
        lacking = lines[: rules[0]] + lines[rules[0] + 1 :]
        changed = chains_of("".join(lacking))
        assert list(compare_chains("worker", ours, changed))


def test_others_chains_of_a_real_node_do_not_count() -> None:
    """What kubelet, CNI and engine wrote on a real kind node is left out, and what kube-proxy
    wrote there, 1,000 requests later, is all there."""
    text = (TESTS / "kind" / "control-plane.rules").read_text(encoding="utf-8")
    found = chains_of(text)
    assert "DOCKER_OUTPUT" in text and not any("DOCKER" in name for name in found)
    assert not any("KUBELET" in name for name in found)
    assert len([name for name in found if name.startswith("nat KUBE-SVC-")]) == 5
    assert len([name for name in found if name.startswith("nat KUBE-SEP-")]) == 9
    jumps = [line for line in found["nat OUTPUT"] if "KUBE-SERVICES" in line]
    assert len(jumps) == 1


def test_listing_of_nft_is_told_apart() -> None:
    """A real nftables listing is read as one: its services map and its chains are there."""
    text = (TESTS / "kind" / "worker.nft").read_text(encoding="utf-8")
    assert is_nft(text)
    found = chains_of(text)
    assert {"map service-ips", "chain services"} <= found.keys()
    less = chains_of(text.replace("numgen random mod 2", "numgen random mod 3"))
    assert list(compare_chains("worker", found, less))


def test_shapes_see_a_missing_field() -> None:
    """A default that is not filled in is a difference, by its path."""
    service = {
        "spec": {
            "type": "ClusterIP", "clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9"],
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None",
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}],
        },
        "status": {"loadBalancer": {}},
    }  # fmt: skip
    found = [one.where for one in fits("service", service, SERVICE)]
    assert found == ["service.spec.internalTrafficPolicy"]


def test_order_is_a_difference() -> None:
    """The same lines in another order are not the same rules."""
    assert list(compare_lines("x", ["a", "b"], ["a", "b"])) == []
    assert list(compare_lines("x", ["a", "b"], ["b", "a"]))


def test_masks_hide_what_is_random_alone() -> None:
    """Names with random ends, addresses, ages and the lab's namespace are masked; words stay."""
    text = "backend-app-6776cf65c8-6vnzd   1/1  Running  3m5s  10.244.1.16 -n labkit-lab"
    assert masked(text, "labkit-lab") == "BACKEND-POD 1/1 Running AGE ADDRESS -n default".replace(
        " 1/1 Running AGE", "  1/1  Running  AGE"
    ).replace("AGE ADDRESS", "AGE  ADDRESS")
