"""The embedded cluster: start, memory, kubectl, lists, watches; each beside a limit or a peer."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.report import Report

PODS = 100


def run(report: Report) -> None:
    """A cluster of its own for the whole benchmark, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as home:
        environment = {**os.environ, "LABKIT_HOME": home}
        report.figure("nothing to Ready nodes (up)", starts(environment), "s", limit=1.0)
        labkit(environment, "up")
        try:
            measure(report, environment, Path(home) / "embedded")
        finally:
            labkit(environment, "down")


def labkit(environment: dict[str, str], *words: str) -> str:
    """Run labkit; gives what it printed."""
    command = [sys.executable, "-m", "labkit", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def starts(environment: dict[str, str]) -> list[float]:
    """Seconds as `labkit up` itself counts them, five times from nothing."""
    seconds = []
    for _ in range(5):
        found = re.search(r"([\d.]+) s", labkit(environment, "up", "--lang", "en"))
        assert found is not None
        seconds.append(float(found[1]))
        labkit(environment, "down")
    return seconds


def measure(report: Report, environment: dict[str, str], folder: Path) -> None:
    """The running cluster's figures."""
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    kubectl = [str(Path(sys.executable).parent / "kubectl")]
    env = {**environment, "KUBECONFIG": str(folder / "kubeconfig"), "KUBECACHEDIR": str(folder)}

    def call(*words: str) -> None:
        subprocess.run([*kubectl, *words], env=env, check=True, stdout=subprocess.DEVNULL)

    report.time("kubectl version --client (peer)", lambda: call("version", "--client"))
    report.time("kubectl get pods -A", lambda: call("get", "pods", "-A"), limit=0.3)
    with connection(state) as ask:
        hello = report.time("GET /version (peer: the server's shortest answer)", ask("version"))
        make_pods(state)
        name = f"list of {PODS} Pods (peer: /version {hello.median * 1e3:.1f} ms)"
        report.time(name, ask(f"api/v1/namespaces/bench/pods?limit={PODS}"), repeat=30, limit=0.002)
    report.figure("write to watch event", watched(state), "s", limit=0.010)
    memory = resident(state["pid"])
    if memory is None:
        report.skip("memory of the server", "no /proc here")
    else:
        report.figure("memory of the server", [memory], "MB", limit=80)


@contextmanager
def connection(state: dict[str, Any]) -> Iterator[Callable[[str], Callable[[], None]]]:
    """GET requests on one kept connection, the way kubectl keeps one."""
    link = http.client.HTTPConnection("127.0.0.1", state["port"])

    def ask(path: str) -> Callable[[], None]:
        def once() -> None:
            link.request("GET", f"/{state['secret']}/{path}")
            answer = link.getresponse()
            answer.read()
            assert answer.status == 200, answer.status

        return once

    yield ask
    link.close()


def post(state: dict[str, Any], path: str, body: dict[str, Any]) -> None:
    """Create one object."""
    link = http.client.HTTPConnection("127.0.0.1", state["port"])
    headers = {"Content-Type": "application/json"}
    link.request("POST", f"/{state['secret']}/{path}", json.dumps(body), headers)
    answer = link.getresponse()
    text = answer.read()
    assert answer.status == 201, text
    link.close()


def make_pods(state: dict[str, Any]) -> None:
    """A namespace with Pods that no node will take, so that they only lie there."""
    post(state, "api/v1/namespaces", {"metadata": {"name": "bench"}})
    for number in range(PODS):
        spec = {"nodeSelector": {"no": "where"}, "containers": [{"name": "c", "image": "busybox"}]}
        body = {"metadata": {"name": f"pod-{number}"}, "spec": spec}
        post(state, "api/v1/namespaces/bench/pods", body)


def watched(state: dict[str, Any]) -> list[float]:
    """Seconds from sending a create to reading its event on a watch, 30 times."""
    link = http.client.HTTPConnection("127.0.0.1", state["port"], timeout=30)
    path = f"/{state['secret']}/api/v1/namespaces/bench/configmaps?watch=true&resourceVersion=0"
    link.request("GET", path)
    answer = link.getresponse()
    seen: dict[str, float] = {}

    def read() -> None:
        while len(seen) < 30:
            event = json.loads(answer.readline())
            name = event["object"]["metadata"]["name"]
            if name.startswith("mark-"):
                seen[name] = time.perf_counter()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    sent = {}
    for number in range(30):
        name = f"mark-{number}"
        sent[name] = time.perf_counter()
        post(state, "api/v1/namespaces/bench/configmaps", {"metadata": {"name": name}})
        time.sleep(0.02)
    reader.join(timeout=10)
    link.close()
    return [seen[name] - sent[name] for name in seen]


def resident(pid: int) -> float | None:
    """Resident memory in MB (Linux)."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists() or shutil.which("ps") is None:
        return None
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text(encoding="utf-8"))
    return int(found[1]) / 1024 if found else None
