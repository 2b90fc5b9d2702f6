"""A Service, its Pods, and whether it can be reached: what sig-network's test jig does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.conformance.agnhost import AGNHOST, agnhost, run, start
from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster
from tests.support import eventually

HOSTNAME_PORT = 9376


@dataclass(frozen=True, slots=True)
class Jig:
    """One Service ``name`` of a namespace and the Pods with its label."""

    api: Api
    cluster: Cluster
    namespace: str
    name: str

    @property
    def labels(self) -> Body:
        return {"testid": self.name}

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/services/{self.name}"

    def create(self, **spec: object) -> Body:
        """The Service; its selector is the label."""
        body = {
            "metadata": {"name": self.name, "labels": self.labels},
            "spec": {"selector": self.labels, **spec},
        }
        created: Body = self.api.post(self.path.rpartition("/")[0], body)
        return created

    def update(self, change: Callable[[Body], None]) -> Body:
        """Read, change the spec, write back."""
        service = self.api.get(self.path)
        change(service["spec"])
        written: Body = self.api.put(self.path, service)
        return written

    def pods(self, count: int, *args: str) -> list[str]:
        """A ReplicationController of ``serve-hostname``; the names of its Pods, all ready."""
        words = list(args or ("--http=false", "--tcp", "--udp"))
        container = {
            "name": self.name, "image": AGNHOST, "command": ["/agnhost", "serve-hostname", *words],
        }  # fmt: skip
        labels = {**self.labels, "name": self.name}
        spec = {
            "replicas": count,
            "selector": labels,
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        }
        where = f"/api/v1/namespaces/{self.namespace}/replicationcontrollers"
        self.api.post(where, {"metadata": {"name": self.name}, "spec": spec})
        return eventually(lambda: self._ready(count))

    def _ready(self, count: int) -> list[str]:
        where = f"/api/v1/namespaces/{self.namespace}/pods"
        items = self.api.get(where, labelSelector=f"name={self.name}")["items"]
        names = [
            pod["metadata"]["name"]
            for pod in items
            for one in pod["status"].get("conditions", [])
            if one["type"] == "Ready" and one["status"] == "True"
        ]
        return sorted(names) if len(names) == count else []

    def reach(self, service: Body, pod: str) -> None:
        """By name, by ClusterIP and by every node's port, in each protocol; or by DNS alone."""
        spec = service["spec"]
        if spec["type"] == "ExternalName":
            assert not spec.get("clusterIP")
            name = f"{self.name}.{self.namespace}.svc.cluster.local"
            eventually(
                lambda: run(self.cluster, self.namespace, pod, f"nslookup {name}").status == 0
            )
            return
        for port in spec["ports"]:
            assert bool(port.get("nodePort")) == (spec["type"] == "NodePort")
            goals = [(self.name, port["port"]), (spec["clusterIP"], port["port"])]
            if spec["type"] == "NodePort":
                goals += [(address, port["nodePort"]) for address in node_addresses(self.api)]
            for host, number in goals:
                self._ask(pod, host, number, port["protocol"])

    def _ask(self, pod: str, host: str, port: int, protocol: str) -> None:
        way = "-u" if protocol == "UDP" else "-t"
        command = f"echo hostName | nc -v {way} -w 2 {host} {port}"

        def answered() -> bool:
            return bool(run(self.cluster, self.namespace, pod, command).out.strip())

        eventually(answered)

    def endpoints(self, expected: dict[str, list[int]]) -> None:
        """Endpoints and slices name exactly these Pods with these ports."""
        eventually(lambda: self._of_endpoints() == expected == self._of_slices())

    def _of_endpoints(self) -> dict[str, list[int]]:
        where = f"/api/v1/namespaces/{self.namespace}/endpoints/{self.name}"
        found: dict[str, list[int]] = {}
        for subset in (self.api.ask("GET", where).body or {}).get("subsets") or []:
            for address in subset.get("addresses") or []:
                ports = [port["port"] for port in subset["ports"]]
                found.setdefault(address["targetRef"]["name"], []).extend(ports)
        return {name: sorted(ports) for name, ports in found.items()}

    def _of_slices(self) -> dict[str, list[int]]:
        where = f"/apis/discovery.k8s.io/v1/namespaces/{self.namespace}/endpointslices"
        label = f"kubernetes.io/service-name={self.name}"
        found: dict[str, list[int]] = {}
        for one in self.api.get(where, labelSelector=label)["items"]:
            for endpoint in one.get("endpoints") or []:
                if endpoint["conditions"]["ready"]:
                    ports = [port["port"] for port in one["ports"]]
                    found.setdefault(endpoint["targetRef"]["name"], []).extend(ports)
        return {name: sorted(ports) for name, ports in found.items()}

    def serve(self, name: str, port: int, port_name: str = "") -> None:
        """A ready Pod of the Service, with netexec on a port."""
        declared = {"containerPort": port, **({"name": port_name} if port_name else {})}
        args = ("netexec", "--http-port", str(port))
        start(self.api, self.namespace, agnhost(name, *args, labels=self.labels, ports=[declared]))

    def remove(self, name: str) -> None:
        """Delete a Pod."""
        self.api.delete(f"/api/v1/namespaces/{self.namespace}/pods/{name}")


def node_addresses(api: Api) -> list[str]:
    """The internal addresses of all nodes."""
    return [
        address["address"]
        for node in api.get("/api/v1/nodes")["items"]
        for address in node["status"]["addresses"]
        if address["type"] == "InternalIP"
    ]
