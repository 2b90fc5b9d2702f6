"""Names of chains: hashes that kube-proxy itself computed."""

from __future__ import annotations

import pytest

from labkit.kubeproxy.names import endpoint_chain, service_chain, service_port_name


@pytest.mark.parametrize(
    ("port_name", "protocol", "chain"),
    [
        ("ns1/svc1:p80", "tcp", "KUBE-SVC-XPGD46QRK7WJZT7O"),
        ("ns1/svc1", "tcp", "KUBE-SVC-AQI2S6QIMU7PVVRP"),
        ("default/kubernetes:https", "tcp", "KUBE-SVC-NPX46M4PTMTKRN6Y"),
    ],
)
def test_service_chains_have_the_hash_that_kube_proxy_gives_them(
    port_name: str, protocol: str, chain: str
) -> None:
    """The chain of a Service port is named as on a real node."""
    assert service_chain("KUBE-SVC-", port_name, protocol) == chain


def test_endpoint_chain_has_the_hash_that_kube_proxy_gives_it() -> None:
    """The chain of an endpoint is named as on a real node."""
    chain = endpoint_chain("ns1/svc1:p80", "tcp", "10.180.0.1:80")
    assert chain == "KUBE-SEP-SXIVWICOYRO3J4NJ"


def test_a_port_without_a_name_adds_no_colon() -> None:
    """``ns/name`` alone names the only port of a Service."""
    assert service_port_name("shop/web", "") == "shop/web"
    assert service_port_name("shop/web", "http") == "shop/web:http"
