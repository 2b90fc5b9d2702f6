"""PodDisruptionBudgets, and Leases."""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, at


def _budget_cells(budget: Json, now: float) -> Cells:
    spec = budget["spec"]
    limits = [spec.get(key) for key in ("minAvailable", "maxUnavailable")]
    return [
        budget["metadata"]["name"],
        *("N/A" if limit is None else str(limit) for limit in limits),
        at(budget, "status", "disruptionsAllowed", default=0),
        age(budget, now),
    ]


def _lease_cells(lease: Json, now: float) -> Cells:
    holder = at(lease, "spec", "holderIdentity", default="")
    return [lease["metadata"]["name"], holder, age(lease, now)]


DISRUPTION_BUDGET = Kind(
    "PodDisruptionBudget",
    "poddisruptionbudgets",
    "policy",
    short_names=("pdb",),
    columns=(
        NAME,
        Column("Min Available"),
        Column("Max Unavailable"),
        Column("Allowed Disruptions", "integer"),
        AGE,
    ),
    cells=_budget_cells,
    subresources=("status",),
)
LEASE = Kind(
    "Lease",
    "leases",
    "coordination.k8s.io",
    columns=(NAME, Column("Holder"), AGE),
    cells=_lease_cells,
    create_on_update=True,
)
