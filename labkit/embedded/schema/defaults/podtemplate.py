"""PodTemplate: the defaults of its PodSpec."""

from __future__ import annotations

from typing import Any

from labkit.embedded.schema.defaults.podspec import fill_template


def fill(template: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    fill_template(template.setdefault("template", {}))
