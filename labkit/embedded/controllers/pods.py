"""Pods made from a template and claimed by a selector: shared by all workload controllers.

After pkg/controller/controller_utils.go and controller_ref_manager.go.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.objects import (
    controlled_by,
    controller_of,
    deleting,
    labels,
    meta,
    name,
    namespace,
    owner_reference,
    selects,
)
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

PODS = "pods"


def claimed(
    cluster: Cluster,
    owner: Json,
    selector: Json | None,
    *,
    may_be_ours: Callable[[Json], bool] = lambda pod: True,
) -> list[Json]:
    """The owner's Pods: matching orphans are adopted, Pods that match no more are released.

    ``may_be_ours`` says whether an orphan can be adopted besides its labels.
    """
    found = []
    for pod in cluster.all(PODS, namespace(owner)):
        matches = selects(selector, labels(pod))
        if controlled_by(pod, owner):
            if matches or deleting(owner):
                found.append(pod)
            else:
                _released(cluster, owner, pod)
        elif matches and controller_of(pod) is None and not deleting(owner):
            if not deleting(pod) and may_be_ours(pod):
                found.append(_adopted(cluster, owner, pod))
    return found


def from_template(owner: Json, template: Json) -> Json:
    """A Pod of this owner, named by the API server: the owner's name and five characters."""
    found = template.get("metadata") or {}
    metadata: Json = {
        "generateName": f"{name(owner)}-",
        "namespace": namespace(owner),
        "labels": dict(found.get("labels") or {}),
        "ownerReferences": [owner_reference(owner["apiVersion"], owner["kind"], owner)],
    }
    for field in ("annotations", "finalizers"):
        if found.get(field):
            metadata[field] = copy.deepcopy(found[field])
    spec = copy.deepcopy(template["spec"])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def create(cluster: Cluster, events: Recorder, owner: Json, pod: Json) -> Json:
    """Create a Pod and say so; a refusal becomes a FailedCreate event and is raised again."""
    try:
        created = cluster.create(PODS, pod, manager="kube-controller-manager")
    except StatusError as error:
        events.warning(owner, "FailedCreate", f"Error creating: {error.message}")
        raise
    events.normal(owner, "SuccessfulCreate", f"Created pod: {name(created)}")
    return created


def delete(cluster: Cluster, events: Recorder, owner: Json, pod: Json) -> None:
    """Ask for a Pod's deletion and say so."""
    cluster.delete(PODS, pod)
    events.normal(owner, "SuccessfulDelete", f"Deleted pod: {name(pod)}")


def _adopted(cluster: Cluster, owner: Json, pod: Json) -> Json:
    mine = owner_reference(owner["apiVersion"], owner["kind"], owner)
    owners = [*(meta(pod).get("ownerReferences") or []), mine]
    return cluster.patch(PODS, pod, {"metadata": {"ownerReferences": owners}})


def _released(cluster: Cluster, owner: Json, pod: Json) -> None:
    others = [
        r for r in meta(pod).get("ownerReferences") or [] if r.get("uid") != meta(owner)["uid"]
    ]
    cluster.patch(PODS, pod, {"metadata": {"ownerReferences": others or None}})
