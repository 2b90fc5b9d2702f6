"""The Deployment controller: one key's way from spec to ReplicaSets.

After ``syncDeployment`` of pkg/controller/deployment/deployment_controller.go.  How many Pods
each ReplicaSet gets is decided in ``rolling.py``, what the status says in
``deployment_status.py``.
"""

from __future__ import annotations

from labkit.embedded.controllers import rolling, templates
from labkit.embedded.controllers.conditions import with_condition
from labkit.embedded.controllers.deployment_status import (
    is_complete,
    paused_condition,
    status_of,
)
from labkit.embedded.controllers.objects import (
    Key,
    controlled_by,
    controller_of,
    copied,
    deleting,
    key,
    labels,
    meta,
    name,
    namespace,
    notes,
    owner_reference,
    pod_finished,
    selects,
    timestamp,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

DEPLOYMENTS, SETS, PODS = "deployments.apps", "replicasets.apps", "pods"


class DeploymentController(Controller):
    """Keeps each Deployment's ReplicaSets as its strategy wants them."""

    name = "deployment-controller"

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self.cluster.informer(DEPLOYMENTS).on_change(self.enqueue)
        self.cluster.informer(SETS).on_change(self._set_changed)
        self.cluster.informer(PODS).on_change(self._pod_changed)

    def _set_changed(self, kind: str, obj: Json) -> None:
        self.enqueue_owner("Deployment", obj)
        if controller_of(obj) is None:
            for deployment in self.cluster.informer(DEPLOYMENTS).all(namespace(obj)):
                if selects(deployment["spec"].get("selector"), labels(obj)):
                    self.queue.add(key(deployment))

    def _pod_changed(self, kind: str, pod: Json) -> None:
        """Recreate waits until the last old Pod is gone."""
        owner = controller_of(pod)
        if kind == "DELETED" and owner is not None and owner.get("kind") == "ReplicaSet":
            owned = self.cluster.get(SETS, namespace(pod), str(owner["name"]))
            if owned is not None:
                self.enqueue_owner("Deployment", owned)

    def reconcile(self, key: Key) -> None:
        deployment = self.cluster.get(DEPLOYMENTS, *key)
        if deployment is None:
            return
        sets = self._claimed(deployment)
        if deleting(deployment):
            self._write_status(deployment, sets, templates.newest_of(deployment, sets))
            return
        deployment = self._with_paused_condition(deployment)
        if deployment["spec"].get("paused") or rolling.is_scaling(deployment, sets):
            self._only_scale(deployment, sets)
        elif (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
            self._recreate(deployment, sets)
        else:
            self._roll(deployment, sets)

    def _claimed(self, deployment: Json) -> list[Json]:
        """Our ReplicaSets: adopt matching orphans, release what matches no more."""
        claimed = []
        for candidate in self.cluster.all(SETS, namespace(deployment)):
            matches = selects(deployment["spec"].get("selector"), labels(candidate))
            if controlled_by(candidate, deployment):
                if matches:
                    claimed.append(candidate)
                elif not deleting(deployment):
                    self.cluster.patch(SETS, candidate, {"metadata": {"ownerReferences": None}})
            elif matches and controller_of(candidate) is None and not deleting(deployment):
                if not deleting(candidate):
                    owner = owner_reference("apps/v1", "Deployment", deployment)
                    change = {"metadata": {"ownerReferences": [owner]}}
                    claimed.append(self.cluster.patch(SETS, candidate, change))
        return claimed

    def _with_paused_condition(self, deployment: Json) -> Json:
        """Pausing is told in the Progressing condition, so that no deadline runs meanwhile."""
        found = paused_condition(deployment, timestamp(self.clock.now()))
        if found is None:
            return deployment
        status = with_condition(copied(deployment.get("status") or {}), found)
        return self.cluster.write_status(DEPLOYMENTS, deployment, status)

    def _only_scale(self, deployment: Json, sets: list[Json]) -> None:
        new = templates.newest_of(deployment, sets)
        if new is not None:
            new = self._marked(deployment, new, sets)
        old = _without(sets, new)
        for owned, replicas in rolling.proportional(deployment, new, old):
            self._scale(deployment, owned, replicas)
        if deployment["spec"].get("paused"):
            self._clean_up(deployment, old)
        self._finish(deployment, name(new) if new is not None else "")

    def _roll(self, deployment: Json, sets: list[Json]) -> None:
        new, old = self._new_and_old(deployment, sets)
        wanted = rolling.new_replicas(deployment, [*old, new], new)
        if wanted != rolling.replicas_of(new):
            self._scale(deployment, new, wanted)
        else:
            for owned, replicas in rolling.shrink_old(deployment, [*old, new], old, new):
                self._scale(deployment, owned, replicas)
        self._finish(deployment, name(new))

    def _recreate(self, deployment: Json, sets: list[Json]) -> None:
        """First all old Pods go, then the new ReplicaSet comes."""
        new = templates.newest_of(deployment, sets)
        active = [s for s in _without(sets, new) if rolling.replicas_of(s) > 0]
        for owned in active:
            self._scale(deployment, owned, 0)
        if active or self._old_pods_run(_without(sets, new)):
            self._finish(deployment, name(new) if new is not None else "")
            return
        new, _ = self._new_and_old(deployment, sets)
        wanted = rolling.desired(deployment)
        if rolling.replicas_of(new) != wanted:
            self._scale(deployment, new, wanted)
        self._finish(deployment, name(new))

    def _old_pods_run(self, old: list[Json]) -> bool:
        pods = [
            pod
            for owned in old
            for pod in self.cluster.all(PODS, namespace(owned))
            if controlled_by(pod, owned)
        ]
        return any(not pod_finished(pod) for pod in pods)

    def _new_and_old(self, deployment: Json, sets: list[Json]) -> tuple[Json, list[Json]]:
        found = templates.newest_of(deployment, sets)
        new = self._created(deployment, sets) if found is None else found
        return self._marked(deployment, new, sets), _without(sets, new)

    def _created(self, deployment: Json, sets: list[Json]) -> Json:
        """Make the new ReplicaSet; a name that is taken counts as a hash collision."""
        status = deployment.get("status") or {}
        hash_text = templates.template_hash(
            deployment["spec"]["template"], status.get("collisionCount")
        )
        fresh = templates.new_replica_set(deployment, hash_text, 0)
        recreate = (deployment["spec"].get("strategy") or {}).get("type") == "Recreate"
        replicas = (
            rolling.desired(deployment)
            if recreate
            else rolling.new_replicas(deployment, [*sets, fresh], fresh)
        )
        fresh["spec"]["replicas"] = replicas
        revision = 1 + max((templates.revision_of(s) for s in sets), default=0)
        noted = templates.with_revision(fresh, deployment, revision)
        fresh["metadata"]["annotations"] = {**noted, **rolling.size_notes(deployment)}
        try:
            created = self.cluster.create(SETS, fresh, manager=self.name)
        except StatusError as error:
            if error.reason == "AlreadyExists":
                changed = {**status, "collisionCount": int(status.get("collisionCount") or 0) + 1}
                self.cluster.write_status(DEPLOYMENTS, deployment, changed)
            raise
        if replicas > 0:
            self._scaled_event(deployment, created, 0, replicas)
        return created

    def _marked(self, deployment: Json, new: Json, sets: list[Json]) -> Json:
        """See to the revision of the newest ReplicaSet and, after it, of the Deployment."""
        others = [templates.revision_of(s) for s in _without(sets, new)]
        noted = templates.with_revision(new, deployment, 1 + max(others, default=0))
        if noted != dict(notes(new)):
            new = self.cluster.patch(SETS, new, {"metadata": {"annotations": noted}})
        revision = notes(new).get(templates.REVISION)
        if revision and notes(deployment).get(templates.REVISION) != revision:
            self._note_revision(deployment, revision)
        return new

    def _note_revision(self, deployment: Json, revision: str) -> None:
        """By way of the status, as the real controller does: the generation stays."""
        noted = {**notes(deployment), templates.REVISION: revision}
        changed = {**deployment, "metadata": {**meta(deployment), "annotations": noted}}
        written = self.cluster.update(DEPLOYMENTS, changed, subresource="status", manager=self.name)
        if notes(written).get(templates.REVISION) != revision:
            change = {"metadata": {"annotations": {templates.REVISION: revision}}}
            self.cluster.patch(DEPLOYMENTS, written, change, manager=self.name)

    def _scale(self, deployment: Json, owned: Json, replicas: int) -> None:
        before = rolling.replicas_of(owned)
        sizes = rolling.size_notes(deployment)
        if before == replicas and sizes.items() <= dict(notes(owned)).items():
            return
        changed = copied(owned)
        changed["spec"]["replicas"] = replicas
        meta(changed)["annotations"] = {**notes(owned), **sizes}
        self.cluster.update(SETS, changed, manager=self.name)
        if before != replicas:
            self._scaled_event(deployment, owned, before, replicas)

    def _scaled_event(self, deployment: Json, owned: Json, before: int, after: int) -> None:
        verb = "up" if after > before else "down"
        message = f"Scaled {verb} replica set {name(owned)} from {before} to {after}"
        self.events.normal(deployment, "ScalingReplicaSet", message)

    def _finish(self, deployment: Json, new_name: str) -> None:
        """Write the status from what stands now, clean up when the roll-out is complete."""
        current = self.cluster.get(DEPLOYMENTS, *key(deployment))
        if current is None:
            return
        sets = [s for s in self.cluster.all(SETS, namespace(current)) if controlled_by(s, current)]
        new = next((s for s in sets if name(s) == new_name), None)
        current = self._write_status(current, sets, new)
        if not current["spec"].get("paused") and is_complete(current, current["status"]):
            self._clean_up(current, _without(sets, new))

    def _write_status(self, deployment: Json, sets: list[Json], new: Json | None) -> Json:
        status, wait = status_of(deployment, sets, new, self.clock.now())
        if wait is not None:
            self.queue.add_after(key(deployment), wait)
        return self.cluster.write_status(DEPLOYMENTS, deployment, status, manager=self.name)

    def _clean_up(self, deployment: Json, old: list[Json]) -> None:
        """Delete the oldest empty ReplicaSets beyond ``revisionHistoryLimit``."""
        limit = deployment["spec"].get("revisionHistoryLimit")
        if limit is None:
            return
        living = [s for s in old if not deleting(s)]
        ranked = sorted(living, key=templates.revision_of)
        for owned in ranked[: max(0, len(living) - int(limit))]:
            counted = int((owned.get("status") or {}).get("replicas") or 0)
            if rolling.replicas_of(owned) == 0 and counted == 0:
                self.cluster.delete(SETS, owned)


def _without(sets: list[Json], new: Json | None) -> list[Json]:
    return [s for s in sets if new is None or name(s) != name(new)]
