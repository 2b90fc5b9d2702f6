"""Small texts that several printers share: selectors, lists cut short, containers of a Pod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.embedded.kinds.base import Column, at

Json = dict[str, Any]

NONE = "<none>"
SHOWN = 3

TEMPLATE_COLUMNS = (Column("Containers", wide=True), Column("Images", wide=True))
SELECTOR_COLUMN = Column("Selector", wide=True)


def labels_text(labels: Mapping[str, str] | None) -> str:
    """``a=b,c=d``, or ``<none>`` (labels.FormatLabels)."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def _requirement(expression: Json) -> str:
    key, values = expression["key"], ",".join(sorted(expression.get("values") or []))
    match expression["operator"]:
        case "In":
            return f"{key} in ({values})"
        case "NotIn":
            return f"{key} notin ({values})"
        case "DoesNotExist":
            return f"!{key}"
        case _:
            return str(key)


def selector_text(selector: Json | None) -> str:
    """A LabelSelector in one line (metav1.FormatLabelSelector)."""
    equal = at(selector, "matchLabels", default={})
    wanted = [(key, f"{key}={value}") for key, value in equal.items()]
    for expression in at(selector, "matchExpressions", default=[]):
        wanted.append((expression["key"], _requirement(expression)))
    return ",".join(text for _, text in sorted(wanted)) or NONE


def shortened(items: Sequence[str], empty: str) -> str:
    """The first three, and how many more there are."""
    if not items:
        return empty
    text = ",".join(items[:SHOWN])
    return f"{text} + {len(items) - SHOWN} more..." if len(items) > SHOWN else text


def template_cells(template: Json | None) -> list[str]:
    """Names and images of a Pod template's containers."""
    containers = at(template, "spec", "containers", default=[])
    return [",".join(str(c.get(key, "")) for c in containers) for key in ("name", "image")]
