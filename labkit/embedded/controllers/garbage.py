"""The garbage collector: objects whose owners are gone, and orderly deletions.

After pkg/controller/garbagecollector: Background (dependants go after the owner), Foreground
(the owner waits for those that block it) and Orphan (dependants are let go of first).
"""

from __future__ import annotations

from labkit.embedded.controllers import resources
from labkit.embedded.controllers.cluster import Handler
from labkit.embedded.controllers.objects import Key, deleting, key, meta, uid
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.interfaces import Json

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"


class GarbageCollector(Controller):
    """Keys are uids of objects: ``("", uid)``."""

    name = "garbage-collector"

    def watch(self) -> None:
        self._where: dict[str, tuple[str, Key]] = {}
        self._dependants: dict[str, set[str]] = {}
        self._owners: dict[str, set[str]] = {}
        for resource in [*resources.collected(self.cluster), *resources.CLUSTER_WIDE]:
            self.cluster.informer(resource).on_change(self._handler(resource))

    def _handler(self, resource: str) -> Handler:
        def changed(kind: str, obj: Json) -> None:
            if kind == "DELETED":
                self._forget(obj)
            else:
                self._note(resource, obj)

        return changed

    def _note(self, resource: str, obj: Json) -> None:
        me = uid(obj)
        self._where[me] = (resource, key(obj))
        owners = {str(r["uid"]) for r in meta(obj).get("ownerReferences") or []}
        for gone in self._owners.get(me, set()) - owners:
            self._dependants.get(gone, set()).discard(me)
        for owner in owners:
            self._dependants.setdefault(owner, set()).add(me)
        if owners:
            self._owners[me] = owners
        else:
            self._owners.pop(me, None)
        if owners or meta(obj).get("finalizers"):
            self.queue.add(("", me))

    def _forget(self, obj: Json) -> None:
        me = uid(obj)
        self._where.pop(me, None)
        for owner in self._owners.pop(me, set()):
            self._dependants.get(owner, set()).discard(me)
            self.queue.add(("", owner))
        for dependant in self._dependants.pop(me, set()):
            self.queue.add(("", dependant))

    def reconcile(self, key: Key) -> None:
        found = self._object(key[1])
        if found is None:
            return
        resource, obj = found
        finalizers = meta(obj).get("finalizers") or []
        if deleting(obj) and ORPHAN in finalizers:
            self._orphan(resource, obj)
        elif deleting(obj) and FOREGROUND in finalizers:
            self._delete_dependants(resource, obj)
        if not deleting(obj):
            self._check_owners(resource, obj)

    def _object(self, me: str) -> tuple[str, Json] | None:
        where = self._where.get(me)
        if where is None:
            return None
        obj = self.cluster.get(where[0], *where[1])
        return (where[0], obj) if obj is not None and uid(obj) == me else None

    def _check_owners(self, resource: str, obj: Json) -> None:
        references = meta(obj).get("ownerReferences") or []
        if not references:
            return
        solid = [r for r in references if self._exists(r)]
        if not solid:
            self.cluster.delete(resource, obj, propagation=_policy_of(obj))
        elif all(self._leaving(r) for r in solid):
            if any(r.get("blockOwnerDeletion") for r in solid):
                self.cluster.delete(resource, obj, propagation="Foreground")
        elif len(solid) != len(references):
            self.cluster.patch(resource, obj, {"metadata": {"ownerReferences": solid}})

    def _exists(self, reference: Json) -> bool:
        """Kinds that nobody watches here count as present."""
        if str(reference["uid"]) in self._where:
            return True
        return not self._watched(str(reference.get("kind")))

    def _watched(self, kind: str) -> bool:
        plural = kind.lower() + ("es" if kind.lower().endswith("s") else "s")
        every = (*resources.NAMESPACED, *resources.CLUSTER_WIDE)
        known = {resource.partition(".")[0] for resource in every}
        return plural in known or kind.lower() in known

    def _leaving(self, reference: Json) -> bool:
        found = self._object(str(reference["uid"]))
        if found is None:
            return False
        obj = found[1]
        return deleting(obj) and FOREGROUND in (meta(obj).get("finalizers") or [])

    def _orphan(self, resource: str, obj: Json) -> None:
        for dependant in sorted(self._dependants.get(uid(obj), set())):
            found = self._object(dependant)
            if found is not None:
                kept = [r for r in meta(found[1])["ownerReferences"] if r["uid"] != uid(obj)]
                change = {"metadata": {"ownerReferences": kept or None}}
                self.cluster.patch(found[0], found[1], change)
        self._without(resource, obj, ORPHAN)

    def _delete_dependants(self, resource: str, obj: Json) -> None:
        """Delete all dependants; the owner goes when none that blocks it is left."""
        blocked = False
        for dependant in sorted(self._dependants.get(uid(obj), set())):
            found = self._object(dependant)
            if found is None:
                continue
            if not deleting(found[1]):
                self.cluster.delete(found[0], found[1], propagation="Foreground")
            if self._object(dependant) is not None:
                blocked = blocked or _blocks(found[1], uid(obj))
        if not blocked:
            self._without(resource, obj, FOREGROUND)

    def _without(self, resource: str, obj: Json, finalizer: str) -> None:
        kept = [f for f in meta(obj).get("finalizers") or [] if f != finalizer]
        self.cluster.patch(resource, obj, {"metadata": {"finalizers": kept or None}})
        self.cluster.refresh(resource, obj)


def _blocks(obj: Json, owner: str) -> bool:
    references = meta(obj).get("ownerReferences") or []
    return any(r["uid"] == owner and r.get("blockOwnerDeletion") for r in references)


def _policy_of(obj: Json) -> str:
    finalizers = meta(obj).get("finalizers") or []
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else "Background"
