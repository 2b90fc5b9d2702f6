"""The StatefulSet controller: numbered Pods, one after the other.

After pkg/controller/statefulset (stateful_set_control.go).  Volume claims are not emulated.
"""

from __future__ import annotations

from labkit.embedded.controllers import pods as podlib
from labkit.embedded.controllers import revisions
from labkit.embedded.controllers.backoff import Backoff
from labkit.embedded.controllers.objects import (
    Key,
    available_in,
    deleting,
    key,
    labels,
    name,
    namespace,
    phase,
    pod_finished,
    uid,
)
from labkit.embedded.controllers.rolling import scaled
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.controllers.statefulset_status import first_number, status_of, wanted_numbers
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

STATEFUL, PODS = "statefulsets.apps", "pods"
POD_LABEL, INDEX_LABEL = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"
LONGEST_WAIT = 60.0
"""A Pod that always fails is made anew after 1, 2, 4 ... seconds; the real controller is slowed
down by its kubelets alone."""
Pods = dict[int, Json]


class StatefulSetController(Controller):
    """Keeps each StatefulSet's Pods, in order unless podManagementPolicy is Parallel."""

    name = "statefulset-controller"

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self._failures = Backoff(self.clock, longest=LONGEST_WAIT)
        self.cluster.informer(STATEFUL).on_change(self.enqueue)
        self.cluster.informer(revisions.REVISIONS)
        self.cluster.informer(PODS).on_change(self._pod_changed)

    def _pod_changed(self, kind: str, pod: Json) -> None:
        self.enqueue_owner("StatefulSet", pod)

    def reconcile(self, key: Key) -> None:
        owner = self.cluster.get(STATEFUL, *key)
        if owner is None or deleting(owner):
            return
        found = revisions.synced(self.cluster, owner, revisions.HASH_LABEL)
        failure: StatusError | None = None
        try:
            self._adjust(owner, found)
        except StatusError as error:
            failure = error
        self._write_status(owner, found)
        if failure is not None:
            raise failure

    def _pods(self, owner: Json) -> Pods:
        found = podlib.claimed(
            self.cluster,
            owner,
            owner["spec"].get("selector"),
            may_be_ours=lambda pod: _ordinal(owner, pod) is not None,
        )
        return {number: pod for pod in found if (number := _ordinal(owner, pod)) is not None}

    def _adjust(self, owner: Json, found: list[Json]) -> None:
        """Make what is missing, take away what is too much, then renew what is old."""
        pods, wanted = self._pods(owner), wanted_numbers(owner)
        in_order = owner["spec"].get("podManagementPolicy") != "Parallel"
        for number in wanted:
            pod = pods.get(number)
            if pod is None:
                self._create(owner, number, _revision_for(owner, number, found))
            elif pod_finished(pod) and not deleting(pod):
                self._recreate(owner, pod)
                return
            if in_order and (pod is None or deleting(pod) or not self._available(owner, pod)):
                return
        surplus = sorted((n for n in pods if n not in wanted), reverse=True)
        for number in surplus:
            if not self._condemn(owner, pods, number, in_order) or in_order:
                return
        if not surplus or not in_order:
            self._renew(owner, pods, wanted, name(found[-1]))

    def _condemn(self, owner: Json, pods: Pods, number: int, in_order: bool) -> bool:
        """Delete a Pod that is too much; in order it waits for a Pod before it that is not well,
        unless it is that Pod itself.  False: wait."""
        pod = pods[number]
        if deleting(pod):
            return not in_order
        unhealthy = [n for n in sorted(pods) if not self._available(owner, pods[n])]
        if in_order and number in unhealthy and number != unhealthy[0]:
            return False
        self._delete(owner, pod)
        return True

    def _renew(self, owner: Json, pods: Pods, wanted: list[int], newest: str) -> None:
        """RollingUpdate: the highest number first, maxUnavailable at a time, down to the
        partition; a Pod that is not well counts as one of them."""
        strategy = owner["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        least = _first_renewed(owner)
        most = (strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1)
        room = max(1, scaled(most, len(wanted), up=True))
        for number in sorted(wanted, reverse=True):
            pod = pods.get(number)
            old = pod is not None and labels(pod).get(revisions.POD_LABEL) != newest
            if pod is not None and number >= least and old and not deleting(pod):
                self._delete(owner, pod)
                room -= 1
            elif pod is None or deleting(pod) or not self._available(owner, pod):
                room -= 1
            if room <= 0:
                return

    def _available(self, owner: Json, pod: Json) -> bool:
        """Running and ready, for as long as ``minReadySeconds`` wants; not being deleted."""
        least = int(owner["spec"].get("minReadySeconds") or 0)
        ready = available_in(pod, least, self.clock.now()) == 0
        return ready and phase(pod) == "Running" and not deleting(pod)

    def _create(self, owner: Json, number: int, revision: Json) -> None:
        pod = podlib.from_template(owner, revision["data"]["spec"]["template"])
        title = f"{name(owner)}-{number}"
        data, spec = pod["metadata"], pod["spec"]
        data.pop("generateName")
        data["name"] = title
        data["labels"] |= {
            POD_LABEL: title,
            INDEX_LABEL: str(number),
            revisions.POD_LABEL: name(revision),
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

    def _recreate(self, owner: Json, pod: Json) -> None:
        """A Pod that is over is deleted, so that the next look makes it anew."""
        about = (uid(owner), name(pod))
        wait = self._failures.left(about)
        if wait:
            self.queue.add_after(key(owner), wait)
            return
        self._failures.tried(about)
        where = f"StatefulSet {namespace(owner)}/{name(owner)} is recreating"
        if phase(pod) == "Failed":
            message = f"{where} failed Pod {name(pod)}"
            self.events.warning(owner, "RecreatingFailedPod", message)
        else:
            message = f"{where} terminated Pod {name(pod)}"
            self.events.normal(owner, "RecreatingTerminatedPod", message)
        self._delete(owner, pod)

    def _delete(self, owner: Json, pod: Json) -> None:
        self.cluster.delete(PODS, pod)
        message = f"delete Pod {name(pod)} in StatefulSet {name(owner)} successful"
        self.events.normal(owner, "SuccessfulDelete", message)

    def _write_status(self, owner: Json, found: list[Json]) -> None:
        current = self.cluster.get(STATEFUL, *key(owner))
        if current is None:
            return
        pods = list(self._pods(current).values())
        status, wait = status_of(current, pods, name(found[-1]), self.clock.now())
        if wait is not None:
            self.queue.add_after(key(current), wait)
        self.cluster.write_status(STATEFUL, current, status, manager=self.name)
        carried = {labels(pod).get(revisions.POD_LABEL, "") for pod in pods}
        revisions.prune(self.cluster, current, found, {status["currentRevision"], *carried})


def _first_renewed(owner: Json) -> int:
    """Below this number Pods keep the present revision (``partition``)."""
    rolling = (owner["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    return first_number(owner) + int(rolling.get("partition") or 0)


def _ordinal(owner: Json, pod: Json) -> int | None:
    prefix = f"{name(owner)}-"
    text = name(pod).removeprefix(prefix)
    return int(text) if name(pod).startswith(prefix) and text.isdigit() else None


def _revision_for(owner: Json, number: int, found: list[Json]) -> Json:
    """Below the partition a Pod that is made anew keeps the present revision."""
    present = (owner.get("status") or {}).get("currentRevision")
    if number < _first_renewed(owner):
        for revision in found:
            if name(revision) == present:
                return revision
    return found[-1]
