"""Resource quotas, in the words of the tasks "Manage Memory, CPU and API Resources"."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest

from tests import support
from tests.kubectl.conftest import Cluster

pytestmark = pytest.mark.kubectl

eventually = partial(support.eventually, within=20)


def pod(name: str, cpu: str = "", memory: str = "", **spec: object) -> str:
    """A Pod that asks for so much, and is limited to twice the memory."""
    resources = {}
    if cpu:
        resources = {
            "requests": {"cpu": cpu, "memory": memory},
            "limits": {"cpu": "800m", "memory": "800Mi"},
        }
    containers = [{"name": "main", "image": "nginx", "resources": resources}]
    body = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}}
    return json.dumps({**body, "spec": {"containers": containers, **spec}})


def used(cluster: Cluster, space: str, name: str) -> dict[str, str]:
    """What the status of a quota says."""
    said = cluster.done("-n", space, "get", "quota", name, "-o", "jsonpath={.status.used}")
    found: dict[str, str] = json.loads(said or "{}")
    return found


def until(cluster: Cluster, space: str, name: str, **wanted: str) -> None:
    """The status says so, after a while."""
    eventually(lambda: wanted.items() <= used(cluster, space, name).items())


def test_memory_and_cpu(cluster: Cluster, space: str) -> None:
    """600Mi of 1Gi are taken, 700Mi more are refused; a Pod without figures is refused too."""
    hard = "requests.cpu=1,requests.memory=1Gi,limits.cpu=2,limits.memory=2Gi"
    cluster.done("-n", space, "create", "quota", "mem-cpu-demo", f"--hard={hard}")
    cluster.done("-n", space, "create", "-f", "-", stdin=pod("one", "400m", "600Mi"))
    until(cluster, space, "mem-cpu-demo", **{"requests.memory": "600Mi", "limits.cpu": "800m"})
    refused = cluster.kubectl("-n", space, "create", "-f", "-", stdin=pod("two", "400m", "700Mi"))
    assert refused.err == (
        'Error from server (Forbidden): error when creating "STDIN": pods "two" is forbidden: '
        "exceeded quota: mem-cpu-demo, requested: requests.memory=700Mi, "
        "used: requests.memory=600Mi, limited: requests.memory=1Gi\n"
    )
    silent = cluster.kubectl("-n", space, "run", "silent", "--image=nginx")
    assert "failed quota: mem-cpu-demo: must specify limits.cpu for: silent" in silent.err
    cluster.done("-n", space, "delete", "pod", "one", "--now")
    until(cluster, space, "mem-cpu-demo", **{"requests.memory": "0", "limits.cpu": "0"})


def test_counts_and_types(cluster: Cluster, space: str) -> None:
    """Objects are counted by kind, Services also by type; a change of type is counted again."""
    hard = "services.nodeports=1,count/deployments.apps=1,configmaps=2"
    cluster.done("-n", space, "create", "quota", "objects", f"--hard={hard}")
    cluster.done("-n", space, "create", "deployment", "a", "--image=nginx")
    again = cluster.kubectl("-n", space, "create", "deployment", "b", "--image=nginx")
    assert (
        "exceeded quota: objects, requested: count/deployments.apps=1, "
        "used: count/deployments.apps=1, limited: count/deployments.apps=1"
    ) in again.err
    cluster.done("-n", space, "create", "service", "nodeport", "x", "--tcp=80")
    cluster.done("-n", space, "create", "service", "clusterip", "y", "--tcp=80")
    change = '{"spec":{"type":"NodePort"}}'
    turned = cluster.kubectl("-n", space, "patch", "service", "y", "-p", change)
    assert "requested: services.nodeports=1, used: services.nodeports=1" in turned.err
    counted = {"services.nodeports": "1", "count/deployments.apps": "1", "configmaps": "1"}
    until(cluster, space, "objects", **counted)  # kube-root-ca.crt is a ConfigMap too


def test_scopes(cluster: Cluster, space: str) -> None:
    """A quota with the scope BestEffort counts Pods that ask for nothing, and no others."""
    cluster.done("-n", space, "create", "quota", "free", "--hard=pods=1", "--scopes=BestEffort")
    cluster.done("-n", space, "create", "-f", "-", stdin=pod("a"))
    cluster.done("-n", space, "create", "-f", "-", stdin=pod("asking", "1m", "1Mi"))
    refused = cluster.kubectl("-n", space, "create", "-f", "-", stdin=pod("b"))
    assert "exceeded quota: free, requested: pods=1, used: pods=1, limited: pods=1" in refused.err
    until(cluster, space, "free", pods="1")


def test_a_replica_set_says_why_it_is_short(cluster: Cluster, space: str) -> None:
    """The refusal is an event and a condition of the ReplicaSet."""
    cluster.done("-n", space, "create", "quota", "pod-demo", "--hard=pods=2")
    cluster.done("-n", space, "create", "deployment", "web", "--image=nginx", "--replicas=3")
    words = "exceeded quota: pod-demo, requested: pods=1, used: pods=2, limited: pods=2"
    eventually(lambda: words in cluster.done("-n", space, "describe", "rs"))
    said = cluster.done("-n", space, "describe", "rs")
    assert re.search(r"\n  ReplicaFailure +True +FailedCreate\n", said)
    assert "Error creating: pods " in said
    about = ("-n", space, "describe", "deployment", "web")
    failed = r"\n  ReplicaFailure +True +FailedCreate\n"
    eventually(lambda: re.search(failed, cluster.done(*about)))
    cluster.done("-n", space, "scale", "deployment", "web", "--replicas=2")
    both = ("-n", space, "describe", "deployment,rs")
    eventually(lambda: "ReplicaFailure" not in cluster.done(*both))
