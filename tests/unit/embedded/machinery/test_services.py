"""Services: what is allocated, kept through updates, refused and given back."""

from __future__ import annotations

import pytest

from labkit.embedded.machinery import Machinery
from labkit.embedded.status import StatusError
from tests.unit.embedded.machinery.samples import service


def test_an_address_is_taken_once(api: Machinery) -> None:
    """A chosen address is refused while another Service has it, and free after its deletion."""
    api.create("services", "default", service("a", clusterIP="10.96.0.7"))
    with pytest.raises(StatusError, match="provided IP is already allocated") as refused:
        api.create("services", "default", service("b", clusterIP="10.96.0.7"))
    assert refused.value.code == 422
    api.delete("services", "default", "a")
    api.create("services", "default", service("b", clusterIP="10.96.0.7"))


def test_an_update_keeps_the_address(api: Machinery) -> None:
    """A replaced Service that names no address keeps the one it has; another one is refused."""
    made = api.create("services", "default", service("a"))
    after = api.update("services", "default", "a", service("a", selector={"app": "b"}))
    assert after["spec"]["clusterIP"] == made["spec"]["clusterIP"]
    assert after["spec"]["selector"] == {"app": "b"}
    with pytest.raises(StatusError, match="may not change once set"):
        api.patch("services", "default", "a", {"spec": {"clusterIP": "10.96.0.9"}})


def test_node_ports(api: Machinery) -> None:
    """A node port is allocated, kept, refused to another and taken away with the type."""
    made = api.create("services", "default", service("a", type="NodePort"))
    (port,) = made["spec"]["ports"]
    assert 30000 <= port["nodePort"] <= 32767
    same = [{"port": 80, "nodePort": port["nodePort"]}]
    with pytest.raises(StatusError, match="provided port is already allocated"):
        api.create("services", "default", service("b", type="NodePort", ports=same))
    wrong = [{"port": 80, "nodePort": 80}]
    with pytest.raises(StatusError, match="valid ports is 30000-32767"):
        api.create("services", "default", service("b", type="NodePort", ports=wrong))
    plain = api.patch("services", "default", "a", {"spec": {"type": "ClusterIP"}}, kind="strategic")
    assert "nodePort" not in plain["spec"]["ports"][0]
    api.create("services", "default", service("b", type="NodePort", ports=same))


def test_one_number_for_two_protocols(api: Machinery) -> None:
    """The same node port may serve TCP and UDP of one Service, as on a real cluster."""
    ports = [
        {"name": "tcp", "port": 53, "protocol": "TCP", "nodePort": 30053},
        {"name": "udp", "port": 53, "protocol": "UDP", "nodePort": 30053},
    ]
    made = api.create("services", "default", service("a", type="NodePort", ports=ports))
    assert [port["nodePort"] for port in made["spec"]["ports"]] == [30053, 30053]


@pytest.mark.parametrize(
    "spec", [{"clusterIP": "None"}, {"type": "ExternalName", "externalName": "a.test"}]
)
def test_services_without_an_address(api: Machinery, spec: dict[str, str]) -> None:
    """A headless Service and an ExternalName are given none."""
    made = api.create("services", "default", service("a", **spec))
    assert made["spec"].get("clusterIP") == spec.get("clusterIP")
    assert made["spec"].get("clusterIPs") == (["None"] if "clusterIP" in spec else None)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"ipFamilies": ["IPv6"]}, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on'),
        ({"clusterIP": "fd00::1"}, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on'),
        (
            {"ipFamilyPolicy": "RequireDualStack"},
            'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not '
            "configured for dual-stack services",
        ),
    ],
)
def test_families(api: Machinery, spec: dict[str, object], words: str) -> None:
    """A cluster with IPv4 alone refuses what needs IPv6, and takes what only prefers it."""
    with pytest.raises(StatusError) as refused:
        api.create("services", "default", service("a", **spec))
    assert words in refused.value.message
    made = api.create("services", "default", service("b", ipFamilyPolicy="PreferDualStack"))
    assert made["spec"]["ipFamilies"] == ["IPv4"]
    assert len(made["spec"]["clusterIPs"]) == 1


def test_a_headless_service_without_a_selector(api: Machinery) -> None:
    """Nobody checks which families its slices will have: the policy is RequireDualStack."""
    made = api.create("services", "default", service("a", clusterIP="None", selector=None))
    assert made["spec"]["ipFamilyPolicy"] == "RequireDualStack"
    assert made["spec"]["ipFamilies"] == ["IPv4", "IPv6"]
