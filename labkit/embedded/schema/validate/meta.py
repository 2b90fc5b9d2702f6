"""Metadata, labels and label selectors: common to all kinds.

Source: apimachinery/pkg/api/validation/objectmeta.go, pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labkit.embedded.schema.selectors import from_label_selector
from labkit.embedded.schema.validate import names
from labkit.embedded.schema.validate.errors import (
    GoStruct,
    forbidden,
    invalid,
    invalids,
    not_negative,
    required,
    too_long,
    unchanged,
)
from labkit.embedded.status import Cause

Json = Mapping[str, Any]
NameForm = Callable[[str], list[str]]

ANNOTATIONS_LIMIT = 256 * 1024


def create(obj: Json, form: NameForm = names.dns_subdomain) -> list[Cause]:
    """The metadata of a new object; ``form`` says what its name must look like."""
    metadata = obj.get("metadata") or {}
    causes: list[Cause] = []
    generated = metadata.get("generateName")
    if generated:
        stem = generated[:-1] + "a" if generated.endswith("-") else generated
        causes += invalids("metadata.generateName", generated, form(stem))
    if not metadata.get("name"):
        causes.append(required("metadata.name", "name or generateName is required"))
    else:
        causes += invalids("metadata.name", metadata["name"], form(metadata["name"]))
    if metadata.get("namespace"):
        wrong = names.dns_label(metadata["namespace"])
        causes += invalids("metadata.namespace", metadata["namespace"], wrong)
    causes += not_negative("metadata.generation", metadata.get("generation"))
    return causes + _common(metadata) + _finalizers(metadata.get("finalizers") or ())


def update(new: Json, old: Json) -> list[Cause]:
    """The metadata of a changed object."""
    metadata, before = new.get("metadata") or {}, old.get("metadata") or {}
    causes: list[Cause] = []
    if before.get("deletionTimestamp"):
        added = set(metadata.get("finalizers") or ()) - set(before.get("finalizers") or ())
        if added:
            listed = ", ".join(f'"{each}"' for each in sorted(added))
            causes.append(forbidden(
                "metadata.finalizers",
                "no new finalizers can be added if the object is being deleted, found new "
                f"finalizers []string{{{listed}}}",
            ))  # fmt: skip
    for field in ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp",
                  "deletionGracePeriodSeconds"):  # fmt: skip
        path = f"metadata.{field}"
        causes += unchanged(path, metadata.get(field), before.get(field))
    return causes + _common(metadata)


def _common(metadata: Json) -> list[Cause]:
    causes = labels(metadata.get("labels"), "metadata.labels")
    causes += annotation_map(metadata.get("annotations"), "metadata.annotations")
    return causes + _owners(metadata.get("ownerReferences") or ())


def labels(given: Mapping[str, str] | None, path: str) -> list[Cause]:
    """Keys and values of a label map."""
    causes: list[Cause] = []
    for key, value in (given or {}).items():
        causes += invalids(path, key, names.qualified_name(key))
        causes += invalids(path, value, names.label_value(value))
    return causes


def annotation_map(given: Mapping[str, str] | None, path: str) -> list[Cause]:
    causes: list[Cause] = []
    size = 0
    for key, value in (given or {}).items():
        causes += invalids(path, key, names.qualified_name(key.lower()))
        size += len(key.encode()) + len(value.encode())
    if size > ANNOTATIONS_LIMIT:
        causes.append(too_long(path, ANNOTATIONS_LIMIT))
    return causes


def _owners(owners: Any) -> list[Cause]:
    causes: list[Cause] = []
    controller = ""
    for at, owner in enumerate(owners):
        path = f"metadata.ownerReferences[{at}]"
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                causes.append(required(f"{path}.{field}", "must not be empty"))
        if owner.get("controller"):
            name = f"{owner.get('kind')}/{owner.get('name')}"
            if controller:
                causes.append(invalid(
                    "metadata.ownerReferences", list(owners),
                    "Only one reference can have Controller set to true. Found \"true\" in "
                    f"references for {controller} and {name}",
                ))  # fmt: skip
            controller = controller or name
    return causes


def _finalizers(finalizers: Any) -> list[Cause]:
    causes: list[Cause] = []
    for finalizer in finalizers:
        causes += invalids("metadata.finalizers", finalizer, names.qualified_name(finalizer))
    return causes


def label_selector(selector: Json | None, path: str) -> list[Cause]:
    """The form of a LabelSelector."""
    if selector is None:
        return []
    causes = labels(selector.get("matchLabels"), f"{path}.matchLabels")
    for at, each in enumerate(selector.get("matchExpressions") or ()):
        causes += _requirement(each, f"{path}.matchExpressions[{at}]")
    return causes


def _requirement(each: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    operator, values = each.get("operator", ""), each.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            says = "must be specified when `operator` is 'In' or 'NotIn'"
            causes.append(required(f"{path}.values", says))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            says = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            causes.append(forbidden(f"{path}.values", says))
    else:
        causes.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    causes += invalids(
        f"{path}.key", each.get("key", ""), names.qualified_name(each.get("key", ""))
    )
    for at, value in enumerate(values):
        causes += invalids(f"{path}.values[{at}]", value, names.label_value(value))
    return causes


def selector_struct(selector: Json) -> GoStruct:
    """A LabelSelector with its fields in the order of the Go struct."""
    order = ("matchLabels", "matchExpressions")
    return GoStruct({field: selector[field] for field in order if field in selector})


def workload_selector(spec: Json, what: str, *, ends: str = "") -> list[Cause]:
    """The selector of a workload: there, well-formed and not empty."""
    selector = spec.get("selector")
    if selector is None:
        return [required("spec.selector")]
    causes = label_selector(selector, "spec.selector")
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        says = f"empty selector is invalid for {what}{ends}"
        causes.append(invalid("spec.selector", selector_struct(selector), says))
    return causes


def matches_template(spec: Json) -> list[Cause]:
    """The selector must match the labels of the Pods that the template makes."""
    selector = spec.get("selector")
    if not selector or label_selector(selector, ""):
        return []
    template_labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if from_label_selector(selector).matches(template_labels):
        return []
    says = "`selector` does not match template `labels`"
    return [invalid("spec.template.metadata.labels", template_labels, says)]
