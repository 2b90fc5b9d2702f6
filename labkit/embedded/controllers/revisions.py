"""ControllerRevisions: what a StatefulSet or a DaemonSet has looked like.

After pkg/controller/history: ``kubectl rollout history`` and ``undo`` read them.
"""

from __future__ import annotations

import copy

from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.objects import (
    controlled_by,
    meta,
    name,
    namespace,
    owner_reference,
)
from labkit.embedded.controllers.templates import template_hash
from labkit.embedded.interfaces import Json

REVISIONS = "controllerrevisions.apps"
HASH_LABEL = "controller-revision-hash"


def synced(cluster: Cluster, owner: Json) -> list[Json]:
    """The owner's revisions, oldest first; the last one is its present template.

    A template that was there before becomes the newest again; beyond the history limit the
    oldest ones go.
    """
    data = {"spec": {"template": {**copy.deepcopy(owner["spec"]["template"]), "$patch": "replace"}}}
    found = sorted(_owned(cluster, owner), key=lambda r: int(r["revision"]))
    top = int(found[-1]["revision"]) if found else 0
    same = next((r for r in found if r.get("data") == data), None)
    if same is None:
        found.append(cluster.create(REVISIONS, _fresh(owner, data, top + 1)))
    elif same is not found[-1]:
        found.remove(same)
        found.append(cluster.patch(REVISIONS, same, {"revision": top + 1}))
    limit = owner["spec"].get("revisionHistoryLimit")
    extra = len(found) - 1 - (10 if limit is None else int(limit))
    for old in found[: max(0, extra)]:
        cluster.delete(REVISIONS, old)
    return found[max(0, extra) :]


def hash_of(revision: Json) -> str:
    return str((meta(revision).get("labels") or {}).get(HASH_LABEL) or "")


def _owned(cluster: Cluster, owner: Json) -> list[Json]:
    every = cluster.all(REVISIONS, namespace(owner))
    return [revision for revision in every if controlled_by(revision, owner)]


def _fresh(owner: Json, data: Json, number: int) -> Json:
    text = template_hash(data, None)
    labels = dict((owner["spec"]["template"].get("metadata") or {}).get("labels") or {})
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": f"{name(owner)}-{text}",
            "namespace": namespace(owner),
            "labels": {**labels, HASH_LABEL: text},
            "ownerReferences": [owner_reference("apps/v1", owner["kind"], owner)],
        },
        "data": data,
        "revision": number,
    }
