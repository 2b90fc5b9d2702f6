"""As many Pods as ``spec.replicas`` says: ReplicaSets, and the ReplicationControllers before them.

After pkg/controller/replicaset/replica_set.go, which runs both as well (pkg/controller/replication
is an adapter).
"""

from __future__ import annotations

from abc import abstractmethod

from labkit.embedded.controllers import pods as podlib
from labkit.embedded.controllers.conditions import other_conditions
from labkit.embedded.controllers.deployment_status import FAILURE
from labkit.embedded.controllers.objects import (
    Key,
    available_in,
    condition,
    controlled_by,
    controller_of,
    deleting,
    key,
    labels,
    meta,
    namespace,
    pod_active,
    pod_finished,
    pod_ready,
    selects,
    timestamp,
    without_none,
)
from labkit.embedded.controllers.ranking import victims
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

PODS = "pods"


class ReplicaController(Controller):
    """Creates and deletes Pods, adopts orphans, releases Pods whose labels were changed."""

    resource = ""
    kind = ""

    @abstractmethod
    def selector_of(self, owned: Json) -> Json | None:
        """The selector as a LabelSelector."""

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self.cluster.informer(self.resource).on_change(self.enqueue)
        self.cluster.informer(PODS).on_change(self._pod_changed)

    def _pod_changed(self, kind: str, pod: Json) -> None:
        self.enqueue_owner(self.kind, pod)
        if controller_of(pod) is None and labels(pod):
            for owned in self.cluster.informer(self.resource).all(namespace(pod)):
                if selects(self.selector_of(owned), labels(pod)):
                    self.queue.add(key(owned))

    def reconcile(self, key: Key) -> None:
        owned = self.cluster.get(self.resource, *key)
        if owned is None:
            return
        pods = podlib.claimed(self.cluster, owned, self.selector_of(owned))
        active = [pod for pod in pods if pod_active(pod)]
        failure: StatusError | None = None
        if not deleting(owned):
            failure = self._adjust(owned, active)
        self._write_status(owned, failure)
        if failure is not None:
            raise failure

    def _adjust(self, owned: Json, active: list[Json]) -> StatusError | None:
        wanted = int(owned["spec"].get("replicas") or 0)
        try:
            for _ in range(wanted - len(active)):
                fresh = podlib.from_template(owned, owned["spec"]["template"])
                podlib.create(self.cluster, self.events, owned, fresh)
        except StatusError as error:
            return error
        extra = len(active) - wanted
        if extra > 0:
            related = self._related(owned)
            for pod in victims(active, related, extra, self.clock.now()):
                podlib.delete(self.cluster, self.events, owned, pod)
        return None

    def _related(self, owned: Json) -> list[Json]:
        """The Pods of all ReplicaSets that have the same owner."""
        owner = controller_of(owned)
        sets = [
            s
            for s in self.cluster.all(self.resource, namespace(owned))
            if owner is not None and (controller_of(s) or {}).get("uid") == owner["uid"]
        ]
        uids = {meta(s)["uid"] for s in sets or [owned]}
        found = []
        for pod in self.cluster.all(PODS, namespace(owned)):
            if pod_active(pod) and (controller_of(pod) or {}).get("uid") in uids:
                found.append(pod)
        return found

    def _write_status(self, owned: Json, failure: StatusError | None) -> None:
        current = self.cluster.get(self.resource, *key(owned))
        if current is None:
            return
        status, wait = self._status(current, failure)
        if wait is not None:
            self.queue.add_after(key(owned), wait)
        self.cluster.write_status(self.resource, current, status, manager=self.name)

    def _status(self, owned: Json, failure: StatusError | None) -> tuple[Json, float | None]:
        pods = [
            pod
            for pod in self.cluster.all(PODS, namespace(owned))
            if controlled_by(pod, owned) and pod_active(pod)
        ]
        least = int(owned["spec"].get("minReadySeconds") or 0)
        waits = [available_in(pod, least, self.clock.now()) for pod in pods]
        wanted_labels = ((owned["spec"]["template"].get("metadata")) or {}).get("labels") or {}
        counts = without_none(
            {
                "fullyLabeledReplicas": sum(
                    1 for p in pods if wanted_labels.items() <= dict(labels(p)).items()
                ),
                "readyReplicas": sum(1 for pod in pods if pod_ready(pod)),
                "availableReplicas": sum(1 for wait in waits if wait == 0),
                "observedGeneration": meta(owned).get("generation"),
            }
        )
        counts |= {"replicas": len(pods), **self._leaving(owned)}
        status = {**counts, **self._conditions(owned, failure)}
        return status, min((wait for wait in waits if wait), default=None)

    def _leaving(self, owned: Json) -> Json:
        """What is counted of the Pods on their way out; nothing by default."""
        return {}

    def _conditions(self, owned: Json, failure: StatusError | None) -> Json:
        """The failure to create Pods, as long as it lasts; conditions of others stay."""
        old = condition(owned, FAILURE)
        kept = other_conditions(owned.get("status") or {}, FAILURE)
        if failure is not None:
            fresh = {
                "type": FAILURE,
                "status": "True",
                "reason": "FailedCreate",
                "message": failure.message,
                "lastTransitionTime": timestamp(self.clock.now()),
            }
            kept.append(old or fresh)
        return {"conditions": kept} if kept else {}


class ReplicaSetController(ReplicaController):
    """ReplicaSets of apps/v1."""

    name = "replicaset-controller"
    resource, kind = "replicasets.apps", "ReplicaSet"

    def selector_of(self, owned: Json) -> Json | None:
        found: Json | None = owned["spec"].get("selector")
        return found

    def _leaving(self, owned: Json) -> Json:
        leaving = sum(
            1
            for pod in self.cluster.all(PODS, namespace(owned))
            if controlled_by(pod, owned) and deleting(pod) and not pod_finished(pod)
        )
        return {"terminatingReplicas": leaving}


class ReplicationManager(ReplicaController):
    """ReplicationControllers, whose selector is a plain map of labels."""

    name = "replication-controller"
    resource, kind = "replicationcontrollers", "ReplicationController"

    def selector_of(self, owned: Json) -> Json | None:
        found = owned["spec"].get("selector")
        return {"matchLabels": found} if found else None
