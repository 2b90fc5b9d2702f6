"""What learners often believe of the API and of workloads, and what the cluster shows instead.

The numbers are those of the course's table of misconceptions.
"""

from __future__ import annotations

import json
from functools import partial

import pytest

from tests import support
from tests.kubectl.conftest import Cluster

pytestmark = pytest.mark.kubectl

eventually = partial(support.eventually, within=15)

LAB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: hashicorp/http-echo:1.0
        args: ["-text=$(NAME) $(HOSTNAME)", "-listen=:8080"]
        env: [{name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
        ports: [{name: http, containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: c, image: "busybox:1.36", command: [sleep, "3600"]}]
"""
GATED = """
apiVersion: v1
kind: Pod
metadata: {name: gated, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: nginx:1.27
    command: [sh, -c, "sleep 3600"]
    readinessProbe: {exec: {command: [test, -e, /tmp/ready]}, periodSeconds: 1}
"""


@pytest.fixture(scope="module")
def lab(cluster: Cluster) -> Cluster:
    """Two web Pods, their Service, and a client."""
    cluster.done("apply", "-f", "-", stdin=LAB)
    cluster.done("rollout", "status", "deploy/web", "--timeout=30s")
    cluster.done("wait", "--for=condition=Ready", "pod/client", "--timeout=30s")
    return cluster


def ask(cluster: Cluster, where: str) -> str:
    """What the client gets from a URL; empty when nothing answers."""
    wget = ("wget", "-q", "-T", "2", "-O", "-", where)
    return cluster.kubectl("exec", "client", "--", *wget).out.strip()


def endpoints(cluster: Cluster, service: str = "web") -> dict[str, bool]:
    """The Pods of a Service's slices, and whether each is ready."""
    selector = f"kubernetes.io/service-name={service}"
    shown = cluster.done("get", "endpointslices", "-l", selector, "-o", "json")
    return {
        each["targetRef"]["name"]: each["conditions"]["ready"]
        for item in json.loads(shown)["items"]
        for each in item["endpoints"]
    }


def test_m3_a_service_selects_pods(lab: Cluster) -> None:
    """Not Deployments: a Pod that somebody else made joins by its label and leaves with it."""
    lab.done("run", "stranger", "--image=nginx:1.27", "--labels=app=web")
    eventually(lambda: endpoints(lab).get("stranger"))
    assert len(endpoints(lab)) == 3
    lab.done("label", "pod", "stranger", "app=other", "--overwrite")
    eventually(lambda: "stranger" not in endpoints(lab))
    lab.done("delete", "pod", "stranger", "--now")


def test_m3_the_service_outlives_the_deployment(lab: Cluster) -> None:
    """Deleting a Deployment leaves the Service, its address and its (empty) slice."""
    lab.done("create", "deploy", "gone", "--image=nginx:1.27")
    lab.done("expose", "deploy", "gone", "--port=80")
    lab.done("rollout", "status", "deploy/gone", "--timeout=30s")
    address = lab.done("get", "svc", "gone", "-o", "jsonpath={.spec.clusterIP}")
    lab.done("delete", "deploy", "gone")
    eventually(lambda: endpoints(lab, "gone") == {})
    assert lab.done("get", "svc", "gone", "-o", "jsonpath={.spec.clusterIP}") == address
    lab.done("delete", "svc", "gone")


def test_m4_running_is_not_ready(lab: Cluster) -> None:
    """A Pod that runs and is not ready stands in the slice as such; its readiness decides."""
    lab.done("apply", "-f", "-", stdin=GATED)
    eventually(lambda: "gated" in endpoints(lab))
    assert lab.done("get", "pod", "gated").splitlines()[1].split()[1:3] == ["0/1", "Running"]
    assert endpoints(lab)["gated"] is False
    lab.done("exec", "gated", "--", "touch", "/tmp/ready")
    eventually(lambda: endpoints(lab)["gated"])
    lab.done("exec", "gated", "--", "rm", "/tmp/ready")
    eventually(lambda: not endpoints(lab)["gated"])
    lab.done("delete", "pod", "gated", "--now")


def test_m5_endpoints_are_deprecated(lab: Cluster) -> None:
    """Reading and writing Endpoints warns; slices do not."""
    warning = (
        "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n"
    )
    assert lab.kubectl("get", "endpoints", "web").err == warning
    assert lab.kubectl("get", "endpointslices").err == ""
    own = '{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"own"},"subsets":[]}'
    assert warning in lab.kubectl("create", "-f", "-", stdin=own).err
    lab.kubectl("delete", "endpoints", "own")


def test_m6_three_ports(lab: Cluster) -> None:
    """port is the Service's, targetPort the Pod's and may be a name, containerPort is only said."""
    eventually(lambda: "web-" in ask(lab, "http://web:80"))
    assert ask(lab, "http://web:8080") == ""
    patch = '{"spec":{"ports":[{"port":80,"targetPort":"http"}]}}'
    lab.done("patch", "svc", "web", "--type=merge", "-p", patch)
    eventually(lambda: "web-" in ask(lab, "http://web:80"))
    patch = '{"spec":{"ports":[{"port":80,"targetPort":"nope"}]}}'
    lab.done("patch", "svc", "web", "--type=merge", "-p", patch)
    # The Pods stay in the slice, which has no port for them.
    of_web = ("endpointslices", "-l", "kubernetes.io/service-name=web", "-o", "jsonpath={..ports}")
    eventually(lambda: lab.done("get", *of_web) in ("", "[]", "null"))
    eventually(lambda: ask(lab, "http://web:80") == "")
    patch = '{"spec":{"ports":[{"port":80,"targetPort":8080}]}}'
    lab.done("patch", "svc", "web", "--type=merge", "-p", patch)
    eventually(lambda: "8080" in lab.done("get", *of_web))
    eventually(lambda: "web-" in ask(lab, "http://web:80"))


def test_m7_hostname_is_not_expanded(lab: Cluster) -> None:
    """``$(NAME)`` is declared and expands; ``$(HOSTNAME)`` stays; a shell knows $HOSTNAME."""
    name, literal = eventually(lambda: ask(lab, "http://web").split())
    assert name.startswith("web-")
    assert literal == "$(HOSTNAME)"
    assert lab.done("exec", "client", "--", "sh", "-c", "echo $HOSTNAME") == "client\n"


def test_m8_container_port_opens_nothing(lab: Cluster) -> None:
    """An undeclared port is reached; a declared one where nobody listens is refused."""
    lab.done("run", "silent", "--image=hashicorp/http-echo:1.0", "--port=9999", "--", "-text=ok")
    lab.done("wait", "--for=condition=Ready", "pod/silent", "--timeout=20s")
    address = lab.done("get", "pod", "silent", "-o", "jsonpath={.status.podIP}")
    eventually(lambda: ask(lab, f"http://{address}:5678") == "ok")
    wget = ("wget", "-q", "-T", "2", "-O", "-", f"http://{address}:9999")
    assert "Connection refused" in lab.kubectl("exec", "client", "--", *wget).err
    lab.done("delete", "pod", "silent", "--now")


def test_m19_replicas_may_share_a_node(lab: Cluster) -> None:
    """Nothing promises two nodes: with one closed, both replicas are on the other, Available."""
    lab.done("cordon", "labkit-worker")
    lab.done("create", "deploy", "packed", "--image=nginx:1.27", "--replicas=2")
    lab.done("rollout", "status", "deploy/packed", "--timeout=30s")
    nodes = lab.done("get", "pods", "-l", "app=packed", "-o", "jsonpath={..spec.nodeName}")
    assert nodes.split() == ["labkit-control-plane"] * 2
    lab.done("uncordon", "labkit-worker")
    lab.done("delete", "deploy", "packed")


def test_m32_variables_of_services(lab: Cluster) -> None:
    """Only Pods that start after the Service have its variables, and only in its namespace."""
    lab.done("create", "service", "clusterip", "late", "--tcp=80")
    env = ("--", "sh", "-c", "env | grep LATE_SERVICE_HOST")
    assert lab.kubectl("exec", "client", *env).out == ""
    address = lab.done("get", "svc", "late", "-o", "jsonpath={.spec.clusterIP}")
    lab.done("run", "after", "--image=busybox:1.36", "--", "sleep", "60")
    lab.done("wait", "--for=condition=Ready", "pod/after", "--timeout=20s")
    assert lab.done("exec", "after", *env) == f"LATE_SERVICE_HOST={address}\n"
    lab.done("delete", "pod/after", "svc/late", "--now")


def test_m33_the_address_lives_as_long_as_the_service(lab: Cluster) -> None:
    """Whatever is changed, the address stays and cannot be set; a new Service may get another."""
    clusterip = ("get", "svc", "brief", "-o", "jsonpath={.spec.clusterIP}")
    lab.done("create", "service", "clusterip", "brief", "--tcp=80")
    first = lab.done(*clusterip)
    lab.done("label", "svc", "brief", "a=b")
    lab.done("patch", "svc", "brief", "-p", '{"spec":{"type":"NodePort"}}')
    assert lab.done(*clusterip) == first
    said = lab.kubectl("patch", "svc", "brief", "-p", '{"spec":{"clusterIP":"10.96.3.4"}}')
    assert 'spec.clusterIPs[0]: Invalid value: ["10.96.3.4"]: may not change once set' in said.err
    found = {first}
    for _ in range(4):
        lab.done("delete", "svc", "brief")
        lab.done("create", "service", "clusterip", "brief", "--tcp=80")
        found.add(lab.done(*clusterip))
    # Drawn from some 65,000 addresses: the same five times has a chance below 1e-18.
    assert len(found) > 1
    lab.done("delete", "svc", "brief")
