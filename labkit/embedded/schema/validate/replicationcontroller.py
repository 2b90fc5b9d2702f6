"""ReplicationController.  Source: ValidateReplicationControllerSpec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import invalid, not_negative, required
from labkit.embedded.schema.validate.podspec import pod_template
from labkit.embedded.schema.validate.workload import always_restarts
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(controller: Json) -> list[Cause]:
    """What is wrong with a new ReplicationController."""
    return meta.create(controller) + _spec(controller.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed ReplicationController."""
    return meta.update(new, old) + _spec(new.get("spec") or {})


def _spec(spec: Json) -> list[Cause]:
    selector, template = spec.get("selector") or {}, spec.get("template")
    causes = not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    if not selector:
        causes.append(required("spec.selector"))
    causes += not_negative("spec.replicas", spec.get("replicas"))
    if template is None:
        return [*causes, required("spec.template")]
    labels = (template.get("metadata") or {}).get("labels") or {}
    if any(labels.get(key) != value for key, value in selector.items()):
        says = "`selector` does not match template `labels`"
        causes.append(invalid("spec.template.metadata.labels", labels, says))
    return causes + pod_template(template, "spec.template") + always_restarts(spec)
