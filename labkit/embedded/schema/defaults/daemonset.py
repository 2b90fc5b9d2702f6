"""DaemonSet: rolling update, one node at a time (SetDefaults_DaemonSet)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.defaults.podspec import fill_template

GENERATION = "deprecated.daemonset.template.generation"


def fill(daemon_set: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    spec = daemon_set.setdefault("spec", {})
    spec.setdefault("revisionHistoryLimit", 10)
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    fill_template(spec.setdefault("template", {}))


def prepare(daemon_set: dict[str, Any], old: Mapping[str, Any] | None) -> None:
    """Count the changes of the template in an annotation, as daemonSetStrategy does; in place."""
    before = 0
    if old is not None:
        text = (old["metadata"].get("annotations") or {}).get(GENERATION, "1")
        before = int(text) if text.isdigit() else 1
        same = daemon_set["spec"].get("template") == old["spec"].get("template")
        before -= 1 if same else 0
    daemon_set["metadata"].setdefault("annotations", {})[GENERATION] = str(before + 1)
