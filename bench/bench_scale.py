"""The embedded cluster with 500 running Pods, 200 Services and 20 watches; 2 to 20 replicas.

Beside lists stands a bare tornado that sends as many bytes; beside a request through the rules,
one to a Pod's own address in the same run.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.bench_cluster import asking, bare_tornado, labkit, post, resident
from bench.report import Report

PODS, SERVICES, WATCHES, MARKS = 480, 200, 20, 100
DEPLOYMENTS = 48
NODES = ("labkit-control-plane", "labkit-worker")
Body = dict[str, Any]


def run(report: Report) -> None:
    """A cluster of its own, whose nodes take more Pods than the usual 110 each."""
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as home:
        environment = {**os.environ, "LABKIT_HOME": home}
        labkit(environment, "up")
        try:
            measure(report, environment, Path(home) / "embedded")
        finally:
            labkit(environment, "down")
    through_rules(report)


def measure(report: Report, environment: dict[str, str], folder: Path) -> None:
    """The figures of one cluster, from small to full."""
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    post(state, "api/v1/namespaces", {"metadata": {"name": "scale"}})
    more = {"status": {"allocatable": {"pods": "260"}, "capacity": {"pods": "260"}}}
    for node in NODES:
        ask(state, "PATCH", f"api/v1/nodes/{node}/status", more, MERGE)
    report.figure("2 to 20 replicas ready", [grown(state, n) for n in range(5)], "s", limit=2.0)
    began = time.perf_counter()
    fill(state)
    report.figure(
        f"{PODS} Pods and {SERVICES} Services running", [time.perf_counter() - began], "s"
    )
    report.figure("2 to 20 replicas ready, beside them", [grown(state, 9)], "s", limit=2.0)
    lists(report, state)
    watchers = [Watch(state, "configmaps") for _ in range(WATCHES)]
    waited = [one for number in range(MARKS) for one in marked(state, watchers, number)]
    report.figure(f"write to watch, {WATCHES} watches", waited, "s", limit=0.020)
    report.figure("the same, 99th percentile", [percentile(waited, 99)], "s", limit=0.100)
    synced = [in_sync(state, number) for number in range(10)]
    report.figure("a change in both nodes' rules", synced, "s", limit=1.0)
    resident(report, "memory of the server", state["pid"], limit=250)
    for watcher in watchers:
        watcher.close()


def percentile(values: list[float], percent: int) -> float:
    """That percentile of some values."""
    return statistics.quantiles(values, n=100)[percent - 1]


def deployment(name: str, replicas: int) -> Body:
    """Pods of http-echo that are ready when they listen."""
    labels = {"app": name}
    probe = {"httpGet": {"path": "/", "port": 8080}}
    container = {
        "name": "web", "image": "hashicorp/http-echo:1.0.0",
        "args": ["-listen=:8080", "-text=hello"], "readinessProbe": probe,
    }  # fmt: skip
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"metadata": {"name": name}, "spec": spec}


def ask(state: Body, method: str, path: str, body: Any = None, media: str = "") -> Any:
    """One request, its answer as JSON."""
    link = http.client.HTTPConnection("127.0.0.1", state["port"], timeout=60)
    headers = {"Content-Type": media or "application/json"}
    data = None if body is None else json.dumps(body)
    try:
        link.request(method, f"/{state['secret']}/{path}", data, headers)
        answer = link.getresponse()
        text = answer.read()
        assert answer.status < 300, (method, path, text)
        return json.loads(text) if text[:1] == b"{" else text.decode()
    finally:
        link.close()


def until(asked: Callable[[], bool], limit: float = 120, every: float = 0.01) -> float:
    """Seconds until it holds."""
    began = time.perf_counter()
    while not asked():
        assert time.perf_counter() < began + limit, "it did not come to hold"
        time.sleep(every)
    return time.perf_counter() - began


APPS = "apis/apps/v1/namespaces/scale/deployments"
MERGE = "application/merge-patch+json"


def ready(state: Body, name: str, count: int) -> bool:
    """Whether so many replicas of a Deployment are ready."""
    status = ask(state, "GET", f"{APPS}/{name}")["status"]
    return bool(status.get("readyReplicas", 0) == count)


def grown(state: Body, number: int) -> float:
    """Seconds from the patch to 20 replicas until all of them are ready."""
    name = f"grow-{number}"
    ask(state, "POST", APPS, deployment(name, 2))
    until(lambda: ready(state, name, 2))
    began = time.perf_counter()
    ask(state, "PATCH", f"{APPS}/{name}", {"spec": {"replicas": 20}}, MERGE)
    until(lambda: ready(state, name, 20), every=0.03)
    took = time.perf_counter() - began
    ask(state, "DELETE", f"{APPS}/{name}")
    until(lambda: not _left(state, name))
    return took


def _left(state: Body, name: str) -> list[Any]:
    path = f"api/v1/namespaces/scale/pods?labelSelector=app%3D{name}"
    return list(ask(state, "GET", path)["items"])


def fill(state: Body) -> None:
    """Deployments of ten Pods each, four Services in front of each, until all is ready."""
    for number in range(DEPLOYMENTS):
        ask(state, "POST", APPS, deployment(f"web-{number}", PODS // DEPLOYMENTS))
    for number in range(SERVICES):
        selector = {"app": f"web-{number % DEPLOYMENTS}"}
        spec = {"selector": selector, "ports": [{"port": 80, "targetPort": 8080}]}
        body = {"metadata": {"name": f"service-{number}"}, "spec": spec}
        ask(state, "POST", "api/v1/namespaces/scale/services", body)
    wanted = PODS // DEPLOYMENTS

    def all_ready() -> bool:
        items = ask(state, "GET", APPS)["items"]
        return all(one["status"].get("readyReplicas", 0) == wanted for one in items)

    until(all_ready, limit=300, every=0.5)
    time.sleep(2)  # the last slices and rules


def lists(report: Report, state: Body) -> None:
    """All Pods, beside as many bytes from a bare tornado."""
    path = f"{state['secret']}/api/v1/pods"
    with asking(state["port"]) as asked:
        size = asked(path)()
        with bare_tornado(size) as port, asking(port) as bare:
            report.time(f"bare tornado, {size:,} bytes (peer)", bare(""), repeat=20)
        report.time(f"list of all {PODS} Pods", asked(path), repeat=20, limit=0.050)
        table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
        report.time("the same as kubectl's table", asked(path, table), repeat=20)


class Watch(threading.Thread):
    """A watch; ``seen`` are the names of what came, and when."""

    def __init__(self, state: Body, kind: str) -> None:
        super().__init__(daemon=True)
        self._link = http.client.HTTPConnection("127.0.0.1", state["port"], timeout=300)
        path = f"/{state['secret']}/api/v1/namespaces/scale/{kind}?watch=true&resourceVersion=0"
        self._link.request("GET", path)
        self._answer = self._link.getresponse()
        self.seen: dict[str, float] = {}
        self.start()

    def run(self) -> None:
        while line := self._answer.readline():
            now = time.perf_counter()
            self.seen[json.loads(line)["object"]["metadata"]["name"]] = now

    def close(self) -> None:
        """End it."""
        sock = self._link.sock
        if sock is not None:
            sock.shutdown(2)
        self.join(10)
        self._answer.close()
        self._link.close()


def marked(state: Body, watchers: list[Watch], number: int) -> list[float]:
    """Seconds from sending a create until each watch has it."""
    name = f"mark-{number}"
    began = time.perf_counter()
    post(state, "api/v1/namespaces/scale/configmaps", {"metadata": {"name": name}})
    until(lambda: all(name in one.seen for one in watchers), limit=20, every=0.002)
    return [one.seen[name] - began for one in watchers]


def in_sync(state: Body, number: int) -> float:
    """Seconds from a new Service until both nodes have a rule for it."""
    name = f"late-{number}"
    spec = {"selector": {"app": "web-0"}, "ports": [{"port": 80, "targetPort": 8080}]}
    began = time.perf_counter()
    body = {"metadata": {"name": name}, "spec": spec}
    address = ask(state, "POST", "api/v1/namespaces/scale/services", body)["spec"]["clusterIP"]

    def both() -> bool:
        rule = f"-A KUBE-SERVICES -d {address}/32"
        paths = [f"labkit/v1/nodes/{node}/rules" for node in NODES]
        return all(rule in ask(state, "GET", path) for path in paths)

    until(both, limit=30, every=0.05)
    return time.perf_counter() - began


def through_rules(report: Report) -> None:
    """Whole HTTP requests from Pod to Service, in process: connection, rules, answer, end."""
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "bench.throughput"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    report.figure("requests to a Pod's address (peer)", found["direct"], "requests/s of CPU")
    report.figure(
        "requests through the rules of 200 Services",
        found["service"],
        "requests/s of CPU",
        limit=2000,
        more_is_better=True,
    )
