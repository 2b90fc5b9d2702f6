"""The controllers' objects: Deployments, ReplicaSets and what they replaced, DaemonSets,
StatefulSets."""

from __future__ import annotations

from dataclasses import replace

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, at
from labkit.embedded.kinds.words import (
    NONE,
    SELECTOR_COLUMN,
    TEMPLATE_COLUMNS,
    labels_text,
    selector_text,
    template_cells,
)
from labkit.embedded.status import qualified

WIDE = (*TEMPLATE_COLUMNS, SELECTOR_COLUMN)


def _wide(obj: Json) -> list[str]:
    spec = obj["spec"]
    return [*template_cells(spec.get("template")), selector_text(spec.get("selector"))]


def _count(obj: Json, *path: str) -> int:
    return int(at(obj, *path, default=0))


def _deployment_cells(obj: Json, now: float) -> Cells:
    ready, wanted = _count(obj, "status", "readyReplicas"), _count(obj, "spec", "replicas")
    return [
        obj["metadata"]["name"],
        f"{ready}/{wanted}",
        _count(obj, "status", "updatedReplicas"),
        _count(obj, "status", "availableReplicas"),
        age(obj, now),
        *_wide(obj),
    ]


def _replica_set_cells(obj: Json, now: float) -> Cells:
    return [
        obj["metadata"]["name"],
        _count(obj, "spec", "replicas"),
        _count(obj, "status", "replicas"),
        _count(obj, "status", "readyReplicas"),
        age(obj, now),
        *_wide(obj),
    ]


def _replication_controller_cells(obj: Json, now: float) -> Cells:
    *cells, _ = _replica_set_cells(obj, now)
    return [*cells, labels_text(at(obj, "spec", "selector"))]


def _stateful_set_cells(obj: Json, now: float) -> Cells:
    ready, wanted = _count(obj, "status", "readyReplicas"), _count(obj, "spec", "replicas")
    name = obj["metadata"]["name"]
    return [name, f"{ready}/{wanted}", age(obj, now), *template_cells(obj["spec"].get("template"))]


DAEMON_COUNTS = (
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
)


def _daemon_set_cells(obj: Json, now: float) -> Cells:
    return [
        obj["metadata"]["name"],
        *(_count(obj, "status", key) for key in DAEMON_COUNTS),
        labels_text(at(obj, "spec", "template", "spec", "nodeSelector")),
        age(obj, now),
        *_wide(obj),
    ]


def _revision_cells(obj: Json, now: float) -> Cells:
    owner = NONE
    for reference in at(obj, "metadata", "ownerReferences", default=[]):
        if reference.get("controller"):
            group = reference["apiVersion"].rpartition("/")[0]
            owner = f"{qualified(reference['kind'].lower(), group)}/{reference['name']}"
    return [obj["metadata"]["name"], owner, obj.get("revision", 0), age(obj, now)]


DEPLOYMENT = Kind(
    "Deployment",
    "deployments",
    "apps",
    short_names=("deploy",),
    categories=("all",),
    columns=(
        NAME,
        Column("Ready"),
        Column("Up-to-date", "integer"),
        Column("Available", "integer"),
        AGE,
        *WIDE,
    ),
    cells=_deployment_cells,
    subresources=("scale", "status"),
)
REPLICA_SET = Kind(
    "ReplicaSet",
    "replicasets",
    "apps",
    short_names=("rs",),
    categories=("all",),
    columns=(
        NAME,
        Column("Desired", "integer"),
        Column("Current", "integer"),
        Column("Ready", "integer"),
        AGE,
        *WIDE,
    ),
    cells=_replica_set_cells,
    subresources=("scale", "status"),
)
REPLICATION_CONTROLLER = replace(
    REPLICA_SET,
    kind="ReplicationController",
    plural="replicationcontrollers",
    group="",
    short_names=("rc",),
    cells=_replication_controller_cells,
    orphan_by_default=True,
)
STATEFUL_SET = Kind(
    "StatefulSet",
    "statefulsets",
    "apps",
    short_names=("sts",),
    categories=("all",),
    columns=(NAME, Column("Ready"), AGE, *TEMPLATE_COLUMNS),
    cells=_stateful_set_cells,
    subresources=("scale", "status"),
)
DAEMON_SET = Kind(
    "DaemonSet",
    "daemonsets",
    "apps",
    short_names=("ds",),
    categories=("all",),
    columns=(
        NAME,
        Column("Desired", "integer"),
        Column("Current", "integer"),
        Column("Ready", "integer"),
        Column("Up-to-date", "integer"),
        Column("Available", "integer"),
        Column("Node Selector"),
        AGE,
        *WIDE,
    ),
    cells=_daemon_set_cells,
    subresources=("status",),
)
CONTROLLER_REVISION = Kind(
    "ControllerRevision",
    "controllerrevisions",
    "apps",
    columns=(NAME, Column("Controller"), Column("Revision", "integer"), AGE),
    cells=_revision_cells,
)
