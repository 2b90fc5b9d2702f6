"""Pods: what admission adds to them, how long they may take to leave, how they are shown.

Source: kubernetes pkg/registry/core/pod/strategy.go, plugin/pkg/admission (serviceaccount,
defaulttolerationseconds, priority), pkg/apis/core/v1/helper/qos.
"""

from __future__ import annotations

from typing import Any

from labkit.embedded import chance
from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, World, at
from labkit.embedded.kinds.podstatus import condition, summary
from labkit.embedded.status import forbidden

NONE = "<none>"
TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
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


def qos_class(pod: Json) -> str:
    """Guaranteed, Burstable or BestEffort by what the containers ask for and are held to."""
    spec = pod["spec"]
    containers = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    guaranteed, asked = True, False
    for container in containers:
        limits = _counted(container, "limits")
        requests = {**limits, **_counted(container, "requests")}
        asked = asked or bool(requests)
        guaranteed = guaranteed and len(limits) == 2 and requests == limits
    if not asked:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def _counted(container: Json, key: str) -> dict[str, Any]:
    amounts = at(container, "resources", key, default={})
    return {name: value for name, value in amounts.items() if name in ("cpu", "memory")}


def _prepare(pod: Json, old: Json | None, world: World) -> None:
    if old is not None:
        return
    spec = pod["spec"]
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(pod)}
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    _give_account(pod, world)
    _tolerate(spec)


def _give_account(pod: Json, world: World) -> None:
    """The ServiceAccount's name and its token, mounted where client libraries look for it."""
    spec, namespace = pod["spec"], pod["metadata"]["namespace"]
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = world.find("serviceaccounts", namespace, name)
    if account is None and name != "default":
        why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
        raise forbidden("pods", "", pod["metadata"]["name"], why)
    if spec.get("automountServiceAccountToken", at(account, "automountServiceAccountToken")) is False:
        return
    containers = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    bare = [c for c in containers if isinstance(c, dict) and not _mounted(c)]
    if not bare:
        return
    volume = f"kube-api-access-{chance.suffix(world.chance)}"
    spec["volumes"] = [*(spec.get("volumes") or []), _token_volume(volume)]
    mount = {"name": volume, "readOnly": True, "mountPath": TOKEN_PATH}
    for container in bare:
        container["volumeMounts"] = [*(container.get("volumeMounts") or []), dict(mount)]


def _mounted(container: Json) -> bool:
    return any(m.get("mountPath") == TOKEN_PATH for m in container.get("volumeMounts") or [])


def _token_volume(name: str) -> Json:
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    root = {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": root},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 420}}


def _tolerate(spec: Json) -> None:
    tolerations = list(spec.get("tolerations") or [])
    for taint in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(_covers(toleration, taint) for toleration in tolerations):
            tolerations.append(
                {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            )
    spec["tolerations"] = tolerations


def _covers(toleration: Json, taint: str) -> bool:
    same_key = toleration.get("key") in (None, "", taint)
    return same_key and toleration.get("effect") in (None, "", "NoExecute")


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
        "status",
    ),
    generation_of=("spec",),
    empty_status={},
    prepare=_prepare,
    grace=_grace,
    returns_deleted=True,
)
