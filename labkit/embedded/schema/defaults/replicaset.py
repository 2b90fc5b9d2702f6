"""ReplicaSet: one replica (SetDefaults_ReplicaSet)."""

from __future__ import annotations

from typing import Any

from labkit.embedded.schema.defaults.podspec import fill_template


def fill(replica_set: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    spec = replica_set.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    if "template" in spec:
        fill_template(spec["template"])
