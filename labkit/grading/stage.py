"""The cluster on which answers are put to the test: kubectl in namespaces of the judge's own.

In a notebook it is the learner's lab, when grading a fresh embedded one.  Whatever was made goes
away with its namespaces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from labkit.clock import Clock
from labkit.cluster.base import Cluster
from labkit.cluster.kubectl import Answer, Kubectl
from labkit.grading.objects import Objects

READY_SECONDS = {"embedded": 4.0}
POLL, PATIENT_POLL = 0.03, 0.1
PATIENT_SECONDS = 60.0  # a real cluster pulls images
RUN_SECONDS = 20.0
CLIENT = "labkit-asks"
CLIENT_IMAGE = "busybox:1.36"
QUOTA: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "labkit-most"},
    "spec": {"hard": {"pods": "40"}},
}
"""What a namespace of an emulated lab takes: ``replicas: 100000`` would only keep it from judging
the rest."""


@dataclass(slots=True)
class Stage:
    """kubectl in one namespace at a time; ``close`` removes the namespaces that were opened."""

    cluster: Cluster
    kubectl: Kubectl
    clock: Clock
    namespace: str = ""
    _opened: list[str] = field(default_factory=list)

    def open(self, *stems: str) -> tuple[str, ...]:
        """Make a namespace for each stem, under a name that nobody has; commands go to the first
        from now on."""
        unique = f"{int(self.clock.now() * 1000) % 0x10000000:x}"
        namespaces = tuple(f"{stem}-{unique}" for stem in stems)
        self._opened.extend(namespaces)
        self.namespace = namespaces[0]
        for name in namespaces:
            document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self._objects.make("namespaces", document)
            if self._objects.direct:
                self._objects.make("resourcequotas", QUOTA, name)
        return namespaces

    def close(self) -> None:
        """Delete the namespaces; does not wait."""
        if self._opened:
            self._objects.delete_namespaces(self._opened)
            self._opened.clear()

    @property
    def _objects(self) -> Objects:
        return Objects(self.cluster, self.kubectl)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Those that are open, in the order of ``open``."""
        return tuple(self._opened)

    # ---- commands ------------------------------------------------------------------------

    def apply(self, text: str, namespace: str = "") -> str:
        """``kubectl apply -f -`` in the namespace; ``CommandFailed`` with kubectl's words."""
        return self.run("apply", "-f", "-", stdin=text, namespace=namespace).stdout

    def run(self, *command: str, stdin: str | None = None, namespace: str = "") -> Answer:
        """kubectl with these words; ``CommandFailed`` when it fails."""
        where = ("-n", namespace or self.namespace)
        return self.kubectl.check(*where, *command, stdin=stdin, timeout=RUN_SECONDS)

    def run_anywhere(self, *command: str, stdin: str | None = None) -> Answer:
        """kubectl without ``-n``: for manifests that name their namespaces."""
        return self.kubectl.check(*command, stdin=stdin, timeout=RUN_SECONDS)

    def items(self, kind: str, selector: str = "", namespace: str = "") -> list[dict[str, Any]]:
        """The objects of a kind (by label) as JSON."""
        return self._objects.items(kind, selector, namespace or self.namespace)

    # ---- waiting -------------------------------------------------------------------------

    def pods(self, selector: str = "", namespace: str = "") -> list[dict[str, Any]]:
        """The Pods that are not on their way out."""
        return [
            pod
            for pod in self.items("pods", selector, namespace)
            if not pod["metadata"].get("deletionTimestamp")
        ]

    def settle(self, count: int, selector: str = "", namespace: str = "") -> int:
        """Wait until ``count`` Pods are ready; gives how many are at the end of the wait."""
        return self.until(
            lambda: sum(1 for pod in self.pods(selector, namespace) if is_ready(pod)), count
        )

    def endpoints(
        self, service: str, count: int = 1, namespace: str = "", wait: bool = True
    ) -> int:
        """Wait until the Service has ``count`` ready endpoints; gives how many it has.

        With ``wait`` the nodes' rules know them, too.
        """

        def ready() -> int:
            label = f"kubernetes.io/service-name={service}"
            return sum(
                1
                for piece in self.items("endpointslices", label, namespace)
                for endpoint in piece.get("endpoints") or ()
                if endpoint.get("conditions", {}).get("ready", True)
            )

        if not wait:
            return ready()
        found = self.until(ready, count)
        self.catch_up()
        return found

    def catch_up(self) -> None:
        """Wait until the nodes' rules say what the API says: who asks a Service next does not meet
        a kube-proxy that is still on its way."""
        self.until(lambda: self.cluster.rules_follow() is not False, 1)

    def until(self, ask: Callable[[], int], wanted: int, seconds: float | None = None) -> int:
        """Ask until there are ``wanted``, at most so long; gives the last count."""
        if seconds is None:
            seconds = READY_SECONDS.get(self.cluster.name, PATIENT_SECONDS)
        end = self.clock.monotonic() + seconds
        while True:
            have = ask()
            if have >= wanted or self.clock.monotonic() > end:
                return have
            Event().wait(POLL if self._objects.direct else PATIENT_POLL)

    # ---- asking --------------------------------------------------------------------------

    def client(self, node: str = "", namespace: str = "") -> None:
        """A busybox Pod to ask from (on ``node``, if one is named), ready when this returns."""
        spec: dict[str, Any] = {
            "containers": [{"name": "client", "image": CLIENT_IMAGE, "command": ["sleep", "3600"]}],
            "terminationGracePeriodSeconds": 0,
        }
        if node:
            spec["nodeName"] = node
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": CLIENT, "labels": {"labkit": CLIENT}},
            "spec": spec,
        }
        self._objects.make("pods", pod, namespace or self.namespace)
        self.settle(1, f"labkit={CLIENT}", namespace)

    def shell(self, command: str, pod: str = CLIENT, namespace: str = "") -> Answer:
        """``sh -c command`` in a Pod, whatever its status."""
        where = ("-n", namespace or self.namespace)
        return self.kubectl.run(*where, "exec", pod, "--", "sh", "-c", command, timeout=RUN_SECONDS)

    def ask(self, url: str, n: int = 1, namespace: str = "") -> list[str]:
        """``n`` requests from the client, one connection each; the answers that came."""
        loop = f"for i in $(seq {n}); do wget -q -T 2 -O- {url} || echo '!failed'; echo; done"
        lines = self.shell(loop, namespace=namespace).stdout.splitlines()
        return [line for line in lines if line.strip() and line != "!failed"]

    def failure(self, url: str, namespace: str = "") -> str:
        """How one request fails: ``refused``, ``timeout``, ``name`` (not found), ``other``, or
        "" when it succeeds."""
        answer = self.shell(f"wget -q -T 2 -O- {url}", namespace=namespace)
        said = answer.output.lower()
        if answer.ok:
            return ""
        for word, kind in (
            ("refused", "refused"),
            ("timed out", "timeout"),
            ("bad address", "name"),
        ):
            if word in said:
                return kind
        return "other"


def is_ready(pod: dict[str, Any]) -> bool:
    """The Pod's condition Ready."""
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def tally(answers: Sequence[str]) -> Counter[str]:
    """How often each answer came."""
    return Counter(answers)
