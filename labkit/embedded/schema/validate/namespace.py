"""Namespace: its name is a DNS label (ValidateNamespace)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.status import Cause


def create(namespace: Mapping[str, Any]) -> list[Cause]:
    """What is wrong with a new Namespace."""
    return meta.create(namespace, names.dns_label)


def update(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Cause]:
    """What is wrong with a changed Namespace."""
    return meta.update(new, old)
