"""The StatefulSet controller: numbered Pods, one after the other.

After pkg/controller/statefulset.  Volume claims are not emulated.
"""

from __future__ import annotations

from labkit.embedded.controllers import pods as podlib
from labkit.embedded.controllers import revisions
from labkit.embedded.controllers.objects import (
    Key,
    available_in,
    deleting,
    key,
    labels,
    meta,
    name,
    pod_finished,
    pod_ready,
    without_none,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

STATEFUL, PODS = "statefulsets.apps", "pods"
POD_LABEL, INDEX_LABEL = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"


class StatefulSetController(Controller):
    """Keeps each StatefulSet's Pods, in order unless podManagementPolicy is Parallel."""

    name = "statefulset-controller"

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self.cluster.informer(STATEFUL).on_change(self.enqueue)
        self.cluster.informer(revisions.REVISIONS)
        self.cluster.informer(PODS).on_change(self._pod_changed)

    def _pod_changed(self, kind: str, pod: Json) -> None:
        self.enqueue_owner("StatefulSet", pod)

    def reconcile(self, key: Key) -> None:
        owner = self.cluster.get(STATEFUL, *key)
        if owner is None:
            return
        if not deleting(owner):
            found = revisions.synced(self.cluster, owner)
            self._adjust(owner, found)
            self._write_status(owner, found)

    def _pods(self, owner: Json) -> dict[int, Json]:
        found = podlib.claimed(self.cluster, owner, owner["spec"].get("selector"))
        return {number: pod for pod in found if (number := _ordinal(owner, pod)) is not None}

    def _adjust(self, owner: Json, found: list[Json]) -> None:
        pods, wanted = self._pods(owner), _wanted(owner)
        parallel = owner["spec"].get("podManagementPolicy") == "Parallel"
        for number in wanted:
            pod = pods.get(number)
            if pod is None:
                self._create(owner, number, _revision_for(owner, number, found))
            elif pod_finished(pod) and not deleting(pod):
                self._delete(owner, pod)
            if not parallel and (pod is None or not pod_ready(pod) or deleting(pod)):
                return
        surplus = sorted((n for n in pods if n not in wanted), reverse=True)
        for number in surplus:
            if not deleting(pods[number]):
                self._delete(owner, pods[number])
            if not parallel:
                return
        if not surplus:
            self._renew(owner, pods, wanted, revisions.hash_of(found[-1]))

    def _renew(self, owner: Json, pods: dict[int, Json], wanted: list[int], newest: str) -> None:
        """RollingUpdate: the highest number first, one at a time, down to the partition."""
        strategy = owner["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        partition = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
        for number in sorted(wanted, reverse=True):
            pod = pods.get(number)
            if pod is None or deleting(pod) or not pod_ready(pod):
                return
            if number >= partition and labels(pod).get(revisions.HASH_LABEL) != newest:
                self._delete(owner, pod)
                return

    def _create(self, owner: Json, number: int, revision: Json) -> None:
        pod = podlib.from_template(owner, revision["data"]["spec"]["template"])
        title = f"{name(owner)}-{number}"
        data, spec = pod["metadata"], pod["spec"]
        data.pop("generateName")
        data["name"] = title
        data["labels"] |= {
            POD_LABEL: title,
            INDEX_LABEL: str(number),
            revisions.HASH_LABEL: revisions.hash_of(revision),
        }
        spec["hostname"] = title
        if owner["spec"].get("serviceName"):
            spec["subdomain"] = owner["spec"]["serviceName"]
        try:
            self.cluster.create(PODS, pod, manager="kube-controller-manager")
        except StatusError as error:
            message = f"create Pod {title} in StatefulSet {name(owner)} failed error: {error}"
            self.events.warning(owner, "FailedCreate", message)
            raise
        message = f"create Pod {title} in StatefulSet {name(owner)} successful"
        self.events.normal(owner, "SuccessfulCreate", message)

    def _delete(self, owner: Json, pod: Json) -> None:
        self.cluster.delete(PODS, pod)
        message = f"delete Pod {name(pod)} in StatefulSet {name(owner)} successful"
        self.events.normal(owner, "SuccessfulDelete", message)

    def _write_status(self, owner: Json, found: list[Json]) -> None:
        current = self.cluster.get(STATEFUL, *key(owner))
        if current is None:
            return
        pods = [p for p in self._pods(current).values() if not pod_finished(p)]
        newest = revisions.hash_of(found[-1])
        old = str((current.get("status") or {}).get("currentRevision") or "")
        updated = [p for p in pods if labels(p).get(revisions.HASH_LABEL) == newest]
        over = len(updated) == len(pods) == len(_wanted(current)) and all(map(pod_ready, pods))
        present = f"{name(current)}-{newest}" if over or not old else old
        least = int(current["spec"].get("minReadySeconds") or 0)
        waits = [available_in(p, least, self.clock.now()) for p in pods]
        status = {
            "observedGeneration": meta(current).get("generation"),
            "replicas": len(pods),
            "availableReplicas": sum(1 for wait in waits if wait == 0),
            "currentRevision": present,
            "updateRevision": f"{name(current)}-{newest}",
            "collisionCount": 0,
            **without_none(
                {
                    "readyReplicas": sum(1 for p in pods if pod_ready(p)),
                    "currentReplicas": sum(
                        1
                        for p in pods
                        if f"{name(current)}-{labels(p).get(revisions.HASH_LABEL)}" == present
                    ),
                    "updatedReplicas": len(updated),
                }
            ),
        }
        for wait in waits:
            if wait:
                self.queue.add_after(key(current), wait)
        self.cluster.write_status(STATEFUL, current, status, manager=self.name)


def _wanted(owner: Json) -> list[int]:
    value = owner["spec"].get("replicas")
    start = int((owner["spec"].get("ordinals") or {}).get("start") or 0)
    return list(range(start, start + (1 if value is None else int(value))))


def _ordinal(owner: Json, pod: Json) -> int | None:
    prefix = f"{name(owner)}-"
    text = name(pod).removeprefix(prefix)
    return int(text) if name(pod).startswith(prefix) and text.isdigit() else None


def _revision_for(owner: Json, number: int, found: list[Json]) -> Json:
    """Below the partition a Pod that is made anew keeps the present revision."""
    strategy = owner["spec"].get("updateStrategy") or {}
    partition = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
    present = (owner.get("status") or {}).get("currentRevision")
    if number < partition:
        for revision in found:
            if name(revision) == present:
                return revision
    return found[-1]
