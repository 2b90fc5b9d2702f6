"""StorageClass: deletes, binds at once (SetDefaults_StorageClass)."""

from __future__ import annotations

from typing import Any


def fill(storage: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    storage.setdefault("reclaimPolicy", "Delete")
    storage.setdefault("volumeBindingMode", "Immediate")
