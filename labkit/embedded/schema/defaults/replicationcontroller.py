"""ReplicationController: selector and labels from the template, one replica."""

from __future__ import annotations

from typing import Any

from labkit.embedded.schema.defaults.podspec import fill_template


def fill(controller: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    spec = controller.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    if "template" not in spec:
        return
    fill_template(spec["template"])
    labels = spec["template"]["metadata"].get("labels")
    if labels:
        spec.setdefault("selector", dict(labels))
        controller.setdefault("metadata", {}).setdefault("labels", dict(labels))
