"""StatefulSet: one replica, in order, rolling update from ordinal 0, claims retained.

Source: pkg/apis/apps/v1/defaults.go (SetDefaults_StatefulSet).
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.schema.defaults import persistentvolumeclaim
from labkit.embedded.schema.defaults.podspec import fill_template


def fill(stateful_set: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    spec = stateful_set.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    spec.setdefault("serviceName", "")
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    for claim in spec.get("volumeClaimTemplates", ()):
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        persistentvolumeclaim.fill(claim)
    fill_template(spec.setdefault("template", {}))
