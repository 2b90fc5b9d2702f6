"""PersistentVolume: retained, a file system, pending (SetDefaults_PersistentVolume)."""

from __future__ import annotations

from typing import Any


def fill(volume: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    spec = volume.setdefault("spec", {})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    volume.setdefault("status", {}).setdefault("phase", "Pending")
