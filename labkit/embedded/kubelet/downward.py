"""The downward API: what a Pod may learn about itself.

After pkg/fieldpath and ``resource.ExtractContainerResourceValue``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from labkit.embedded.controllers.objects import labels, name, namespace, notes, uid
from labkit.embedded.interfaces import Json
from labkit.embedded.schema import quantity

_KEYED = re.compile(r"metadata\.(labels|annotations)\['([^']*)'\]")


class FieldUnknown(Exception):
    """A field path that the downward API does not have."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Pod runs: its node (an object), the node's address and the Pod's own."""

    node: Json
    host_address: str
    pod_address: str


def field_value(pod: Json, path: str, place: Place) -> str:
    """The value of a ``fieldRef``; ``FieldUnknown`` if there is no such field."""
    keyed = _KEYED.fullmatch(path)
    if keyed is not None:
        found = labels(pod) if keyed.group(1) == "labels" else notes(pod)
        return found.get(keyed.group(2), "")
    simple = _simple(pod, place)
    if path not in simple:
        raise FieldUnknown(f"unsupported fieldPath: {path}")
    return simple[path]


def _simple(pod: Json, place: Place) -> dict[str, str]:
    spec = pod["spec"]
    return {
        "metadata.name": name(pod),
        "metadata.namespace": namespace(pod),
        "metadata.uid": uid(pod),
        "metadata.labels": formatted_map(labels(pod)),
        "metadata.annotations": formatted_map(notes(pod)),
        "spec.nodeName": str(spec.get("nodeName") or ""),
        "spec.serviceAccountName": str(spec.get("serviceAccountName") or "default"),
        "status.hostIP": place.host_address,
        "status.hostIPs": place.host_address,
        "status.podIP": place.pod_address,
        "status.podIPs": place.pod_address,
    }


def formatted_map(found: object) -> str:
    """``key="value"`` lines, sorted (``fieldpath.FormatMap``)."""
    items = sorted(dict(found).items()) if found else []  # type: ignore[call-overload]
    quoted = [(k, str(v).replace("\\", "\\\\").replace('"', '\\"')) for k, v in items]
    return "\n".join(f'{k}="{v}"'.replace("\n", "\\n") for k, v in quoted)


def resource_value(container: Json, reference: Json, place: Place) -> str:
    """The value of a ``resourceFieldRef``: whole units of its divisor, rounded up.

    A limit that is not set is what the node has to give.
    """
    kind, _, resource = str(reference["resource"]).partition(".")
    declared = ((container.get("resources") or {}).get(kind) or {}).get(resource)
    if declared is None and kind == "limits":
        declared = ((place.node.get("status") or {}).get("allocatable") or {}).get(resource)
    value = quantity.parse(str(declared or "0"))
    divisor = quantity.parse(str(reference.get("divisor") or "1"))
    return str(math.ceil(value / (divisor or 1)))
