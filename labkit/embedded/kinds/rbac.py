"""Roles and their bindings, as they are stored and shown.

Source: pkg/printers/internalversion/printers.go (printRole, printRoleBinding).
"""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind
from labkit.embedded.kinds.rights import GROUP

MADE = Column("Created At", format="date-time")
SUBJECTS = tuple(Column(name, wide=True) for name in ("Users", "Groups", "ServiceAccounts"))


def _role_cells(role: Json, now: float) -> Cells:
    return [role["metadata"]["name"], role["metadata"].get("creationTimestamp", "")]


def _binding_cells(binding: Json, now: float) -> Cells:
    reference, subjects = binding["roleRef"], binding.get("subjects") or []
    found: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in subjects:
        where = f"{subject['namespace']}/" if subject.get("namespace") else ""
        found.setdefault(subject["kind"], []).append(where + subject["name"])
    return [
        binding["metadata"]["name"],
        f"{reference['kind']}/{reference['name']}",
        age(binding, now),
        *(", ".join(found[kind]) for kind in ("User", "Group", "ServiceAccount")),
    ]


ROLE = Kind("Role", "roles", GROUP, columns=(NAME, MADE), cells=_role_cells)
CLUSTER_ROLE = Kind("ClusterRole", "clusterroles", GROUP, namespaced=False,
                    columns=(NAME, MADE), cells=_role_cells)  # fmt: skip
ROLE_BINDING = Kind("RoleBinding", "rolebindings", GROUP,
                    columns=(NAME, Column("Role"), AGE, *SUBJECTS),
                    cells=_binding_cells)  # fmt: skip
CLUSTER_ROLE_BINDING = Kind("ClusterRoleBinding", "clusterrolebindings", GROUP, namespaced=False,
                            columns=(NAME, Column("Role"), AGE, *SUBJECTS),
                            cells=_binding_cells)  # fmt: skip
