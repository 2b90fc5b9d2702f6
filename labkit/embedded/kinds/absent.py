"""Kinds that clients expect to find and of which the embedded cluster can have none.

kubectl lists them on its way (``apply --prune``, ``cluster-info dump``, ``describe namespace``),
so they are there and empty; who wants to create one is told why that is not possible.
"""

from __future__ import annotations

from dataclasses import replace

from labkit.embedded.kinds.base import Kind

STORAGE = "the embedded cluster has no storage to give: use an emptyDir, a ConfigMap or a Secret"
LIMITS = "the embedded cluster knows no limits per container or Pod: use a ResourceQuota"

VOLUME = Kind(
    "PersistentVolume",
    "persistentvolumes",
    short_names=("pv",),
    namespaced=False,
    refusal=STORAGE,
)
VOLUME_CLAIM = Kind(
    "PersistentVolumeClaim",
    "persistentvolumeclaims",
    short_names=("pvc",),
    refusal=STORAGE,
)
LIMIT_RANGE = Kind("LimitRange", "limitranges", short_names=("limits",), refusal=LIMITS)
AUTOSCALER = Kind(
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
    "autoscaling",
    "v2",
    short_names=("hpa",),
    categories=("all",),
    refusal="the embedded cluster measures no CPU or memory, so nothing can be scaled by them: "
    "use kubectl scale",
)
OLDER_AUTOSCALER = replace(AUTOSCALER, version="v1")
"""``kubectl autoscale`` falls back to it, and only shows what this one says."""
