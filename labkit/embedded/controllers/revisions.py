"""ControllerRevisions: what a StatefulSet or a DaemonSet has looked like.

After pkg/controller/history: ``kubectl rollout history`` and ``undo`` read them.
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.objects import (
    controlled_by,
    meta,
    name,
    namespace,
    notes,
    owner_reference,
)
from labkit.embedded.controllers.templates import template_hash
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError, already_exists

REVISIONS = "controllerrevisions.apps"
POD_LABEL = "controller-revision-hash"
"""Carried by Pods: a DaemonSet's have the hash there, a StatefulSet's the revision's name."""
HASH_LABEL = "controller.kubernetes.io/hash"
"""Where a StatefulSet's revisions have their hash; a DaemonSet's have it in ``POD_LABEL``."""

ATTEMPTS = 8
MANAGER = "kube-controller-manager"


def synced(cluster: Cluster, owner: Json, label: str) -> list[Json]:
    """The owner's revisions, oldest first; the last one is its present template.

    A template that was there before becomes the newest again.  ``label`` is the one that holds
    a revision's hash.
    """
    data = data_of(owner)
    found = sorted(_owned(cluster, owner), key=lambda r: int(r["revision"]))
    top = int(found[-1]["revision"]) if found else 0
    same = [r for r in found if r.get("data") == data]
    if not same:
        found.append(_created(cluster, owner, data, label, top + 1))
    elif same[-1] is not found[-1]:
        found.remove(same[-1])
        found.append(cluster.patch(REVISIONS, same[-1], {"revision": top + 1}, manager=MANAGER))
    return found


def data_of(owner: Json) -> Json:
    """A strategic merge patch that sets the template: the keys in Go's order, for clients compare
    it byte by byte."""
    template = {**owner["spec"]["template"], "$patch": "replace"}
    return {"spec": {"template": _sorted(template)}}


def prune(cluster: Cluster, owner: Json, found: list[Json], live: set[str]) -> None:
    """Beyond ``revisionHistoryLimit`` the oldest revisions go that nothing lives by (names)."""
    limit = owner["spec"].get("revisionHistoryLimit")
    idle = [revision for revision in found[:-1] if name(revision) not in live]
    extra = len(idle) - (10 if limit is None else int(limit))
    for old in idle[: max(0, extra)]:
        cluster.delete(REVISIONS, old)


def hash_of(revision: Json, label: str = POD_LABEL) -> str:
    """The hash of a revision's template."""
    return str((meta(revision).get("labels") or {}).get(label) or "")


def _owned(cluster: Cluster, owner: Json) -> list[Json]:
    every = cluster.all(REVISIONS, namespace(owner))
    return [revision for revision in every if controlled_by(revision, owner)]


def _created(cluster: Cluster, owner: Json, data: Json, label: str, number: int) -> Json:
    """Make a revision; a name that another one has counts as a hash collision."""
    collisions = int((owner.get("status") or {}).get("collisionCount") or 0)
    for attempt in range(collisions, collisions + ATTEMPTS):
        text = template_hash(data, attempt or None)
        try:
            fresh = _fresh(owner, data, label, text, number)
            return cluster.create(REVISIONS, fresh, manager=MANAGER)
        except StatusError as error:
            if error.reason != "AlreadyExists":
                raise
    raise already_exists("controllerrevisions", "apps", f"{name(owner)}-{text}")


def _fresh(owner: Json, data: Json, label: str, text: str, number: int) -> Json:
    labels = dict((owner["spec"]["template"].get("metadata") or {}).get("labels") or {})
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": f"{name(owner)}-{text}",
            "namespace": namespace(owner),
            "labels": {**labels, label: text},
            "annotations": dict(notes(owner)),
            "ownerReferences": [owner_reference("apps/v1", owner["kind"], owner)],
        },
        "data": data,
        "revision": number,
    }


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
