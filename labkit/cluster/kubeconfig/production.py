"""Contexts that look like production: a lab does not belong there unless somebody says so."""

from __future__ import annotations

import re

SUSPECT = re.compile(r"(?<![a-z])(prod|prd|production|produccion|live|critical)(?![a-z])")
"""As a word of its own, between anything but letters (``prod-eu1``, ``gke_shop-prod_x``)."""


def looks_like_production(*names: str) -> str:
    """The first of the names (context, cluster, user, server) that does; "" if none does."""
    return next((name for name in names if SUSPECT.search(name.lower())), "")
