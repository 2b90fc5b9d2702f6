"""Doing a fault's changes, and undoing them exactly.

What undoes a change is worked out before it is made, as plain data::

    {"do": "set", "kind": ..., "name": ..., "namespace": ..., "path": [...], "value": ...}
    {"do": "unset", ..., "path": [...]}     the field was not there
    {"do": "delete", "kind": ..., "name": ..., "namespace": ...}
    {"do": "create", "manifest": {...}}
    {"do": "power-on", "node": ...}

Undoing is gentle: an object that is gone meanwhile, or a field that has its old value again, is
left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labkit.cluster.base import Cluster
from labkit.cluster.kubectl import Kubectl
from labkit.lab.faults.nouns import Change, Edit, Json, Make, Remove, Replace, SwitchOff, Thing
from labkit.lab.power import switch

MISSING = object()
OWN = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink")
"""Metadata that an object gets anew when it is made again."""


def undo_of(kubectl: Kubectl, change: Change) -> list[Json]:
    """What would undo a change, by what the cluster looks like now."""
    if isinstance(change, Edit):
        found = look(kubectl, change.thing) or {}
        before = at(found, change.path)
        step = {**_named(change.thing), "path": list(change.path)}
        if before is MISSING:
            return [{"do": "unset", **step}]
        return [{"do": "set", **step, "value": before}]
    if isinstance(change, Make):
        return [{"do": "delete", **_named(change.thing)}]
    if isinstance(change, Remove):
        gone = look(kubectl, change.thing)
        return [{"do": "create", "manifest": as_new(gone)}] if gone else []
    if isinstance(change, SwitchOff):
        return [{"do": "power-on", "node": change.node}]
    return []


def do(kubectl: Kubectl, cluster: Cluster, change: Change, labels: Mapping[str, str]) -> None:
    """Make a change.  Raises ``CommandFailed`` or ``ClusterError``."""
    if isinstance(change, Edit):
        _patch(kubectl, _named(change.thing), change.path, change.value)
    elif isinstance(change, Make):
        meta = {**change.manifest["metadata"], "labels": dict(labels)}
        manifest = {**change.manifest, "metadata": meta}
        kubectl.check("create", "-f", "-", stdin=json.dumps(manifest))
    elif isinstance(change, Remove):
        kubectl.check("delete", change.thing.kind, change.thing.name)
    elif isinstance(change, Replace):
        kubectl.check("delete", "pods", "-l", change.labels, "--wait=true", timeout=180.0)
    else:
        switch(cluster, change.node, on=False)


def undo(kubectl: Kubectl, cluster: Cluster, step: Json) -> None:
    """Take one step back."""
    if step["do"] == "power-on":
        switch(cluster, step["node"], on=True)
    elif step["do"] == "create":
        _create(kubectl, step["manifest"])
    elif step["do"] == "delete":
        words = _words(step)
        kubectl.check("delete", *words, "--ignore-not-found", timeout=180.0)
    else:
        _restore(kubectl, step)


def _create(kubectl: Kubectl, manifest: Json) -> None:
    """Make an object again; its annotations as they were (kubectl writes one of its own)."""
    meta = manifest["metadata"]
    place = Thing(manifest["kind"].lower(), meta["name"], meta.get("namespace", ""))
    if look(kubectl, place) is None:
        kubectl.check("create", "-f", "-", stdin=json.dumps(manifest))
        if meta.get("annotations"):
            _patch(kubectl, _named(place), ("metadata", "annotations"), meta["annotations"])


def _restore(kubectl: Kubectl, step: Json) -> None:
    """Give a field its old value, or take it away."""
    thing = Thing(step["kind"], step["name"], step["namespace"])
    found = look(kubectl, thing)
    wanted = step["value"] if step["do"] == "set" else MISSING
    if found is not None and at(found, step["path"]) != wanted:
        _patch(kubectl, step, step["path"], wanted)


def look(kubectl: Kubectl, thing: Thing) -> Json | None:
    """The object as it is; None when there is none."""
    words = ("get", *_words(_named(thing)), "--ignore-not-found", "-o", "json")
    answer = kubectl.check(*words)
    found: Json | None = json.loads(answer.stdout) if answer.stdout.strip() else None
    return found


def at(obj: Any, path: Any) -> Any:
    """The value at a path, ``MISSING`` when there is none."""
    for key in path:
        if not isinstance(obj, dict) or key not in obj:
            return MISSING
        obj = obj[key]
    return obj


def as_new(obj: Json) -> Json:
    """An object without what only the API server gives."""
    meta = {key: value for key, value in obj["metadata"].items() if key not in OWN}
    kept = {key: value for key, value in obj.items() if key != "status"}
    return {**kept, "metadata": meta}


def _patch(kubectl: Kubectl, named: Mapping[str, Any], path: Any, value: Any) -> None:
    """Set one field (RFC 6902: ``add`` replaces what is there), or remove it."""
    pointer = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)
    step = {"op": "add", "path": pointer, "value": value}
    if value is MISSING:
        step = {"op": "remove", "path": pointer}
    kubectl.check("patch", *_words(named), "--type=json", "-p", json.dumps([step]))


def _named(thing: Thing) -> Json:
    return {"kind": thing.kind, "name": thing.name, "namespace": thing.namespace}


def _words(named: Mapping[str, Any]) -> list[str]:
    """Kind, name and namespace as kubectl takes them."""
    place = ["-n", named["namespace"]] if named["namespace"] else []
    return [named["kind"], named["name"], *place]
