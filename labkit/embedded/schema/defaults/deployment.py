"""Deployment: one replica, rolling update by a quarter, ten old ReplicaSets, ten minutes.

Source: pkg/apis/apps/v1/defaults.go (SetDefaults_Deployment).
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.schema.defaults.podspec import fill_template


def fill(deployment: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    spec = deployment.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    fill_template(spec.setdefault("template", {}))
