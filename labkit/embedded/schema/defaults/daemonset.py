"""DaemonSet: rolling update, one node at a time (SetDefaults_DaemonSet)."""

from __future__ import annotations

from typing import Any

from labkit.embedded.schema.defaults.podspec import fill_template


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
