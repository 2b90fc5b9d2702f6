"""The lab says so when it did not do what it says; a scripted kubectl stands in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from labkit.clock import ManualClock
from labkit.cluster.kubectl import Answer, Kubectl
from labkit.errors import CommandFailed, LabError
from labkit.lab.answers import Place
from labkit.lab.record import as_json
from labkit.lab.run import LabRun
from labkit.words import Words

PLACES = (Place("a", "labkit-control-plane"), Place("b", "labkit-worker"))
RANDOM = "abbabaaabbbabaababbbaabab" * 8


class Script(Kubectl):
    """Answers by the first words of a command that fit; everything else is empty and fine."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self._words = Words("en")

    def run(self, *arguments: str, stdin: str | None = None, timeout: float = 0) -> Answer:
        command = " ".join(arguments)
        self.asked.append(command)
        said = next((said for key, said in self.answers.items() if command.startswith(key)), "")
        if isinstance(said, Exception):
            return Answer(arguments, 1, "", f"{said}\n", 0.1)
        text = said if isinstance(said, str) else json.dumps(said)
        return Answer(arguments, 0, text, "", 0.1)

    def stream(self, *arguments: str, on_line: Callable[[str], bool], seconds: float) -> Answer:
        answer = self.run(*arguments)
        for line in answer.stdout.splitlines():
            if not on_line(line):
                break
        return answer


class Silent:
    """A reporter that shows nothing."""

    def heading(self, text: str) -> None: ...

    def command(self, text: str) -> None: ...

    def output(self, text: str) -> None: ...

    def note(self, text: str) -> None: ...

    def progress(self, text: str) -> None: ...


def pod(name: str, node: str, ready: bool = True) -> dict[str, Any]:
    """A Pod as kubectl shows it."""
    return {
        "metadata": {"name": name},
        "spec": {"nodeName": node},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def said(labels: str) -> str:
    """What the backend answers, one letter for each Pod."""
    nodes = {place.pod: place.node for place in PLACES}
    lines = (f"Hello from Pod {one} on node {nodes.get(one, 'labkit-worker')}" for one in labels)
    return "\n".join(lines) + "\n"


def lab(requests: int = 200, **answers: Any) -> LabRun:
    """A lab against a healthy cluster, but for what ``answers`` say."""
    healthy = {
        "get pods -l": {"items": [pod(one.pod, one.node) for one in PLACES]},
        "get endpointslices -l kubernetes.io/service-name=backend-service -o json": {
            "items": [{"endpoints": [{"addresses": ["10.244.0.3"]}, {"addresses": ["10.244.1.3"]}]}]
        },
        "get pod client-pod": pod("client-pod", "labkit-worker"),
        "logs": said("abbab"),
        "exec": said(RANDOM),
    }
    script = Script({key.replace("_", " "): value for key, value in answers.items()} | healthy)
    script.answers |= {key.replace("_", " "): value for key, value in answers.items()}
    return LabRun(script, Silent(), ManualClock(), Words("en"), requests)


def test_healthy() -> None:
    """With a healthy cluster nothing is complained about, and the record is whole."""
    run = lab()
    answers = run.measure(run.build())
    run.conclude(answers)
    run.clean_up()
    assert answers.tally() == {"a": 96, "b": 104}
    made = as_json(run.record, backend="x", manifests="fixed", requests=200, seconds=1.0, error="")
    assert made["answers"][0] == {
        "pod": "a",
        "node": "labkit-control-plane",
        "client_node": "labkit-worker",
    }
    assert made["verdict"] == "random"
    assert [step["command"] for step in made["steps"]][-1] == (
        "kubectl delete -f backend-deployment.yaml"
    )


@pytest.mark.parametrize(
    "pods",
    [
        [pod("a", "labkit-worker"), pod("b", "labkit-worker")],
        [pod("a", "labkit-worker")],
        [pod("a", "labkit-control-plane"), pod("b", "labkit-worker", ready=False)],
    ],
)
def test_not_two_on_two(pods: list[dict[str, Any]]) -> None:
    """Two Pods on one node, one Pod, or one that is not ready: the lab says what it found."""
    with pytest.raises(LabError, match="Expected 2 ready Pods on 2 nodes"):
        lab(**{"get_pods_-l": {"items": pods}}).build()


def test_endpoints_that_never_come() -> None:
    """A Service that gets no endpoints: the lab waits for a while and says so."""

    class Impatient(ManualClock):
        def monotonic(self) -> float:
            self.turn(20.0)
            return super().monotonic()

    run = lab(
        **{
            "get_endpointslices_-l_kubernetes.io/service-name=backend-service_-o_json": {
                "items": []
            }
        }
    )
    run._clock = Impatient()
    with pytest.raises(LabError, match="did not get 2 ready endpoints"):
        run.build()


def test_client_without_answers() -> None:
    """A log without a single answer is a failed lab."""
    with pytest.raises(LabError, match="no answer"):
        lab(logs="Connecting to backend-service...\n").build()


def test_missing_answers() -> None:
    """One answer too few is a failed lab; those that came are in the record."""
    run = lab(exec=said(RANDOM[:-1]))
    with pytest.raises(LabError, match="199 answers of 200"):
        run.measure(PLACES)
    assert run.record.answers is not None
    assert len(run.record.answers) == 199


def test_strangers() -> None:
    """An answer of a Pod that is not of the backend is a failed lab."""
    with pytest.raises(LabError, match=r"no Pod of the backend: z\."):
        lab(exec=said("z" + RANDOM[1:])).measure(PLACES)


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        ("a" * 200, "One Pod gave all 200"),
        ("a" * 150 + "b" * 50, "uneven"),
        ("a" * 100 + "b" * 100, "too often in a row"),
    ],
)
def test_splits_that_no_proxy_makes(labels: str, word: str) -> None:
    """A split that neither chance nor turns make is a failed lab, with the reason."""
    run = lab(exec=said(labels))
    with pytest.raises(LabError, match=word):
        run.conclude(run.measure(PLACES))


@pytest.mark.parametrize("labels", ["ab" * 100, RANDOM])
def test_turns_and_chance_are_both_found(labels: str) -> None:
    """Round robin (another proxy mode) is a finding, not a failure."""
    run = lab(exec=said(labels))
    run.conclude(run.measure(PLACES))


def test_failing_command_ends_the_lab() -> None:
    """A command that fails ends the lab with kubectl's own words; the record has its status."""
    run = lab(**{"apply_-f_backend-service.yaml": RuntimeError("Error: port 70000 is no port")})
    with pytest.raises(CommandFailed, match="port 70000 is no port"):
        run.build()
    assert run.record.steps[-1].status == 1
    assert "port 70000" in run.record.steps[-1].output


def test_leftovers_are_refused_and_named() -> None:
    """Objects of the lab's names that are there already are somebody's work."""
    run = lab(get_deployment="deployment.apps/backend-app\npod/client-pod\n")
    with pytest.raises(LabError, match=r"deployment/backend-app, pod/client-pod.*--replace"):
        run.refuse_leftovers()


def test_clean_up_checks_that_nothing_stays() -> None:
    """A delete that leaves something behind is a failed lab."""
    with pytest.raises(LabError, match="still in the cluster: service/backend-service"):
        lab(get_deployment="service/backend-service\n").clean_up()
