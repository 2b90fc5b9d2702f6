"""Pod.

Source: ValidatePodCreate, ValidatePodUpdate (pkg/apis/core/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema import gotext
from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import forbidden, invalid, required
from labkit.embedded.schema.validate.podspec import pod_spec
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

UPDATABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def create(pod: Json) -> list[Cause]:
    """What is wrong with a new Pod."""
    spec = pod.get("spec") or {}
    causes = meta.create(pod) + pod_spec(spec, "spec")
    if spec.get("ephemeralContainers"):
        causes.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        says = "cannot be set until all schedulingGates have been cleared"
        causes.append(forbidden("spec.nodeName", says))
    return causes


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Pod."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old) + pod_spec(spec, "spec")
    for field in ("containers", "initContainers"):
        now, then = spec.get(field) or (), before.get(field) or ()
        if len(now) != len(then):
            says = "pod updates may not add or remove containers"
            return [*causes, forbidden(f"spec.{field}", says)]
        causes += [
            required(f"spec.{field}[{at}].image")
            for at, container in enumerate(now)
            if not container.get("image")
        ]
    causes += _deadline(spec, before) + _tolerations(spec, before) + _gates(spec, before)
    changed = _not_updatable(spec, before)
    if changed:
        says = f"pod updates may not change fields other than {UPDATABLE}\n"
        causes.append(forbidden("spec", says + _difference(changed, spec, before)))
    return causes


def _deadline(spec: Json, before: Json) -> list[Cause]:
    path = "spec.activeDeadlineSeconds"
    now, then = spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")
    if now is not None and then is not None and now > then:
        return [invalid(path, now, "must be less than or equal to previous value")]
    if now is None and then is not None:
        return [invalid(path, None, "must not update from a positive integer to nil value")]
    return []


def _tolerations(spec: Json, before: Json) -> list[Cause]:
    now = [_but_seconds(each) for each in spec.get("tolerations") or ()]
    gone = [each for each in before.get("tolerations") or () if _but_seconds(each) not in now]
    if not gone:
        return []
    says = "existing toleration can not be modified except its tolerationSeconds"
    return [forbidden("spec.tolerations", says)]


def _but_seconds(toleration: Json) -> Json:
    return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}


def _gates(spec: Json, before: Json) -> list[Cause]:
    then = [gate.get("name") for gate in before.get("schedulingGates") or ()]
    added = [
        (at, gate.get("name"))
        for at, gate in enumerate(spec.get("schedulingGates") or ())
        if gate.get("name") not in then
    ]
    says = "only deletion is allowed, but found new scheduling gate '{}'"
    return [forbidden(f"spec.schedulingGates[{at}]", says.format(name)) for at, name in added]


_FREE = ("activeDeadlineSeconds", "tolerations", "schedulingGates", "ephemeralContainers")


def _not_updatable(spec: Json, before: Json) -> list[str]:
    """The fields of the spec that changed and must not."""
    changed = [
        field
        for field in sorted({*spec, *before})
        if field not in _FREE and _but_images(field, spec) != _but_images(field, before)
    ]
    grace = (before.get("terminationGracePeriodSeconds"), spec.get("terminationGracePeriodSeconds"))
    if grace[0] is not None and grace[0] < 0 and grace[1] == 1:
        changed = [field for field in changed if field != "terminationGracePeriodSeconds"]
    return changed


def _but_images(field: str, spec: Json) -> Any:
    value = spec.get(field)
    if field not in ("containers", "initContainers"):
        return value
    return [
        {key: item for key, item in container.items() if key != "image"}
        for container in value or ()
    ]


def _difference(changed: list[str], spec: Json, before: Json) -> str:
    """The changed fields in the manner of go-cmp: what was with a minus, what is with a plus."""
    lines = ["core.PodSpec{"]
    for field in changed:
        name = field[0].upper() + field[1:]
        for sign, side in (("-", before), ("+", spec)):
            value = side.get(field)
            lines.append(f"{sign} \t{name}: {'nil' if value is None else gotext.compact(value)},")
    return "  " + "\n".join([*lines, "  }"]) + "\n"
