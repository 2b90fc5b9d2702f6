"""How many Pods each ReplicaSet of a Deployment gets: the arithmetic of roll-outs.

After pkg/controller/deployment/rolling.go and deployment_util.go (``NewRSNewReplicas``,
``reconcileOldReplicaSets``, ``GetReplicaSetProportion``).  Nothing here writes.
"""

from __future__ import annotations

import math

from labkit.embedded.controllers import templates
from labkit.embedded.controllers.objects import deleting, name, notes
from labkit.embedded.interfaces import Json

Change = tuple[Json, int]
"""A ReplicaSet and the number of replicas it is to have."""


def desired(deployment: Json) -> int:
    value = deployment["spec"].get("replicas")
    return 1 if value is None else int(value)


def replicas_of(replica_set: Json) -> int:
    return int(replica_set["spec"].get("replicas") or 0)


def available_of(replica_set: Json) -> int:
    return int((replica_set.get("status") or {}).get("availableReplicas") or 0)


def total(sets: list[Json]) -> int:
    return sum(replicas_of(s) for s in sets)


def scaled(value: object, of: int, *, up: bool) -> int:
    """An int-or-percent of a number (``intstr.GetScaledValueFromIntOrPercent``)."""
    if isinstance(value, str) and value.endswith("%"):
        part = int(value[:-1]) * of / 100
        return math.ceil(part) if up else math.floor(part)
    return int(str(value))


def fenceposts(deployment: Json) -> tuple[int, int]:
    """maxSurge (rounded up) and maxUnavailable (down); never both 0 (``ResolveFenceposts``)."""
    strategy = deployment["spec"].get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return 0, 0
    rolling = strategy.get("rollingUpdate") or {}
    count = desired(deployment)
    surge = scaled(rolling.get("maxSurge", "25%"), count, up=True)
    unavailable = scaled(rolling.get("maxUnavailable", "25%"), count, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return surge, min(unavailable, count) if count else unavailable


def size_notes(deployment: Json) -> dict[str, str]:
    """The annotations by which a later scaling is noticed."""
    surge, _ = fenceposts(deployment)
    count = desired(deployment)
    return {templates.DESIRED: str(count), templates.MAXIMUM: str(count + surge)}


def is_scaling(deployment: Json, sets: list[Json]) -> bool:
    """Did ``spec.replicas`` change since the active ReplicaSets were sized?"""
    wanted = str(desired(deployment))
    for owned in sets:
        noted = notes(owned).get(templates.DESIRED)
        if replicas_of(owned) > 0 and noted is not None and noted != wanted:
            return True
    return False


def new_replicas(deployment: Json, sets: list[Json], new: Json) -> int:
    """The size of the new ReplicaSet now: as many as the surge leaves room for."""
    count, have = desired(deployment), replicas_of(new)
    if have >= count:
        return count
    room = count + fenceposts(deployment)[0] - total(sets)
    return have if room <= 0 else have + min(room, count - have)


def shrink_old(deployment: Json, sets: list[Json], old: list[Json], new: Json) -> list[Change]:
    """Which old ReplicaSets shrink: unhealthy Pods first, then what availability allows."""
    if total(old) == 0:
        return []
    least = desired(deployment) - fenceposts(deployment)[1]
    missing = replicas_of(new) - available_of(new)
    room = total(sets) - least - missing
    if room <= 0:
        return []
    sizes = {name(s): replicas_of(s) for s in old}
    order = templates.oldest_first(old)
    for owned in order:
        unhealthy = sizes[name(owned)] - available_of(owned)
        taken = max(0, min(room, unhealthy))
        sizes[name(owned)] -= taken
        room -= taken
    spare = sum(available_of(s) for s in sets) - least
    for owned in order:
        taken = max(0, min(spare, sizes[name(owned)]))
        sizes[name(owned)] -= taken
        spare -= taken
    return [(s, sizes[name(s)]) for s in old if sizes[name(s)] != replicas_of(s)]


def proportional(deployment: Json, new: Json | None, old: list[Json]) -> list[Change]:
    """Sizes after ``kubectl scale``, also in the middle of a roll-out or while paused."""
    active = [s for s in [*old, *([new] if new else [])] if replicas_of(s) > 0]
    count = desired(deployment)
    if len(active) <= 1:
        only = active[0] if active else (new or _latest(old))
        return [(only, count)] if only is not None else []
    if new is not None and _saturated(deployment, new):
        return [(s, 0) for s in old if replicas_of(s) > 0] + [(new, count)]
    if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
        return [(s, replicas_of(s)) for s in active]
    allowed = count + fenceposts(deployment)[0] if count > 0 else 0
    return _shared_out(active, allowed - total(active), allowed)


def _latest(old: list[Json]) -> Json | None:
    return templates.oldest_first(old)[-1] if old else None


def _saturated(deployment: Json, new: Json) -> bool:
    count = desired(deployment)
    noted = notes(new).get(templates.DESIRED)
    return replicas_of(new) == count == available_of(new) and noted == str(count)


def _shared_out(active: list[Json], add: int, allowed: int) -> list[Change]:
    """Share the difference by size, the largest first; what rounding leaves goes to it too."""
    ordered = sorted(active, key=lambda s: (-replicas_of(s), name(s)))
    sizes, left = [], add
    for owned in ordered:
        noted = notes(owned).get(templates.MAXIMUM, "")
        before = int(noted) if noted.isdigit() and int(noted) else max(1, total(active))
        share = _rounded(replicas_of(owned) * allowed / before) - replicas_of(owned)
        share = max(min(share, left), 0) if add > 0 else min(max(share, left), 0)
        sizes.append(max(0, replicas_of(owned) + share))
        left -= share
    sizes[0] = max(0, sizes[0] + left)
    return [(s, size) for s, size in zip(ordered, sizes, strict=True) if not deleting(s)]


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)
