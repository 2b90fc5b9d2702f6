"""Field selectors: the few fields by which a resource can be listed and watched.

Source: apimachinery/pkg/fields/selector.go, and each resource's field label conversion
(pkg/apis/*/v1/conversion.go).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.embedded.status import bad_request

Getter = Callable[[Mapping[str, Any]], str]


def _path(*keys: str) -> Getter:
    def get(obj: Mapping[str, Any]) -> str:
        value: Any = obj
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)

    return get


def _paths(*dotted: str) -> dict[str, Getter]:
    return {path: _path(*path.split(".")) for path in dotted}


def _flag(*keys: str) -> Getter:
    get = _path(*keys)
    return lambda obj: get(obj) or "false"


def _event_source(obj: Mapping[str, Any]) -> str:
    return _path("source", "component")(obj) or _path("reportingComponent")(obj)


def _pod_ips(obj: Mapping[str, Any]) -> str:
    ips = (obj.get("status") or {}).get("podIPs") or ()
    return ",".join(each.get("ip", "") for each in ips)


_REFERENCE = "kind namespace name uid apiVersion resourceVersion fieldPath".split()
_METADATA = _paths("metadata.name", "metadata.namespace")

_FIELDS: Mapping[str, Mapping[str, Getter]] = {
    "pods": {
        **_METADATA,
        **_paths(
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
            "status.phase", "status.podIP", "status.nominatedNodeName",
        ),
        "spec.hostNetwork": _flag("spec", "hostNetwork"),
        "status.podIPs": _pod_ips,
    },
    "nodes": {**_paths("metadata.name"), "spec.unschedulable": _flag("spec", "unschedulable")},
    "namespaces": _paths("metadata.name", "status.phase", "name"),
    "services": {**_METADATA, **_paths("spec.clusterIP", "spec.type")},
    "secrets": {**_METADATA, **_paths("type")},
    "replicationcontrollers": {**_METADATA, **_paths("status.replicas")},
    "events": {
        **_METADATA,
        **_paths(*(f"involvedObject.{each}" for each in _REFERENCE)),
        **_paths("reason", "reportingComponent", "type"),
        "source": _event_source,
    },
    "events.events.k8s.io": {
        **_METADATA,
        **_paths(*(f"regarding.{each}" for each in _REFERENCE)),
        **_paths("reason", "reportingController", "type"),
    },
    "jobs.batch": {**_METADATA, "status.successful": _path("status", "succeeded")},
    "replicasets.apps": {**_METADATA, **_paths("status.replicas")},
}  # fmt: skip
_OLD_NAMES = {"pods": {"spec.host": "spec.nodeName"}}
_OWN_WORDS = frozenset(_FIELDS)


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """One comparison: ``field=value``, or unequal when ``negated``."""

    field: str
    value: str
    negated: bool
    getter: Getter

    def matches(self, obj: Mapping[str, Any]) -> bool:
        return (self.getter(obj) == self.value) is not self.negated


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """All terms together; none matches everything."""

    terms: tuple[FieldTerm, ...] = ()

    def matches(self, obj: Mapping[str, Any]) -> bool:
        return all(term.matches(obj) for term in self.terms)

    def exact(self, field: str) -> str | None:
        """The one value that ``field=value`` asks for, if any (an index may use it)."""
        found = [term.value for term in self.terms if term.field == field and not term.negated]
        return found[0] if found else None


def parse_fields(resource: str, text: str) -> FieldSelector:
    """The query parameter ``fieldSelector`` for ``pods``, ``deployments.apps`` ...

    Raises ``StatusError`` 400: a term that cannot be read, a field that the resource does not
    support.
    """
    terms = []
    for part in sorted(re.split(r"(?<!\\),", text)):
        if not part:
            continue
        shape = re.match(r"(.*?)(!=|==|=)(.*)", part, re.DOTALL)
        if shape is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        field = _OLD_NAMES.get(resource, {}).get(shape[1], shape[1])
        value = re.sub(r"\\([,=\\])", r"\1", shape[3])
        terms.append(FieldTerm(field, value, shape[2] == "!=", _getter(resource, field)))
    return FieldSelector(tuple(terms))


def _getter(resource: str, field: str) -> Getter:
    getter = _FIELDS.get(resource, _METADATA).get(field)
    if getter is not None:
        return getter
    if resource in _OWN_WORDS:
        raise bad_request(f"field label not supported: {field}")
    raise bad_request(
        f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    )
