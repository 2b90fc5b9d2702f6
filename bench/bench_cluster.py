"""The embedded cluster: start, memory, kubectl, lists, watches; each beside a limit and a peer.

The peer of kubectl's commands is a kubectl that asks nobody; the peer of the server's answers is
a bare tornado in a process of its own that sends as many bytes back.
"""

from __future__ import annotations

import http.client
import json
import os
import re
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

PODS, MARKS, STARTS = 100, 30, 5
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
POD_LIST = "api/v1/namespaces/bench/pods?limit=500"
BARE_TORNADO = """
import asyncio, sys, tornado.web
body = b"x" * int(sys.argv[1])
class Hello(tornado.web.RequestHandler):
    def get(self):
        self.set_header("Content-Type", "application/json")
        self.write(body)
async def main():
    server = tornado.web.Application([("/.*", Hello)]).listen(0, "127.0.0.1")
    print(next(iter(server._sockets.values())).getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""

Ask = Callable[..., Callable[[], int]]


def run(report: Report) -> None:
    """A cluster of its own for the whole benchmark, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as home:
        environment = {**os.environ, "LABKIT_HOME": home}
        report.figure("from nothing to Ready nodes", starts(environment), "s", limit=1.0)
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
    """Seconds as ``labkit up`` itself counts them, each time from an empty folder."""
    seconds = []
    for _ in range(STARTS):
        seconds.append(float(json.loads(labkit(environment, "up", "--json"))["seconds"]))
        labkit(environment, "down")
    return seconds


def measure(report: Report, environment: dict[str, str], folder: Path) -> None:
    """The running cluster's figures."""
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    resident(report, "memory of the server, fresh", state["pid"])
    through_kubectl(report, environment, folder)
    make_pods(state)
    lists(report, state)
    report.figure("write to watch event", watched(state), "s", limit=0.010)
    resident(report, f"memory of the server, {PODS} Pods and {MARKS} ConfigMaps", state["pid"])


def through_kubectl(report: Report, environment: dict[str, str], folder: Path) -> None:
    """Whole commands, process start included."""
    program = str(Path(sys.executable).parent / "kubectl")
    own = {"KUBECONFIG": str(folder / "kubeconfig"), "KUBECACHEDIR": str(folder / "kube-cache")}

    def call(*words: str) -> None:
        command = [program, *words]
        subprocess.run(command, env={**environment, **own}, check=True, stdout=subprocess.DEVNULL)

    report.time("kubectl version --client (peer)", lambda: call("version", "--client"))
    report.time("kubectl get pods", lambda: call("get", "pods", "-A"), limit=0.3)


def lists(report: Report, state: dict[str, Any]) -> None:
    """Lists over one kept connection, the way kubectl keeps one."""
    secret = state["secret"]
    with asking(state["port"]) as ask:
        size = ask(f"{secret}/{POD_LIST}")()
        with bare_tornado(size) as port, asking(port) as ask_bare:
            report.time(f"bare tornado, {size:,} bytes (peer)", ask_bare(""), repeat=50)
        report.time(f"list of {PODS} Pods", ask(f"{secret}/{POD_LIST}"), repeat=50, limit=0.002)
        table = ask(f"{secret}/{POD_LIST}", TABLE)
        report.time(f"list of {PODS} Pods as kubectl's table", table, repeat=50)
        few = ask(f"{secret}/api/v1/namespaces/kube-system/pods", TABLE)
        report.time("list of 2 Pods as kubectl's table", few, repeat=50, limit=0.002)


@contextmanager
def asking(port: int) -> Iterator[Ask]:
    """GET requests on one connection; each gives the number of bytes of its answer."""
    link = http.client.HTTPConnection("127.0.0.1", port)

    def ask(path: str, accept: str = "application/json") -> Callable[[], int]:
        def once() -> int:
            link.request("GET", f"/{path}", headers={"Accept": accept})
            answer = link.getresponse()
            body = answer.read()
            assert answer.status == 200, (answer.status, body)
            return len(body)

        return once

    yield ask
    link.close()


@contextmanager
def bare_tornado(size: int) -> Iterator[int]:
    """A tornado that answers everything with so many bytes; its port."""
    command = [sys.executable, "-c", BARE_TORNADO, str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield int(child.stdout.readline())
        finally:
            child.kill()


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
    """A namespace with Pods that wait (a scheduling gate), so that they only lie there."""
    post(state, "api/v1/namespaces", {"metadata": {"name": "bench"}})
    for number in range(PODS):
        spec = {
            "schedulingGates": [{"name": "example.org/wait"}],
            "containers": [{"name": "c", "image": "busybox"}],
        }
        body = {"metadata": {"name": f"pod-{number}"}, "spec": spec}
        post(state, "api/v1/namespaces/bench/pods", body)
    time.sleep(1.0)  # the controllers' own writes come after ours


def watched(state: dict[str, Any]) -> list[float]:
    """Seconds from sending a create to reading its event on a watch."""
    link = http.client.HTTPConnection("127.0.0.1", state["port"], timeout=30)
    path = f"/{state['secret']}/api/v1/namespaces/bench/configmaps?watch=true&resourceVersion=0"
    link.request("GET", path)
    answer = link.getresponse()
    seen: dict[str, float] = {}

    def read() -> None:
        while len(seen) < MARKS:
            name = json.loads(answer.readline())["object"]["metadata"]["name"]
            if name.startswith("mark-"):
                seen[name] = time.perf_counter()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    sent = {}
    for number in range(MARKS):
        name = f"mark-{number}"
        sent[name] = time.perf_counter()
        post(state, "api/v1/namespaces/bench/configmaps", {"metadata": {"name": name}})
        time.sleep(0.02)
    reader.join(timeout=10)
    link.close()
    return [seen[name] - sent[name] for name in sent]


def resident(report: Report, name: str, pid: int, limit: float = 80) -> None:
    """Resident memory in MB (Linux)."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        report.skip(name, "no /proc here")
        return
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text(encoding="utf-8"))
    assert found is not None
    report.figure(name, [int(found[1]) / 1024], "MB", limit=limit)
