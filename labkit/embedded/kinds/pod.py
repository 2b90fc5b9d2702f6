"""Pods: whose token they carry, how long they may take to leave, how they are shown.

Source: kubernetes pkg/registry/core/pod/strategy.go, plugin/pkg/admission/serviceaccount.
"""

from __future__ import annotations

from labkit.embedded import chance
from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, World, at
from labkit.embedded.kinds.podstatus import condition, summary
from labkit.embedded.schema.defaults.pod import admitted
from labkit.embedded.status import forbidden

NONE = "<none>"
DEFAULT_GRACE = 30


def _cells(pod: Json, now: float) -> Cells:
    ready, status, restarts = summary(pod, now)
    ips = at(pod, "status", "podIPs", default=[])
    return [
        pod["metadata"]["name"],
        ready,
        status,
        restarts,
        age(pod, now),
        ips[0]["ip"] if ips else at(pod, "status", "podIP") or NONE,
        at(pod, "spec", "nodeName") or NONE,
        at(pod, "status", "nominatedNodeName") or NONE,
        _gates(pod),
    ]


def _gates(pod: Json) -> str:
    gates = at(pod, "spec", "readinessGates", default=[])
    if not gates:
        return NONE
    met = [condition(pod, gate["conditionType"]) for gate in gates]
    true = sum(1 for item in met if item and item.get("status") == "True")
    return f"{true}/{len(gates)}"


def _admit(pod: Json, world: World) -> Json:
    """A Pod with its ServiceAccount's token; 403 when it names an account that is not there."""
    spec, namespace = pod.get("spec") or {}, pod["metadata"]["namespace"]
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    account = world.find("serviceaccounts", namespace, name)
    if account is None and name != "default":
        missing = f'serviceaccount "{name}" not found'
        why = f"error looking up service account {namespace}/{name}: {missing}"
        raise forbidden("pods", "", pod["metadata"].get("name", ""), why)
    return admitted(pod, suffix=chance.suffix(world.chance.stream("tokens")), account=account)


def _grace(pod: Json, asked: int | None) -> int:
    """Seconds a Pod has to end; none when nothing of it runs (podStrategy.CheckGracefulDelete)."""
    seconds = asked if asked is not None else at(pod, "spec", "terminationGracePeriodSeconds")
    if seconds is None:
        seconds = DEFAULT_GRACE
    over = at(pod, "status", "phase") in ("Succeeded", "Failed")
    if not at(pod, "spec", "nodeName") or over:
        return 0
    return max(int(seconds), 1) if seconds < 0 else int(seconds)


KIND = Kind(
    "Pod",
    "pods",
    short_names=("po",),
    categories=("all",),
    columns=(
        NAME,
        Column("Ready"),
        Column("Status"),
        Column("Restarts"),
        AGE,
        Column("IP", wide=True),
        Column("Node", wide=True),
        Column("Nominated Node", wide=True),
        Column("Readiness Gates", wide=True),
    ),
    cells=_cells,
    subresources=(
        "attach",
        "binding",
        "eviction",
        "exec",
        "log",
        "portforward",
        "proxy",
        "status",
    ),
    admit=_admit,
    grace=_grace,
    returns_deleted=True,
)
