"""StatefulSet.

Source: ValidateStatefulSet, ValidateStatefulSetUpdate (pkg/apis/apps/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import forbidden, invalid, not_negative, required
from labkit.embedded.schema.validate.podspec import pod_template
from labkit.embedded.schema.validate.workload import always_restarts
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

_CHANGEABLE = ("replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
               "persistentVolumeClaimRetentionPolicy", "minReadySeconds")  # fmt: skip


def create(stateful_set: Json) -> list[Cause]:
    """What is wrong with a new StatefulSet."""
    return meta.create(stateful_set) + _spec(stateful_set.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed StatefulSet."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old) + _spec(spec)
    changed = [field for field in {*spec, *before} if spec.get(field) != before.get(field)]
    if any(field not in _CHANGEABLE for field in changed):
        says = (
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', "
            "'template', 'updateStrategy', 'revisionHistoryLimit', "
            "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        )
        causes.append(forbidden("spec", says))
    return causes


def _spec(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    policy = spec.get("podManagementPolicy", "")
    if policy not in ("OrderedReady", "Parallel"):
        says = "must be 'OrderedReady' or 'Parallel'"
        causes.append(invalid("spec.podManagementPolicy", policy, says))
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") not in ("RollingUpdate", "OnDelete"):
        says = "must be 'RollingUpdate' or 'OnDelete'"
        causes.append(invalid("spec.updateStrategy", dict(strategy), says))
    elif strategy["type"] == "OnDelete" and strategy.get("rollingUpdate") is not None:
        says = "only allowed for updateStrategy 'RollingUpdate'"
        path = "spec.updateStrategy.rollingUpdate"
        causes.append(invalid(path, dict(strategy["rollingUpdate"]), says))
    causes += not_negative("spec.replicas", spec.get("replicas"))
    causes += not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    causes += _selector(spec)
    causes += meta.matches_template(spec)
    causes += pod_template(_with_claims(spec), "spec.template")
    return causes + always_restarts(spec)


def _selector(spec: Json) -> list[Cause]:
    selector = spec.get("selector")
    if selector is None:
        return [required("spec.selector")]
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        says = "empty selector is invalid for statefulset"
        return [invalid("spec.selector", meta.selector_struct(selector), says)]
    return meta.label_selector(selector, "spec.selector")


def _with_claims(spec: Json) -> Json:
    """The template with a volume for each claim, as its Pods will have."""
    template = spec.get("template") or {}
    pod = template.get("spec") or {}
    claims = [
        {"name": name, "persistentVolumeClaim": {"claimName": name}}
        for claim in spec.get("volumeClaimTemplates") or ()
        if (name := (claim.get("metadata") or {}).get("name"))
    ]
    return {**template, "spec": {**pod, "volumes": [*(pod.get("volumes") or ()), *claims]}}
