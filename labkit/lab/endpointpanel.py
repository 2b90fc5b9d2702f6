"""Buttons on the Pods of a Deployment, and the table of who is in the Service's slices."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from labkit.clock import Clock
from labkit.cluster.kubectl import Kubectl
from labkit.errors import LabError
from labkit.lab.questions import Json, get_json, is_ready
from labkit.model.panel import Action, Panel
from labkit.words import Words

ASIDE = "aside"
"""The value of the label that takes a Pod away from its Service and its ReplicaSet."""

PATIENCE = 8.0
"""Seconds to wait for the cluster to follow a press; then the table shows what there is."""


class EndpointPanel:
    """The actions for the Deployment and Service ``name``, whose Pods have ``app=NAME``.

    Its Pods must run nginx with a readiness probe on ``/``: without its index page a Pod is
    Running and not ready.
    """

    def __init__(self, kubectl: Kubectl, name: str, clock: Clock, words: Words) -> None:
        self._kubectl, self._name, self._clock, self._words = kubectl, name, clock, words

    def panel(self) -> Panel:
        """The buttons and the table."""
        actions: tuple[tuple[str, Callable[[], str]], ...] = (
            ("unready", self.make_unready),
            ("relabel", self.relabel),
            ("delete", self.delete),
            ("stranger", self.add_stranger),
            ("mend", self.mend),
        )
        return Panel(
            self._words("lab.panel.title", service=self._name),
            tuple(Action(self._words(f"lab.panel.{key}"), run) for key, run in actions),
            self.table,
        )

    # ---- what the buttons do -----------------------------------------------------------

    def make_unready(self) -> str:
        """Take away the page that the probe of one ready Pod asks for."""
        pod = self._first_ready()
        self._kubectl.check("exec", pod, "--", "rm", "-f", "/usr/share/nginx/html/index.html")
        self._until(lambda: pod not in self._receiving())
        return self._words("lab.panel.unready.done", pod=pod)

    def relabel(self) -> str:
        """Give one Pod another label: neither Service nor ReplicaSet knows it any more."""
        pod = self._first_ready()
        self._kubectl.check("label", "pod", pod, f"app={ASIDE}", "--overwrite")
        self._until(lambda: pod not in self._receiving())
        return self._words("lab.panel.relabel.done", pod=pod, label=f"app={ASIDE}")

    def delete(self) -> str:
        """Delete one Pod."""
        before = len(self._receiving())
        pod = self._first_ready()
        self._kubectl.check("delete", "pod", pod, "--grace-period=1")
        self._until(lambda: len(self._receiving()) >= before)
        return self._words("lab.panel.delete.done", pod=pod)

    def add_stranger(self) -> str:
        """A stray Pod, with the label that the Service looks for."""
        image = self._pods()[0]["spec"]["containers"][0]["image"] if self._pods() else "nginx:1.27"
        self._kubectl.run("delete", "pod", "stranger", "--ignore-not-found", "--grace-period=1")
        self._kubectl.check("run", "stranger", f"--image={image}", f"--labels=app={self._name}")
        self._until(lambda: "stranger" in self._receiving())
        return self._words("lab.panel.stranger.done", label=f"app={self._name}")

    def mend(self) -> str:
        """Delete all Pods that were touched; the ReplicaSet makes what is missing."""
        odd = ["stranger"] + [
            one["metadata"]["name"]
            for one in self._pods()
            if one["metadata"]["labels"]["app"] == ASIDE or not is_ready(one)
        ]
        self._kubectl.check("delete", "pod", *odd, "--ignore-not-found", "--grace-period=1")
        self._until(lambda: all(is_ready(one) for one in self._pods()))
        return self._words("lab.panel.mend.done")

    # ---- what is asked -----------------------------------------------------------------

    def table(self) -> str:
        """A row for each Pod: its label, whether it is ready, whether it receives traffic."""
        words, receiving = self._words, self._receiving()
        head = tuple(words(f"lab.panel.{name}") for name in ("pod", "label", "ready", "receives"))
        yes_no = words("lab.panel.no"), words("lab.panel.yes")
        rows = [
            (
                one["metadata"]["name"],
                f"app={one['metadata']['labels']['app']}",
                yes_no[is_ready(one)],
                yes_no[one["metadata"]["name"] in receiving],
            )
            for one in self._pods()
        ]
        widths = [max(len(row[i]) for row in (head, *rows)) for i in range(4)]
        lines = [
            "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in [head, *rows]
        ]
        summary = words("lab.panel.summary", n=len(receiving), service=self._name)
        return "\n".join([*(line.rstrip() for line in lines), summary])

    def _pods(self) -> list[Json]:
        """The Pods with the Service's label or the one aside, those that go left out."""
        found = get_json(self._kubectl, "pods", "-l", f"app in ({self._name},{ASIDE})")["items"]
        return [one for one in found if not one["metadata"].get("deletionTimestamp")]

    def _receiving(self) -> set[str]:
        """The Pods whose endpoint is ready in a slice of the Service."""
        wanted = f"kubernetes.io/service-name={self._name}"
        return {
            one["targetRef"]["name"]
            for item in get_json(self._kubectl, "endpointslices", "-l", wanted)["items"]
            for one in item.get("endpoints") or []
            if one.get("targetRef") and (one.get("conditions") or {}).get("ready") is not False
        }

    def _first_ready(self) -> str:
        receiving = self._receiving() - {"stranger"}
        if not receiving:
            raise LabError(self._words("lab.panel.nobody"), self._words("lab.panel.nobody.fix"))
        return min(receiving)

    def _until(self, done: Callable[[], bool]) -> None:
        end = self._clock.monotonic() + PATIENCE
        while not done() and self._clock.monotonic() < end:
            Event().wait(0.2)
