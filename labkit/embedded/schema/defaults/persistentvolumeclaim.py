"""PersistentVolumeClaim: a file system, pending (SetDefaults_PersistentVolumeClaim)."""

from __future__ import annotations

from typing import Any


def fill(claim: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    claim["spec"].setdefault("resources", {})
    claim.setdefault("status", {}).setdefault("phase", "Pending")
