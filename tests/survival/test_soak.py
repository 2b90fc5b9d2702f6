"""A day of work in small: objects come and go, and nothing of them stays behind."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import sys
from pathlib import Path

import pytest

from labkit.clock import SystemClock
from labkit.embedded import system
from labkit.embedded.chance import chance
from labkit.embedded.controllers.expiry import MOST_EVENTS
from labkit.embedded.machinery import Machinery
from labkit.embedded.status import StatusError
from labkit.embedded.store import KEEP, Store
from tests.survival.conftest import Link, Machine, full, where

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc"),
]

CONFIGMAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
CONTAINER = {"name": "c", "image": "busybox", "command": ["sleep", "1000"]}


def resident_mb(pid: int) -> float:
    """Memory of a process now."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def open_files(pid: int) -> int:
    """How many files and sockets a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_memory_stays_flat(machine: Machine) -> None:
    """Ten thousand ConfigMaps and a thousand Pods (in full) are made and deleted: memory after
    the second half is what it was after the first, no file stays open, the log is compacted."""
    machine.up()
    server = where(machine)
    cycles, pods = full(400, 10_000), full(60, 1_000)
    with Link(server) as link:
        first = int(link.ask("GET", CONFIGMAPS).json["metadata"]["resourceVersion"])
        seen: list[float] = []
        for half in range(2):
            for number in range(cycles // 2):
                make_and_delete(link, CONFIGMAPS, f"c-{half}-{number}", {"data": {"a": "x" * 500}})
                if number % (cycles // pods) == 0:
                    spec = {"containers": [CONTAINER]}
                    make_and_delete(link, PODS, f"p-{half}-{number}", {"spec": spec})
            seen.append(resident_mb(server.pid))
            if half == 0:
                files = open_files(server.pid)
        left = link.ask("GET", PODS).json["items"] + link.ask("GET", CONFIGMAPS).json["items"]
        names = [one["metadata"]["name"] for one in left]
        assert [name for name in names if name.startswith(("c-", "p-"))] == []
        assert open_files(server.pid) <= files + 2
        assert seen[1] - seen[0] < full(8, 12), seen
        newest = int(link.ask("GET", CONFIGMAPS).json["metadata"]["resourceVersion"])
        if newest - first > 2 * KEEP:
            old = link.ask(
                "GET", f"{CONFIGMAPS}?watch=true&resourceVersion={first}&timeoutSeconds=1"
            )
            assert old.json["object"]["code"] == 410
        events = link.ask("GET", "/api/v1/events").json["items"]
        assert len(events) < MOST_EVENTS * 1.3
    logs = machine.home / "embedded" / "logs"
    assert [path.name for path in logs.iterdir() if "_p-" in path.name] == []


def make_and_delete(link: Link, path: str, name: str, body: dict[str, object]) -> None:
    """One object that comes and goes."""
    made = link.ask("POST", path, {**body, "metadata": {"name": name}})
    assert made.status == 201, made
    gone = link.ask("DELETE", f"{path}/{name}", {"gracePeriodSeconds": 0})
    assert gone.status == 200, gone


def test_no_task_is_left(tmp_path: Path) -> None:
    """Pods that ran, Deployments and watches that are gone leave no task, no address, no
    namespace of the network and no rule."""
    asyncio.run(pods_come_and_go(tmp_path, full(2, 20)))


async def pods_come_and_go(folder: Path, rounds: int) -> None:
    """Several rounds of the same; the first one may make what is made only once."""
    api = Machinery(Store(), SystemClock(), chance(1))
    running = await system.start(api, SystemClock(), runtime_dir=folder, seed=1)
    try:
        await until(lambda: len(ready(api)) == 2)  # CoreDNS
        counts = []
        for _ in range(1 + rounds):
            await one_round(api)
            await until(lambda: len(api.list("pods", "default")) == 0)
            await asyncio.sleep(1.5)
            gc.collect()
            counts.append(len(asyncio.all_tasks()))
        assert counts[-1] <= counts[0] + 1, counts
        rules = running.node_rules.rules_text("labkit-worker")
        assert "default/soak" not in rules
    finally:
        await running.stop()
    await asyncio.sleep(0.2)
    assert len(asyncio.all_tasks()) == 1, asyncio.all_tasks()


def ready(api: Machinery) -> list[object]:
    """CoreDNS's Pods that run."""
    pods = api.list("pods", "kube-system", labels="k8s-app=kube-dns")
    return [one for one in pods if one["status"].get("phase") == "Running"]


async def one_round(api: Machinery) -> None:
    """A Deployment with a Service, until its Pods are ready; then both are deleted."""
    labels = {"app": "soak"}
    web = {
        "name": "web", "image": "hashicorp/http-echo", "args": ["-listen=:80", "-text=x"],
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1},
    }  # fmt: skip
    template = {"metadata": {"labels": labels}, "spec": {"containers": [web]}}
    spec = {"replicas": 5, "selector": {"matchLabels": labels}, "template": template}
    api.create("deployments.apps", "default", {"metadata": {"name": "soak"}, "spec": spec})
    ports = {"selector": labels, "ports": [{"port": 80}]}
    api.create("services", "default", {"metadata": {"name": "soak"}, "spec": ports})
    watch = api.watch("pods", "default")

    def available() -> bool:
        found = api.get("deployments.apps", "default", "soak")["status"]
        return bool(found.get("availableReplicas", 0) == 5)

    await until(available)
    watch.close()
    api.delete("deployments.apps", "default", "soak", propagation="Background")
    api.delete("services", "default", "soak")
    with pytest.raises(StatusError):
        api.get("services", "default", "soak")


async def until(asked: object, seconds: float = 30) -> None:
    """Wait until it holds."""
    assert callable(asked)
    for _ in range(int(seconds / 0.05)):
        if asked():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to hold in time")
