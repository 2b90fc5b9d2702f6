"""Namespace: the label with its own name, the finalizer, phase Active.

Source: SetDefaults_Namespace, SetDefaults_NamespaceStatus; registry/core/namespace/strategy.go.
"""

from __future__ import annotations

from typing import Any

NAME_LABEL = "kubernetes.io/metadata.name"


def fill(namespace: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    metadata = namespace.setdefault("metadata", {})
    if metadata.get("name"):
        metadata.setdefault("labels", {})[NAME_LABEL] = metadata["name"]
    namespace.setdefault("spec", {})
    namespace.setdefault("status", {}).setdefault("phase", "Active")


def prepare(namespace: dict[str, Any]) -> None:
    """On create: the finalizer that the namespace controller removes at the end."""
    finalizers = namespace["spec"].setdefault("finalizers", [])
    if "kubernetes" not in finalizers:
        finalizers.append("kubernetes")
