"""Delete: preconditions, grace, finalizers, what happens to dependents.

Source: apiserver/pkg/registry/generic/registry/store.go (Delete, deletionFinalizersForGarbage
Collection), registry/rest/delete.go (BeforeDelete).
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.kinds.ages import rfc3339
from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery import metadata
from labkit.embedded.machinery.options import DeleteOptions
from labkit.embedded.machinery.world import World, kept, shown
from labkit.embedded.status import Cause, forbidden, invalid

Json = dict[str, Any]

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
IMMORTAL = ("default", "kube-node-lease", "kube-public", "kube-system")
POLICIES = ("Background", "Foreground", "Orphan")


def delete(
    world: World, kind: Kind, namespace: str | None, name: str, options: DeleteOptions
) -> tuple[Json, bool]:
    """The object as it was last, and whether it is gone already."""
    _check_policy(options.propagation)
    if kind.kind == "Namespace" and name in IMMORTAL:
        raise forbidden("namespaces", "", name, "this namespace may not be deleted")
    old = world.current(kind, namespace, name)
    metadata.check_preconditions(kind, old, options.uid, options.version)
    grace = kind.grace(old, options.grace_seconds) if kind.grace else 0
    finalizers = _finalizers(kind, old, options.propagation)
    if grace == 0 and not finalizers and not _holds(kind, old):
        return _remove(world, kind, old, options.dry_run), True
    new = _marked(world, kind, old, grace, finalizers)
    if new == old or options.dry_run:
        return new, False
    space = old["metadata"].get("namespace", "")
    stored = world.store.put(kind.store_key, space, name, kept(kind, new))
    return shown(kind, stored.object), False


def _check_policy(policy: str | None) -> None:
    if policy and policy not in POLICIES:
        shown_policies = ", ".join(f'"{each}"' for each in POLICIES)
        message = f'Invalid value: "{policy}": must be one of {shown_policies}'
        cause = Cause("propagationPolicy", "FieldValueInvalid", message)
        raise invalid("DeleteOptions", "", "", [cause])


def _holds(kind: Kind, obj: Json) -> bool:
    return kind.kind == "Namespace" and bool((obj.get("spec") or {}).get("finalizers"))


def _finalizers(kind: Kind, obj: Json, policy: str | None) -> list[str]:
    """The object's own, plus the one of the garbage collector that the policy asks for."""
    own = [f for f in obj["metadata"].get("finalizers") or [] if f not in (FOREGROUND, ORPHAN)]
    had = [f for f in obj["metadata"].get("finalizers") or [] if f in (FOREGROUND, ORPHAN)]
    if policy is None:
        added = had or ([ORPHAN] if kind.orphan_by_default else [])
    else:
        added = {"Foreground": [FOREGROUND], "Orphan": [ORPHAN]}.get(policy, [])
    return own + added


def _remove(world: World, kind: Kind, old: Json, dry_run: bool) -> Json:
    if dry_run:
        return old
    data = old["metadata"]
    gone = world.store.drop(kind.store_key, data.get("namespace", ""), data["name"])
    return shown(kind, gone)


def _marked(world: World, kind: Kind, old: Json, grace: int, finalizers: list[str]) -> Json:
    """The object on its way out; a second deletion can only shorten the wait."""
    data = dict(old["metadata"])
    before = data.get("deletionGracePeriodSeconds")
    if not data.get("deletionTimestamp") or (before is not None and grace < before):
        data["deletionTimestamp"] = rfc3339(world.now() + grace)
        data["deletionGracePeriodSeconds"] = grace
        if "generation" in data and not old["metadata"].get("deletionTimestamp"):
            data["generation"] += 1
    data["finalizers"] = finalizers
    if not finalizers:
        data.pop("finalizers")
    if kind.kind != "Namespace":
        return {**old, "metadata": data}
    data.pop("deletionGracePeriodSeconds", None)
    return {**old, "metadata": data, "status": {**old.get("status", {}), "phase": "Terminating"}}
