"""The objects on which the checks look, and how a check asks the cluster: kubectl alone.

Two replicas of the Kubernetes project's own test server (agnhost: it says its name and who
asked), a Service in front of them, and a client.  Names and manifests are those of the recorded
transcripts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from labkit.clock import Clock
from labkit.cluster.base import Cluster
from labkit.cluster.kubectl import Answer, Kubectl
from labkit.words import Words

Json = dict[str, Any]
SERVER = "registry.k8s.io/e2e-test-images/agnhost:2.53"
CLIENT = "busybox:1.36"
SELECTOR = "app=backend"
MADE = (
    "deployment/backend-app",
    "service/backend-service",
    "service/headless",
    "service/nobody",
    "service/sticky",
    "service/local",
    "pod/client-pod",
    "pod/host-client",
)
"""Everything that the checks make; nothing else is deleted."""

OBJECTS = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: backend-app, labels: {{app: backend}}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: backend}}}}
  template:
    metadata: {{labels: {{app: backend}}}}
    spec:
      terminationGracePeriodSeconds: 1
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: kubernetes.io/hostname
        whenUnsatisfiable: ScheduleAnyway
        labelSelector: {{matchLabels: {{app: backend}}}}
      containers:
      - name: backend-container
        image: {SERVER}
        args: [netexec, --http-port=8080]
        env:
        - name: NODE_NAME
          valueFrom: {{fieldRef: {{fieldPath: spec.nodeName}}}}
        ports: [{{containerPort: 8080}}]
---
apiVersion: v1
kind: Service
metadata: {{name: backend-service, labels: {{app: backend-service}}}}
spec:
  type: ClusterIP
  selector: {{app: backend}}
  ports: [{{protocol: TCP, port: 80, targetPort: 8080}}]
---
apiVersion: v1
kind: Service
metadata: {{name: headless}}
spec: {{clusterIP: None, selector: {{app: backend}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: nobody}}
spec: {{selector: {{app: nobody}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: sticky}}
spec:
  selector: {{app: backend}}
  sessionAffinity: ClientIP
  ports: [{{port: 80, targetPort: 8080}}]
---
apiVersion: v1
kind: Service
metadata: {{name: local}}
spec:
  selector: {{app: backend}}
  internalTrafficPolicy: Local
  ports: [{{port: 80, targetPort: 8080}}]
---
apiVersion: v1
kind: Pod
metadata: {{name: client-pod}}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  containers:
  - name: busybox-container
    image: {CLIENT}
    command: ["sh", "-c", "echo start; sleep 3600"]
"""

HOST_CLIENT = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: host-client}}
spec:
  nodeName: NODE
  hostNetwork: true
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  containers:
  - name: busybox-container
    image: {CLIENT}
    command: ["sh", "-c", "echo start; sleep 3600"]
"""


@dataclass(frozen=True, slots=True)
class Backend:
    """A ready Pod of the Deployment."""

    name: str
    address: str
    node: str


class Stage:
    """The cluster with those objects.  Raises ``CommandFailed`` where kubectl fails."""

    def __init__(self, cluster: Cluster, kubectl: Kubectl, clock: Clock, words: Words) -> None:
        self.cluster = cluster
        self.kubectl = kubectl
        self.clock = clock
        self.words = words

    def set_up(self) -> None:
        """Make the objects and wait until all of them work."""
        self.kubectl.check("apply", "-f", "-", stdin=OBJECTS)
        self.scale(2)
        ready = ("--for=condition=Ready", "pod/client-pod", "--timeout=180s")
        self.kubectl.check("wait", *ready, timeout=200.0)

    def tear_down(self) -> None:
        """Delete them, by name."""
        self.kubectl.check("delete", *MADE, "--ignore-not-found", "--grace-period=1", timeout=200)

    def scale(self, replicas: int) -> None:
        """So many Pods, ready, and in the slices; none that is going away is left."""
        self.kubectl.check("scale", "deployment/backend-app", f"--replicas={replicas}")
        self.kubectl.check(
            "rollout", "status", "deployment/backend-app", "--timeout=180s", timeout=200.0
        )
        wanted = f"--for=jsonpath={{.status.replicas}}={replicas}"
        self.kubectl.check("wait", wanted, "deployment/backend-app", "--timeout=60s", timeout=75.0)

    def host_client(self, node: str) -> None:
        """A Pod in the network of that node."""
        self.kubectl.check("apply", "-f", "-", stdin=HOST_CLIENT.replace("NODE", node))
        ready = ("--for=condition=Ready", "pod/host-client", "--timeout=120s")
        self.kubectl.check("wait", *ready, timeout=150.0)

    def json(self, *what: str) -> Json:
        """``kubectl get ... -o json``."""
        found: Json = json.loads(self.kubectl.check("get", *what, "-o", "json").stdout)
        return found

    def run(self, pod: str, script: str, timeout: float = 120.0) -> Answer:
        """A shell script in a Pod; its status is the answer's."""
        return self.kubectl.run("exec", pod, "--", "sh", "-c", script, timeout=timeout)

    def ask(self, pod: str, url: str, times: int) -> list[str]:
        """What so many requests from a Pod were answered, one after the other; a request that
        fails answers ``failed``."""
        once = f"wget -q -T 5 -O- {url} || echo failed; echo"
        loop = f"i=0; while [ $i -lt {times} ]; do {once}; i=$((i+1)); done"
        return self.run(pod, loop, 600.0).stdout.split()

    def backends(self) -> list[Backend]:
        """The Pods that run and are not going away, by name."""
        pods = self.json("pods", "-l", SELECTOR)["items"]
        return [
            Backend(pod["metadata"]["name"], pod["status"]["podIP"], pod["spec"]["nodeName"])
            for pod in pods
            if pod["status"].get("podIP") and not pod["metadata"].get("deletionTimestamp")
        ]

    def address(self, service: str) -> str:
        """A Service's ClusterIP."""
        return str(self.json("service", service)["spec"]["clusterIP"])

    def client(self) -> Backend:
        """The client Pod."""
        pod = self.json("pod", "client-pod")
        return Backend("client-pod", pod["status"]["podIP"], pod["spec"]["nodeName"])

    def pod_gateway(self, node: str) -> str:
        """The node's own address on the Pods' side: the first of its Pods' network."""
        from ipaddress import ip_network

        cidr = self.json("node", node)["spec"].get("podCIDR", "")
        return str(next(ip_network(cidr).hosts())) if cidr else ""

    def node_address(self, node: str) -> str:
        """The node's internal address."""
        addresses = self.json("node", node)["status"]["addresses"]
        return str(next(one["address"] for one in addresses if one["type"] == "InternalIP"))
