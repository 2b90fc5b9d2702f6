"""The server is killed with kill -9 while Pods work: nothing is lost, and work goes on."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import pytest

from tests.faults.conftest import Machine

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9"),
]

KINDS = "pods,services,deployments,replicasets,endpointslices,configmaps,namespaces,nodes"


def lasting(objects: dict[str, Any]) -> dict[str, Any]:
    """What must not change by a restart: all of an object but a Node's heartbeat."""
    return {
        uid: without_heartbeat(one) if one["kind"] == "Node" else one
        for uid, one in objects.items()
    }


def without_heartbeat(node: dict[str, Any]) -> dict[str, Any]:
    """The node without the hour of its last sign of life, and the version that it makes."""
    conditions = [
        {key: value for key, value in condition.items() if key != "lastHeartbeatTime"}
        for condition in node["status"]["conditions"]
    ]
    metadata = {key: value for key, value in node["metadata"].items() if key != "resourceVersion"}
    return {**node, "metadata": metadata, "status": {**node["status"], "conditions": conditions}}


def test_everything_is_as_it_was(machine: Machine) -> None:
    """uid, spec, status, Pod IPs and restart counts are those of before; the client's own log
    goes on with new answers; events, a Pod that had failed and a ConfigMap are there too."""
    machine.up()
    machine.apply_the_lab()
    machine.kubectl("create", "configmap", "mine", "--from-literal=a=b")
    machine.kubectl("run", "done", "--image=busybox", "--restart=Never", "--", "sh", "-c", "exit 3")
    phase = ("get", "pod", "done", "-o", "jsonpath={.status.phase}")
    machine.until(lambda: machine.kubectl(*phase) == "Failed")
    before = lasting(machine.objects(KINDS))
    old = machine.pid()
    os.kill(old, signal.SIGKILL)
    said = machine.try_kubectl("get", "pods")
    assert said.status != 0
    assert "Traceback" not in said.err
    assert "labkit up" in machine.labkit("status").out
    assert "Back with all its objects" in machine.up()
    assert lasting(machine.objects(KINDS)) == before
    restarts = "jsonpath={.items[*].status.containerStatuses[0].restartCount}"
    assert set(machine.kubectl("get", "pods", "-o", restarts).split()) == {"0"}
    seen = machine.kubectl("logs", "client-pod").count("Hello from Pod")
    machine.until(lambda: machine.kubectl("logs", "client-pod").count("Hello from Pod") > seen)
    assert "ScalingReplicaSet" in machine.kubectl("get", "events")
    new = machine.pid()
    assert new != old
    assert "Running already" in machine.up()
    assert machine.pid() == new


def test_killed_again_and_again(machine: Machine) -> None:
    """Killed right after it answered, three times over: each acknowledged object is there."""
    machine.up()
    for number in range(3):
        machine.kubectl("create", "configmap", f"mark-{number}")
        os.kill(machine.pid(), signal.SIGKILL)
        machine.up()
    found = machine.kubectl("get", "configmaps", "-o", "name").split()
    assert {f"configmap/mark-{number}" for number in range(3)} <= set(found)


def test_pid_that_somebody_else_has_now(machine: Machine) -> None:
    """A state file whose process number now belongs to a stranger: up brings the objects back and
    leaves the stranger alone."""
    machine.up()
    machine.kubectl("create", "configmap", "mine")
    os.kill(machine.pid(), signal.SIGKILL)
    path = machine.home / "embedded" / "state.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(str(machine.pid()), str(os.getpid())), encoding="utf-8")
    assert machine.pid() == os.getpid()
    assert "Back with all its objects" in machine.up()
    assert machine.pid() != os.getpid()
    assert "mine" in machine.kubectl("get", "configmaps")
