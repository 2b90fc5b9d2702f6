"""What people believe of a ClusterIP, put to the test with the real kubectl.

The numbers are those of the course's table of misconceptions.  Bounds of chance have a false
alarm below one in a million: of 200 draws between two Pods 66 to 134 each, 65 to 134 switches;
of 1,000 draws 423 to 577.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from urllib.request import urlopen

import pytest

from tests.kubectl.conftest import Cluster, Said, environment, program
from tests.support import ROOT

pytestmark = pytest.mark.kubectl

MANIFEST = ROOT / "tests" / "kubectl" / "manifests" / "traffic.yaml"
WORKER, CONTROL = "labkit-worker", "labkit-control-plane"
NODES = (CONTROL, WORKER)
SOON = 0.3
"""Seconds in which the nodes' rules have followed a change."""


class Town:
    """Two web Pods behind a Service, one on each node, and people who ask."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.done = cluster.done
        self.address = self.done("get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}")
        self.pods = self.places()

    def places(self) -> dict[str, tuple[str, str]]:
        """Name to address and node of each ready web Pod."""
        form = "jsonpath={range .items[*]}{.metadata.name} {.status.podIP} {.spec.nodeName}{'\\n'}"
        text = self.done("get", "pods", "-l", "app=web", "-o", form + "{end}")
        return {name: (address, node) for name, address, node in map(str.split, text.splitlines())}

    def on(self, node: str) -> str:
        """The web Pod of a node."""
        return next(name for name, (_, place) in self.pods.items() if place == node)

    def sh(self, script: str, pod: str = "client", namespace: str = "default") -> Said:
        """Run a script in a Pod."""
        return self.cluster.kubectl("exec", "-n", namespace, pod, "--", "sh", "-c", script)

    def ask(
        self, times: int, pod: str = "client", url: str = "", path: str = "hostname"
    ) -> list[str]:
        """Answers of so many new connections; a failed one is an empty text."""
        url = f"http://{url or self.address}/{path}"
        loop = f"i=0; while [ $i -lt {times} ]; do curl -s -m 2 {url}; echo; i=$((i+1)); done"
        return self.sh(loop, pod).out.splitlines()

    def rules(self, node: str) -> str:
        """The node's rules with their counters."""
        with urlopen(f"{self.cluster.url}/labkit/v1/nodes/{node}/rules?counters=1") as answer:
            return str(answer.read().decode())

    def conntrack(self, node: str) -> str:
        """The node's tracked connections."""
        with urlopen(f"{self.cluster.url}/labkit/v1/nodes/{node}/conntrack") as answer:
            return str(answer.read().decode())

    def count(self, node: str, *words: str) -> int:
        """What the node's one rule with all these words has counted."""
        (line,) = [one for one in self.rules(node).splitlines() if all(w in one for w in words)]
        return int(line[1 : line.index(":")])

    def vip(self, node: str = WORKER) -> int:
        """Connections to the Service's ClusterIP that the node has counted."""
        return self.count(node, "-A KUBE-SERVICES", '"default/web cluster IP"')

    def change(self, patch: str, service: str = "web") -> None:
        """Patch a Service and wait until the rules have followed."""
        self.done("patch", "svc", service, "-p", patch)
        time.sleep(SOON)


@pytest.fixture(scope="module")
def town(cluster: Cluster) -> Town:
    """Everything of the manifest, ready."""
    cluster.done("apply", "-f", str(MANIFEST))
    cluster.done("rollout", "status", "deploy/web", "--timeout=30s")
    for namespace in ("default", "far"):
        cluster.done("wait", "-n", namespace, "--for=condition=Ready", "pod", "--all",
                     "--timeout=30s")  # fmt: skip
    time.sleep(SOON)
    made = Town(cluster)
    for name, (_, node) in made.pods.items():
        cluster.done("label", "pod", name, f"side={node}")
    return made


PLAIN = """[
 {"op": "replace", "path": "/spec/selector", "value": {"app": "web"}},
 {"op": "replace", "path": "/spec/ports", "value": [{"port": 80, "targetPort": 8080}]},
 {"op": "replace", "path": "/spec/sessionAffinity", "value": "None"},
 {"op": "replace", "path": "/spec/internalTrafficPolicy", "value": "Cluster"},
 {"op": "add", "path": "/spec/trafficDistribution", "value": null}
]"""


@pytest.fixture(autouse=True)
def as_before(town: Town) -> Iterator[None]:
    """Each test leaves the Service as it found it."""
    yield
    town.done("patch", "svc", "web", "--type=json", "-p", PLAIN)
    time.sleep(SOON)


def test_m1_the_address_is_on_no_interface(town: Town) -> None:
    """Neither on a node nor in a Pod; it is a key in every node's rules."""
    for pod in ("node-worker", "node-control", "client", *town.pods):
        said = town.sh("ip addr", pod).out
        assert "127.0.0.1/8" in said and town.address not in said
    for node in NODES:
        assert f"-d {town.address}/32" in town.rules(node)


def test_m2_ping_tests_no_service(town: Town) -> None:
    """The rules speak of TCP port 80; an echo is not answered, while the Service works."""
    said = town.sh(f"ping -c 1 -W 1 {town.address}")
    assert said.status == 1 and "100% packet loss" in said.out
    assert town.ask(1)[0] in town.pods
    address = town.pods[town.on(CONTROL)][0]
    assert "1 packets received" in town.sh(f"ping -c 1 -W 1 {address}").out


def test_m9_kube_proxy_carries_no_packets(town: Town) -> None:
    """Without any kube-proxy the Service goes on; only what is new does not come into the rules."""
    town.done("patch", "ds", "kube-proxy", "-n", "kube-system", "--type=merge", "-p",
              '{"spec":{"template":{"spec":{"nodeSelector":{"none":"here"}}}}}')  # fmt: skip
    try:
        town.done("wait", "--for=delete", "pod", "-n", "kube-system", "-l", "k8s-app=kube-proxy",
                  "--timeout=30s")  # fmt: skip
        assert set(town.ask(40)) == set(town.pods)
        town.done("expose", "deploy", "web", "--name=late", "--port=80", "--target-port=8080")
        late = town.done("get", "svc", "late", "-o", "jsonpath={.spec.clusterIP}")
        time.sleep(SOON)
        assert town.ask(1, url=late) == [""]
    finally:
        town.done("patch", "ds", "kube-proxy", "-n", "kube-system", "--type=json", "-p",
                  '[{"op":"remove","path":"/spec/template/spec/nodeSelector/none"}]')  # fmt: skip
        town.done("rollout", "status", "ds/kube-proxy", "-n", "kube-system", "--timeout=30s")
        time.sleep(SOON)
    assert town.ask(1, url=late)[0] in town.pods
    town.done("delete", "svc", "late")


def test_m10_dns_does_not_balance(town: Town) -> None:
    """The name has one address, always the same; only the headless Service names the Pods."""
    script = "nslookup {}.default.svc.cluster.local"
    seen = [town.sh(script.format("web")).out for _ in range(5)]
    assert all(re.findall(r"^Address: (\S+)", one, re.M) == [town.address] for one in seen)
    headless = town.sh(script.format("web-headless")).out
    found = set(re.findall(r"^Address: (\S+)", headless, re.M))
    assert found == {address for address, _ in town.pods.values()}


def test_m11_the_address_never_crosses_the_wire(town: Town) -> None:
    """The other node tracks Pod to Pod; only the client's own node knows the ClusterIP."""
    remote = town.pods[town.on(CONTROL)][0]
    assert set(town.ask(30)) == set(town.pods)
    client = town.done("get", "pod", "client", "-o", "jsonpath={.status.podIP}")
    there = [one for one in town.conntrack(CONTROL).splitlines() if f"src={client}" in one]
    assert any(f"dst={remote}" in one for one in there)
    assert not any(town.address in one for one in there)
    assert any(f"dst={town.address}" in one for one in town.conntrack(WORKER).splitlines())


def test_m12_m16_random_over_all_pods(town: Town) -> None:
    """200 answers: both Pods in the band, the local one not preferred, and no taking of turns."""
    names = town.ask(200)
    count = Counter(names)
    assert set(count) == set(town.pods)
    assert all(66 <= one <= 134 for one in count.values())
    assert 65 <= sum(one != other for one, other in pairwise(names)) <= 134  # in turns: 199


def test_m16_a_wish_for_nearness_must_be_said(town: Town) -> None:
    """PreferSameNode keeps a client at its node; internalTrafficPolicy Local drops without one."""
    town.change('{"spec":{"trafficDistribution":"PreferSameNode"}}')
    time.sleep(SOON)
    assert set(town.ask(30)) == {town.on(WORKER)}
    town.change('{"spec":{"trafficDistribution":null,"internalTrafficPolicy":"Local"}}')
    assert set(town.ask(30)) == {town.on(WORKER)}
    town.change(f'{{"spec":{{"selector":{{"side":"{CONTROL}"}}}}}}')
    said = town.sh(f"curl -sS -m 1 http://{town.address}/")
    assert said.status == 28 and "timed out" in said.err
    assert town.count(WORKER, "has no local endpoints", "default/web", "-j DROP") >= 1


def test_m17_m34_a_connection_not_a_request(town: Town) -> None:
    """Ten requests over one connection: one Pod, one count; ten connections: ten counts."""
    before = town.vip()
    url = f"http://{town.address}/hostname?[1-10]"
    said = town.sh(f"curl -s -w ' %{{num_connects}}\\n' '{url}'").out.split()
    assert len(set(said[::2])) == 1
    assert said[1::2] == ["1", *["0"] * 9]
    assert town.vip() == before + 1
    town.ask(10)
    assert town.vip() == before + 11


def test_m18_affinity_is_the_source_address(town: Town) -> None:
    """ClientIP: one Pod for all connections of a client, whatever cookies it sends; another
    address draws for itself."""
    town.change('{"spec":{"sessionAffinity":"ClientIP"}}')
    loop = (
        "i=0; while [ $i -lt 40 ]; do "
        f'curl -s -H "Cookie: session=$i" http://{town.address}/hostname; echo; i=$((i+1)); done'
    )
    assert len(set(town.sh(loop).out.splitlines())) == 1
    assert "--name KUBE-SEP-" in town.rules(WORKER) and "--seconds 10800" in town.rules(WORKER)
    for pod in ("node-worker", "node-control"):
        assert len(set(town.ask(10, pod))) == 1


def test_m24_a_cluster_ip_is_no_boundary(town: Town) -> None:
    """A Pod of another namespace reaches it, until a NetworkPolicy says otherwise."""
    asking = f"curl -sS -m 1 http://{town.address}/hostname"
    assert town.sh(asking, namespace="far").out in town.pods
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: own}\n"
        "spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]}\n"
    )
    town.done("apply", "-f", "-", stdin=policy)
    try:
        time.sleep(SOON)
        assert town.sh(asking, namespace="far").status == 28
        assert town.sh(asking).out in town.pods
    finally:
        town.done("delete", "netpol", "own")


def test_m25_m28_nodes_reach_it_and_are_seen_as_nodes(town: Town) -> None:
    """From a node it works (OUTPUT jumps to KUBE-SERVICES too); sources as measured on kind: the
    node's two addresses, a Pod's own, and the gateway for a Pod that reaches itself."""
    assert "-A OUTPUT" in town.rules(WORKER) and "-j KUBE-SERVICES" in town.rules(WORKER)
    sources = {one.rpartition(":")[0] for one in town.ask(40, "node-worker", path="clientip")}
    assert sources == {"10.244.1.1", "172.18.0.3"}
    own = town.done("get", "pod", "client", "-o", "jsonpath={.status.podIP}")
    assert {one.rpartition(":")[0] for one in town.ask(40, path="clientip")} == {own}


def test_m28_m29_a_pod_reaches_itself(town: Town) -> None:
    """Through its own Service: both Pods answer, and at itself it is seen as the gateway."""
    pod = town.on(WORKER)
    own = town.pods[pod][0]
    said = town.ask(40, pod, path="clientip")
    assert {one.rpartition(":")[0] for one in said} == {"10.244.1.1", own}


def test_m26_refused_has_two_causes(town: Town) -> None:
    """No endpoints: a rule refuses, and counts it.  Wrong targetPort: the DNAT is done, and the
    Pod refuses.  Both at once; kubectl's slice and the counters tell them apart."""
    asking = f"curl -sS -m 3 -w '%{{time_total}}' http://{town.address}/"
    town.change('{"spec":{"ports":[{"port":80,"targetPort":9999}]}}')
    before = town.vip()
    said = town.sh(asking)
    assert said.status == 7 and float(said.out) < 1
    assert town.vip() == before + 1
    town.change('{"spec":{"selector":{"app":"nobody"}}}')
    said = town.sh(asking)
    assert said.status == 7 and float(said.out) < 1
    assert town.count(WORKER, "has no endpoints", "default/web", "REJECT") == 1


def test_m27_nobody_tries_another_pod(town: Town) -> None:
    """One endpoint of two refuses: about half of the connections fail, and none is retried."""
    lame = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: lame, labels: {team: mixed}}\n"
        "spec: {containers: [{name: c, image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', "
        "args: [pause]}]}\n"
    )
    town.done("apply", "-f", "-", stdin=lame)
    town.done("wait", "--for=condition=Ready", "pod/lame", "--timeout=30s")
    town.done("label", "pod", town.on(WORKER), "team=mixed")
    try:
        town.change('{"spec":{"selector":{"team":"mixed","app":null}}}')
        answers = town.ask(100)
        assert 26 <= answers.count("") <= 74
    finally:
        town.done("delete", "pod", "lame")
        town.done("label", "pod", "-l", "team=mixed", "team-")


def test_m30_short_names_belong_to_a_namespace(town: Town) -> None:
    """From another namespace only ``web.default`` and the full name work; and a name with fewer
    than five dots costs a question for each suffix."""
    asking = "curl -s -o /dev/null -w '%{{exitcode}}' http://{}/"
    for name, status in (
        ("web", 6),
        ("web.default", 0),
        ("web.default.svc", 0),
        ("web.default.svc.cluster.local", 0),
    ):
        assert town.sh(asking.format(name), namespace="far").out == str(status)
    costs = [("web", 1), ("web.default", 2), ("web.default.svc.cluster.local", 4),
             ("web.default.svc.cluster.local.", 1)]  # fmt: skip
    for name, questions in costs:
        before = town.count(WORKER, '"kube-system/kube-dns:dns cluster IP"', "KUBE-SERVICES")
        assert town.sh(asking.format(name)).out == "0"
        after = town.count(WORKER, '"kube-system/kube-dns:dns cluster IP"', "KUBE-SERVICES")
        assert after - before == questions, name


def test_m31_open_connections_outlive_their_endpoint(town: Town) -> None:
    """A Pod that leaves the Service answers on over an open connection; new ones avoid it."""
    first, second = town.on(CONTROL), town.on(WORKER)
    town.change(f'{{"spec":{{"selector":{{"side":"{CONTROL}"}}}}}}')
    get = "printf 'GET /hostname HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'"
    talk = f"({get}; sleep 2; {get}; sleep 1) | nc -w 9 {town.address} 80"
    open_one = subprocess.Popen(
        [program(), "exec", "client", "--", "sh", "-c", talk],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(town.cluster.folder / "kubeconfig"),
    )
    time.sleep(1)
    town.change(f'{{"spec":{{"selector":{{"side":"{WORKER}"}}}}}}')
    assert set(town.ask(20)) == {second}
    said, _ = open_one.communicate(timeout=20)
    assert said.count(first) == 2 and second not in said


def test_a_thousand_requests_and_what_the_rules_counted(town: Town) -> None:
    """By name from a Pod: both Pods in the band of 1,000 draws, and the node's rules counted
    exactly what the answers say."""
    before = town.vip()
    marks = {
        name: town.count(WORKER, "-A KUBE-SEP", f"--to-destination {address}:8080")
        for name, (address, _) in town.pods.items()
    }
    names = Counter(town.ask(1000, url="web"))
    assert set(names) == set(town.pods)
    assert all(423 <= count <= 577 for count in names.values())
    assert town.vip() == before + 1000
    for name, (address, _) in town.pods.items():
        counted = town.count(WORKER, "-A KUBE-SEP", f"--to-destination {address}:8080")
        assert counted - marks[name] == names[name]
