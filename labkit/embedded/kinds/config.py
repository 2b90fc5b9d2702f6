"""ConfigMaps, Secrets and ServiceAccounts."""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind


def _map_cells(config: Json, now: float) -> Cells:
    count = len(config.get("data") or {}) + len(config.get("binaryData") or {})
    return [config["metadata"]["name"], count, age(config, now)]


def _secret_cells(secret: Json, now: float) -> Cells:
    name, kind = secret["metadata"]["name"], secret.get("type", "Opaque")
    return [name, kind, len(secret.get("data") or {}), age(secret, now)]


CONFIG_MAP = Kind(
    "ConfigMap",
    "configmaps",
    short_names=("cm",),
    columns=(NAME, Column("Data", "integer"), AGE),
    cells=_map_cells,
)
SECRET = Kind(
    "Secret",
    "secrets",
    columns=(NAME, Column("Type"), Column("Data", "integer"), AGE),
    cells=_secret_cells,
)
SERVICE_ACCOUNT = Kind(
    "ServiceAccount",
    "serviceaccounts",
    short_names=("sa",),
    subresources=("token",),
    returns_deleted=True,
)
