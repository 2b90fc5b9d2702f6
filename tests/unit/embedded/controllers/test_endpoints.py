"""EndpointSlices and Endpoints: judged by what kind's slices looked like."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.embedded.controllers.lab import Lab, deployment, pod, run, service

SLICES, DEPLOYMENTS = "endpointslices.discovery.k8s.io", "deployments.apps"


def slices(lab: Lab, name: str = "web") -> list[dict]:
    """A Service's slices."""
    return lab.api.list(SLICES, "default", labels=f"kubernetes.io/service-name={name}")


def test_a_slice_as_on_kind(tmp_path: Path) -> None:
    """Name, labels, owner, ports and endpoints of the slice of a Service of two Pods."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            made = await lab.create("services", service())
            await lab.create(DEPLOYMENTS, deployment())
            (found,) = slices(lab)
            data = found["metadata"]
            assert re.fullmatch("web-[bcdfghjklmnpqrstvwxz2456789]{5}", data["name"])
            assert data["generateName"] == "web-"
            assert data["labels"] == {
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                "kubernetes.io/service-name": "web",
            }
            assert data["ownerReferences"] == [
                {
                    "apiVersion": "v1",
                    "blockOwnerDeletion": True,
                    "controller": True,
                    "kind": "Service",
                    "name": "web",
                    "uid": made["metadata"]["uid"],
                }
            ]
            assert "endpoints.kubernetes.io/last-change-trigger-time" in data["annotations"]
            assert found["addressType"] == "IPv4"
            assert found["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
            pods = {p["metadata"]["name"]: p for p in lab.pods()}
            assert len(found["endpoints"]) == 2
            for endpoint in found["endpoints"]:
                target = pods[endpoint["targetRef"]["name"]]
                assert endpoint == {
                    "addresses": [target["status"]["podIP"]],
                    "conditions": {"ready": True, "serving": True, "terminating": False},
                    "nodeName": target["spec"]["nodeName"],
                    "targetRef": {
                        "kind": "Pod",
                        "name": target["metadata"]["name"],
                        "namespace": "default",
                        "uid": target["metadata"]["uid"],
                    },
                }

    run(work())


def test_no_endpoints_keeps_the_empty_slice(tmp_path: Path) -> None:
    """Scaled to 0 or with a selector typo: the same slice stays, without ports or endpoints."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("services", service())
            await lab.create(DEPLOYMENTS, deployment())
            (before,) = slices(lab)
            change = {"spec": {"selector": {"app": "typo"}}}
            lab.api.patch("services", "default", "web", change)
            await lab.settle()
            (after,) = slices(lab)
            assert after["metadata"]["name"] == before["metadata"]["name"]
            assert not after.get("endpoints")
            assert not after.get("ports")
            lab.api.patch("services", "default", "web", {"spec": {"selector": {"app": "web"}}})
            await lab.settle()
            (again,) = slices(lab)
            assert again["metadata"]["name"] == before["metadata"]["name"]
            assert len(again["endpoints"]) == 2

    run(work())


def test_unready_and_leaving_pods(tmp_path: Path) -> None:
    """An unready Pod is not ready nor serving; one that is being deleted serves but is not
    ready; publishNotReadyAddresses calls all of them ready."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            probe = {"httpGet": {"port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
            await lab.create("services", service())
            await lab.create("services", service("all", publishNotReadyAddresses=True))
            lab.api.patch("services", "default", "all", {"spec": {"selector": {"app": "web"}}})
            probed = pod("a", labels={"app": "web"}, container={"readinessProbe": probe})
            await lab.create("pods", probed)
            await lab.create("pods", pod("b", "stubborn", labels={"app": "web"}))
            await lab.advance(1)
            await lab.exec(lab.get("pods", "a"), ["code", "500"])
            await lab.advance(2)
            lab.api.delete("pods", "default", "b")
            await lab.settle()
            got = {e["targetRef"]["name"]: e["conditions"] for e in slices(lab)[0]["endpoints"]}
            assert got == {
                "a": {"ready": False, "serving": False, "terminating": False},
                "b": {"ready": False, "serving": True, "terminating": True},
            }
            everybody = slices(lab, "all")[0]["endpoints"]
            assert [e["conditions"]["ready"] for e in everybody] == [True, True]
            old = lab.get("endpoints", "web")["subsets"]
            assert [a["targetRef"]["name"] for a in old[0]["notReadyAddresses"]] == ["a"]
            assert "addresses" not in old[0]

    run(work())


def test_named_ports_and_finished_pods(tmp_path: Path) -> None:
    """A named targetPort is looked up in each Pod; Pods that name it differently are apart;
    finished Pods are no endpoints."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            ports = [{"name": "http", "port": 80, "targetPort": "web"}]
            await lab.create("services", service(ports=ports))
            for name, number in (("a", 8080), ("b", 9090)):
                declared = {"ports": [{"name": "web", "containerPort": number}]}
                await lab.create("pods", pod(name, labels={"app": "web"}, container=declared))
            over = pod("c", "exit", "0", labels={"app": "web"}, restartPolicy="Never")
            await lab.create("pods", over)
            got = {s["endpoints"][0]["targetRef"]["name"]: s["ports"] for s in slices(lab)}
            assert got == {
                "a": [{"name": "http", "port": 8080, "protocol": "TCP"}],
                "b": [{"name": "http", "port": 9090, "protocol": "TCP"}],
            }

    run(work())


def test_headless_and_hostnames(tmp_path: Path) -> None:
    """A headless Service's slice is labelled so, and has the Pods' own names."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("services", service(clusterIP="None"))
            named = pod("a", labels={"app": "web"}, hostname="first", subdomain="web")
            await lab.create("pods", named)
            (found,) = slices(lab)
            assert found["metadata"]["labels"]["service.kubernetes.io/headless"] == ""
            assert found["endpoints"][0]["hostname"] == "first"

    run(work())


def test_the_legacy_endpoints_object(tmp_path: Path) -> None:
    """Addresses in order, managed by the controller, gone with the Service."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("services", service())
            await lab.create(DEPLOYMENTS, deployment(replicas=3))
            found = lab.get("endpoints", "web")
            (subset,) = found["subsets"]
            addresses = [a["ip"] for a in subset["addresses"]]
            assert sorted(addresses) == sorted(p["status"]["podIP"] for p in lab.pods())
            assert addresses == sorted(addresses, key=lambda a: [int(x) for x in a.split(".")])
            assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]
            label = found["metadata"]["labels"]["endpoints.kubernetes.io/managed-by"]
            assert label == "endpoint-controller"
            lab.api.delete("services", "default", "web")
            await lab.settle()
            assert not lab.exists("endpoints", "web")
            assert slices(lab) == []

    run(work())


def test_a_service_without_selector_is_left_alone(tmp_path: Path) -> None:
    """Slices made by hand stay as they are; ``kubernetes`` leads to the control plane."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("services", service("manual", selector=None))
            assert slices(lab, "manual") == []
            (found,) = slices(lab, "kubernetes")
            assert found["endpoints"][0]["addresses"] == ["172.18.0.2"]
            assert found["ports"] == [{"name": "https", "port": 6443, "protocol": "TCP"}]

    run(work())


def test_a_slice_without_ports_is_written_once(tmp_path: Path) -> None:
    """A headless Service without ports: what does not concern its Pods leaves the slice alone."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("services", service(clusterIP="None", ports=[]))
            await lab.create(DEPLOYMENTS, deployment())
            (before,) = slices(lab)
            assert len(before["endpoints"]) == 2
            await lab.advance(5)
            note = {"metadata": {"annotations": {"said": "nothing"}}}
            lab.api.patch("services", "default", "web", note)
            await lab.settle()
            (after,) = slices(lab)
            assert after == before

    run(work())
