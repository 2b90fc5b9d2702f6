"""From a Deployment to its ReplicaSets: the template's hash, revisions, the new ReplicaSet.

After pkg/controller/deployment/util/deployment_util.go.
"""

from __future__ import annotations

import copy
import json

from labkit.embedded.controllers.objects import (
    by_name,
    meta,
    name,
    namespace,
    notes,
    owner_reference,
    seconds_of,
)
from labkit.embedded.interfaces import Json

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
_NOT_COPIED = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.deployment.rollback.to",
    REVISION,
    REVISION_HISTORY,
    DESIRED,
    MAXIMUM,
}
_SAFE = "bcdfghjklmnpqrstvwxz2456789"


def safe_encoded(text: str) -> str:
    """``rand.SafeEncodeString``: letters and digits that cannot spell a word."""
    return "".join(_SAFE[ord(char) % len(_SAFE)] for char in text)


def template_hash(template: Json, collisions: int | None) -> str:
    """FNV-1a over the template, written as Kubernetes writes it (``6776cf65c8``).

    The shape is the real one; the value is not, for Kubernetes hashes Go's own print of the
    struct.
    """
    text = json.dumps(template, sort_keys=True) + ("" if collisions is None else str(collisions))
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return safe_encoded(str(value))


def bare_template(template: Json) -> Json:
    """The template without the hash label, for comparison (``EqualIgnoreHash``)."""
    bare = copy.deepcopy(template)
    found = (bare.get("metadata") or {}).get("labels") or {}
    found.pop(HASH_LABEL, None)
    (bare.get("metadata") or {}).pop("creationTimestamp", None)
    return bare


def newest_of(deployment: Json, sets: list[Json]) -> Json | None:
    """The ReplicaSet that has the Deployment's template: the oldest one of those."""
    wanted = bare_template(deployment["spec"]["template"])
    for candidate in oldest_first(sets):
        if bare_template(candidate["spec"]["template"]) == wanted:
            return candidate
    return None


def oldest_first(sets: list[Json]) -> list[Json]:
    return sorted(by_name(sets), key=lambda s: seconds_of(meta(s).get("creationTimestamp")))


def revision_of(obj: Json) -> int:
    text = notes(obj).get(REVISION, "")
    return int(text) if text.isdigit() else 0


def new_replica_set(deployment: Json, hash_text: str, replicas: int) -> Json:
    """The object to create; its annotations are set by ``wanted_annotations``."""
    spec = deployment["spec"]
    template = copy.deepcopy(spec["template"])
    template.setdefault("metadata", {}).setdefault("labels", {})[HASH_LABEL] = hash_text
    selector = copy.deepcopy(spec["selector"])
    selector.setdefault("matchLabels", {})[HASH_LABEL] = hash_text
    body: Json = {"replicas": replicas, "selector": selector, "template": template}
    if spec.get("minReadySeconds"):
        body["minReadySeconds"] = spec["minReadySeconds"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{name(deployment)}-{hash_text}",
            "namespace": namespace(deployment),
            "labels": dict(template["metadata"]["labels"]),
            "annotations": {},
            "ownerReferences": [owner_reference("apps/v1", "Deployment", deployment)],
        },
        "spec": body,
    }


def copied_annotations(deployment: Json) -> dict[str, str]:
    """Those of the Deployment's annotations that its new ReplicaSet carries too."""
    return {k: v for k, v in notes(deployment).items() if k not in _NOT_COPIED}


def with_revision(replica_set: Json, deployment: Json, revision: int) -> dict[str, str]:
    """The new ReplicaSet's annotations; an older revision it had goes to the history."""
    found = dict(notes(replica_set))
    found.update(copied_annotations(deployment))
    old = revision_of(replica_set)
    if old < revision:
        if old:
            history = [t for t in found.get(REVISION_HISTORY, "").split(",") if t]
            found[REVISION_HISTORY] = ",".join([*history, str(old)])
        found[REVISION] = str(revision)
    return found
