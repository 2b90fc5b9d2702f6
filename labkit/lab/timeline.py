"""A recorder: Pods, EndpointSlice and rules of a Service, looked at several times a second."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Event as Signal
from threading import Thread
from typing import Any

from labkit.clock import Clock
from labkit.cluster.kubectl import Kubectl
from labkit.errors import LabkitError
from labkit.lab.clustermap import pod_of
from labkit.lab.noderules import rules_of_service
from labkit.lab.questions import get_json
from labkit.model.service import SERVICE_NAME_LABEL
from labkit.model.timeline import Event, Lane, Span, Timeline
from labkit.words import Words

NUMGEN = re.compile(r"numgen random mod (\d+)")
"""How nftables mode draws: one of so many."""
GLANCE = 0.15
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was there at a moment: each Pod's state, the slice's ready addresses, and for each
    node how many endpoints its rules lead to."""

    at: float
    pods: dict[str, str]
    ready: int
    rules: dict[str, int]


@dataclass(slots=True)
class Recorder:
    """``with`` it: it looks until the block ends, and then is a timeline (``pictured``)."""

    kubectl: Kubectl
    clock: Clock
    service: str
    rules_of: Callable[[str], str] | None
    words: Words
    looks: list[Look] = field(default_factory=list)
    _stop: Signal = field(default_factory=Signal)
    _thread: Thread | None = None
    _began: float = 0.0
    _nodes: tuple[str, ...] = ()

    def __enter__(self) -> Recorder:
        nodes = get_json(self.kubectl, "nodes")["items"] if self.rules_of else []
        self._nodes = tuple(one["metadata"]["name"] for one in nodes)
        self._began = self.clock.monotonic()
        self.looks.append(self._look())
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.looks.append(self._look())

    def _watch(self) -> None:
        while not self._stop.wait(GLANCE):
            try:
                self.looks.append(self._look())
            except LabkitError:
                continue  # the next look may see more

    def _look(self) -> Look:
        at = self.clock.monotonic() - self._began
        namespace, _, name = self.service.partition("/")
        place = ("-n", namespace)
        items = get_json(self.kubectl, "pods,endpointslices,services", *place)["items"]
        selector: dict[str, str] = {}
        for one in items:
            if one["kind"] == "Service" and one["metadata"]["name"] == name:
                selector = one["spec"].get("selector") or {}
        pods = {
            found.name: found.state
            for one in items
            if one["kind"] == "Pod" and selects(selector, one)
            for found in (pod_of(one, set()),)
        }
        ready = sum(
            (endpoint.get("conditions") or {}).get("ready") is not False
            for one in items
            if one["kind"] == "EndpointSlice" and of_service(one, name)
            for endpoint in one.get("endpoints") or []
        )
        return Look(at, pods, ready, {node: self._endpoints(node) for node in self._nodes})

    def _endpoints(self, node: str) -> int:
        assert self.rules_of is not None
        found = rules_of_service(self.rules_of(node), self.service)
        drawn = NUMGEN.search(found)
        if drawn:
            return int(drawn[1])
        return found.count("--to-destination") or int("dnat ip" in found)

    def pictured(self) -> Timeline:
        """What ``show`` draws."""
        return line_of(self.looks, self.service, self.words)


def selects(selector: dict[str, str], pod: dict[str, Any]) -> bool:
    """Whether the Service selects the Pod."""
    labels = pod["metadata"].get("labels") or {}
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def of_service(item: dict[str, Any], name: str) -> bool:
    """Whether the slice belongs to the Service."""
    return (item["metadata"].get("labels") or {}).get(SERVICE_NAME_LABEL) == name


def line_of(looks: list[Look], service: str, words: Words) -> Timeline:
    """Looks as lanes: a lane for each Pod, one for the slice, one for each node's rules."""
    end = looks[-1].at
    names = dict.fromkeys(name for look in looks for name in look.pods)
    lanes = [
        Lane(name, spans_of([(one.at, one.pods.get(name)) for one in looks])) for name in names
    ]
    counts = [(one.at, str(one.ready)) for one in looks]
    lanes.append(Lane(words("timeline.slice"), spans_of(counts, "count")))
    for node in looks[-1].rules:
        counts = [(one.at, str(one.rules.get(node, 0))) for one in looks]
        lanes.append(Lane(words("timeline.rules", node=node), spans_of(counts, "count")))
    events = tuple(event for pair in pairwise(looks) for event in news(*pair, words))
    title = words("timeline.title", service=service.rpartition("/")[2])
    return Timeline(title, tuple(lanes), events, max(end, 0.1))


def spans_of(
    values: list[tuple[float, str | None]] | list[tuple[float, str]], state: str = ""
) -> tuple[Span, ...]:
    """Stretches of the same value; None leaves a gap.  With ``state`` the value is the label."""
    spans: list[Span] = []
    last: str | None = None
    for at, value in values:
        if spans and last is not None:
            spans[-1] = Span(spans[-1].start, at, spans[-1].state, spans[-1].label)
        if value is not None and value != last:
            spans.append(Span(at, at, state or value, value if state else ""))
        last = value
    return tuple(spans)


def news(before: Look, after: Look, words: Words) -> list[Event]:
    """What changed between two looks."""
    found = []
    for name, state in after.pods.items():
        told = words(f"timeline.state.{state}")
        if name not in before.pods:
            found.append(words("timeline.pod.came", pod=name, state=told))
        elif before.pods[name] != state:
            found.append(words("timeline.pod.became", pod=name, state=told))
    found += [
        words("timeline.pod.went", pod=name) for name in before.pods if name not in after.pods
    ]
    if before.ready != after.ready:
        found.append(words("timeline.slice.became", n=after.ready))
    found += [
        words("timeline.rules.became", node=node, n=count)
        for node, count in after.rules.items()
        if before.rules.get(node) != count
    ]
    return [Event(after.at, text) for text in found]
