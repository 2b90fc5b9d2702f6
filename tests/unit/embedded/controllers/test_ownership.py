"""ReplicaSets' Pods, garbage collection, namespaces, nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.embedded.controllers.ranking import victims
from labkit.embedded.status import StatusError
from tests.unit.embedded.controllers.lab import Lab, deployment, pod, run, service

DEPLOYMENTS, SETS = "deployments.apps", "replicasets.apps"


def test_a_relabelled_pod_is_released_and_replaced(tmp_path: Path) -> None:
    """The Pod lives on without owner; the ReplicaSet makes a new one."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment())
            name = lab.pods()[0]["metadata"]["name"]
            lab.api.patch("pods", "default", name, {"metadata": {"labels": {"app": "other"}}})
            await lab.settle()
            free = lab.get("pods", name)
            assert not free["metadata"].get("ownerReferences")
            assert len(lab.pods("app=web")) == 2
            lab.api.patch("pods", "default", name, {"metadata": {"labels": {"app": "web"}}})
            await lab.advance(5)
            assert len(lab.pods("app=web")) == 2

    run(work())


def test_a_deleted_pod_is_replaced(tmp_path: Path) -> None:
    """``kubectl delete pod``: another one comes at once."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment())
            old = {p["metadata"]["name"] for p in lab.pods()}
            gone = min(old)
            lab.api.delete("pods", "default", gone)
            await lab.advance(5)
            now = {p["metadata"]["name"] for p in lab.pods()}
            assert len(now) == 2
            assert gone not in now

    run(work())


@pytest.mark.parametrize(("policy", "left"), [("Background", 0), ("Foreground", 0), ("Orphan", 2)])
def test_deleting_a_deployment(tmp_path: Path, policy: str, left: int) -> None:
    """``--cascade=background|foreground|orphan``; orphans have no owner any more."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment())
            lab.api.delete(DEPLOYMENTS, "default", "web", propagation=policy)
            await lab.advance(5)
            assert not lab.exists(DEPLOYMENTS, "web")
            assert len(lab.pods()) == left
            sets = lab.api.list(SETS, "default")
            assert len(sets) == (1 if left else 0)
            for owned in sets:
                assert not owned["metadata"].get("ownerReferences")

    run(work())


def test_foreground_waits_for_the_dependants(tmp_path: Path) -> None:
    """The Deployment is there until its last Pod is gone."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment())
            name = lab.pods()[0]["metadata"]["name"]
            hold = {"metadata": {"finalizers": ["example.test/hold"]}}
            lab.api.patch("pods", "default", name, hold)
            lab.api.delete(DEPLOYMENTS, "default", "web", propagation="Foreground")
            await lab.advance(5)
            assert lab.get(DEPLOYMENTS, "web")["metadata"]["deletionTimestamp"]
            assert len(lab.pods()) == 1
            lab.api.patch("pods", "default", name, {"metadata": {"finalizers": None}})
            await lab.advance(5)
            assert not lab.exists(DEPLOYMENTS, "web")

    run(work())


def test_a_namespace_is_furnished_and_emptied(tmp_path: Path) -> None:
    """Born with a ServiceAccount and the CA bundle; deletion takes everything inside along."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
            await lab.create("namespaces", body, None)
            assert lab.exists("serviceaccounts", "default", "team")
            assert lab.exists("configmaps", "kube-root-ca.crt", "team")
            await lab.create(DEPLOYMENTS, deployment(), "team")
            await lab.create("services", service(), "team")
            assert len(lab.pods(namespace="team")) == 2
            lab.api.delete("namespaces", None, "team")
            await lab.settle(3)
            assert lab.get("namespaces", "team", None)["status"]["phase"] == "Terminating"
            await lab.advance(5)
            assert not lab.exists("namespaces", "team", None)
            assert lab.api.list("pods", "team") == []
            assert lab.api.list("services", "team") == []
            with pytest.raises(StatusError):
                lab.get("configmaps", "kube-root-ca.crt", "team")

    run(work())


def test_the_default_account_comes_back(tmp_path: Path) -> None:
    """A deleted default ServiceAccount is made again."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            lab.api.delete("serviceaccounts", "default", "default")
            await lab.settle()
            assert lab.exists("serviceaccounts", "default")

    run(work())


def test_two_ready_nodes_without_taints(tmp_path: Path) -> None:
    """Both nodes Ready and schedulable, with leases and everything that describe shows."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            nodes = lab.api.list("nodes")
            assert [n["metadata"]["name"] for n in nodes] == [
                "labkit-control-plane",
                "labkit-worker",
            ]
            for node in nodes:
                assert not node["spec"].get("taints")
                assert len(node["status"]["nodeInfo"]) == 10
                ready = [c for c in node["status"]["conditions"] if c["type"] == "Ready"]
                assert ready[0]["status"] == "True"
                lease = lab.get(
                    "leases.coordination.k8s.io", node["metadata"]["name"], "kube-node-lease"
                )
                before = lease["spec"]["renewTime"]
                assert lease["spec"]["holderIdentity"] == node["metadata"]["name"]
            await lab.advance(11)
            lease = lab.get("leases.coordination.k8s.io", "labkit-worker", "kube-node-lease")
            assert lease["spec"]["renewTime"] > before

    run(work())


def test_cordon_and_no_execute(tmp_path: Path) -> None:
    """A cordoned node is tainted so; a NoExecute taint sends away who does not tolerate it."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            lab.api.patch("nodes", None, "labkit-worker", {"spec": {"unschedulable": True}})
            await lab.settle()
            (taint,) = lab.get("nodes", "labkit-worker", None)["spec"]["taints"]
            assert taint["key"] == "node.kubernetes.io/unschedulable"
            lab.api.patch("nodes", None, "labkit-worker", {"spec": {"unschedulable": None}})
            await lab.settle()
            assert not lab.get("nodes", "labkit-worker", None)["spec"].get("taints")
            here = {"nodeSelector": {"kubernetes.io/hostname": "labkit-worker"}}
            stays = {"tolerations": [{"key": "off", "operator": "Exists"}]}
            short = {"tolerations": [{"key": "off", "operator": "Exists",
                                      "effect": "NoExecute", "tolerationSeconds": 20}]}  # fmt: skip
            await lab.create("pods", pod("goes", **here))
            await lab.create("pods", pod("stays", **here, **stays))
            await lab.create("pods", pod("later", **here, **short))
            taint = {"key": "off", "effect": "NoExecute"}
            lab.api.patch("nodes", None, "labkit-worker", {"spec": {"taints": [taint]}})
            await lab.advance(5)
            assert {p["metadata"]["name"] for p in lab.pods()} == {"stays", "later"}
            await lab.advance(20)
            assert {p["metadata"]["name"] for p in lab.pods()} == {"stays"}

    run(work())


def test_events_go_after_an_hour(tmp_path: Path) -> None:
    """--event-ttl is one hour."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a"))
            assert lab.events("a")
            await lab.advance(3000)
            assert lab.events("a")
            await lab.advance(1000)
            assert not lab.events("a")

    run(work())


def candidate(name: str, node: str = "n1", ready: bool = True, **data: object) -> dict:
    """A Pod that a ReplicaSet might delete."""
    status = "True" if ready else "False"
    stamp = data.get("since", "2026-11-22T21:00:00Z")
    condition = {"type": "Ready", "status": status, "lastTransitionTime": stamp}
    return {
        "metadata": {
            "name": name,
            "creationTimestamp": data.get("born", "2026-11-22T21:00:00Z"),
            "annotations": data.get("annotations", {}),
        },
        "spec": {"nodeName": node},
        "status": {
            "phase": data.get("phase", "Running"),
            "conditions": [condition],
            "containerStatuses": [{"restartCount": data.get("restarts", 0)}],
        },
    }


@pytest.mark.parametrize(
    "loser",
    [
        candidate("x", node=""),
        candidate("x", phase="Pending"),
        candidate("x", ready=False),
        candidate("x", annotations={"controller.kubernetes.io/pod-deletion-cost": "-5"}, node="n2"),
        candidate("x", since="2026-11-22T21:59:00Z", node="n2"),
        candidate("x", restarts=3, node="n2"),
        candidate("x", born="2026-11-22T21:59:00Z", node="n2"),
    ],
)
def test_who_goes_first(loser: dict) -> None:
    """Each rule of the ranking in kubectl's own documentation, against two older Pods."""
    others = [candidate("a", node="n2"), candidate("b", node="n2")]
    pods = [*others, loser]
    now = 1_795_384_800.0  # 2026-11-22T22:00:00Z
    even = [candidate(n, node=node) for n, node in (("p", "n1"), ("q", "n2"))]
    assert [p["metadata"]["name"] for p in victims(pods, even, 1, now)] == ["x"]


def test_the_crowded_node_gives_one_up() -> None:
    """With all else the same, the node that holds more of the set loses a Pod."""
    pods = [candidate("a", node="n1"), candidate("b", node="n2"), candidate("c", node="n2")]
    now = 1_795_384_800.0
    assert victims(pods, pods, 1, now)[0]["spec"]["nodeName"] == "n2"
