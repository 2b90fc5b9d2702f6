"""Pod: defaults, and what the admission plugins of a default cluster add.

Source: SetDefaults_Pod; plugin/pkg/admission/serviceaccount, defaulttolerationseconds,
priority.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.defaults import copied
from labkit.embedded.schema.defaults.podspec import fill_spec
from labkit.embedded.schema.quantity import parse

Json = dict[str, Any]

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
DEFAULT_TOLERATION_SECONDS = 300


def fill(pod: Json) -> None:
    """Fill in the defaults, in place."""
    spec = pod.setdefault("spec", {})
    fill_spec(spec)
    spec.setdefault("enableServiceLinks", True)
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        _requests_from_limits(container["resources"])


def _requests_from_limits(resources: Json) -> None:
    """A limit without a request is the request too (in Pods, not in templates)."""
    if resources.get("limits"):
        resources["requests"] = {**resources["limits"], **resources.get("requests", {})}


def admitted(
    pod: Mapping[str, Any], *, suffix: str, account: Mapping[str, Any] | None = None
) -> Json:
    """A Pod as the admission plugins of a default cluster leave it.

    ``suffix`` is the five random characters of the token volume's name; ``account`` the
    ServiceAccount object, if there is one (for ``automountServiceAccountToken`` and
    ``imagePullSecrets``).  Call it on create, before or after ``defaulted``.
    """
    result: Json = copied(pod)
    spec = result.setdefault("spec", {})
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    if _wants_token(spec, account or {}):
        _mount_token(spec, f"kube-api-access-{suffix}")
    secrets = (account or {}).get("imagePullSecrets")
    if secrets and not spec.get("imagePullSecrets"):
        spec["imagePullSecrets"] = copied(secrets)
    _tolerations(spec)
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    return result


def _wants_token(spec: Json, account: Mapping[str, Any]) -> bool:
    wish = spec.get("automountServiceAccountToken")
    if wish is None:
        wish = account.get("automountServiceAccountToken")
    return wish is not False


def _mount_token(spec: Json, volume: str) -> None:
    """Add the token volume and mount it where a container mounts nothing there itself."""
    used = False
    for field in ("initContainers", "containers"):
        for container in spec.get(field, ()):
            mounts = container.setdefault("volumeMounts", [])
            if any(mount.get("mountPath") == TOKEN_PATH for mount in mounts):
                continue
            mounts.append({"name": volume, "readOnly": True, "mountPath": TOKEN_PATH})
            used = True
    if used:
        spec.setdefault("volumes", []).append({"name": volume, "projected": _token_sources()})


def _token_sources() -> Json:
    namespace = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    certificate = {"key": "ca.crt", "path": "ca.crt"}
    return {
        "defaultMode": 0o644,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [certificate]}},
            {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": namespace}]}},
        ],
    }


def _tolerations(spec: Json) -> None:
    present = spec.get("tolerations", [])
    added = [
        {
            "key": key,
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": DEFAULT_TOLERATION_SECONDS,
        }
        for key in (NOT_READY, UNREACHABLE)
        if not any(_tolerates(toleration, key) for toleration in present)
    ]
    if added:
        spec["tolerations"] = [*present, *added]


def _tolerates(toleration: Json, key: str) -> bool:
    about = toleration.get("key") == key or not toleration.get("key")
    return about and toleration.get("effect") in (None, "", "NoExecute")


def qos_class(spec: Mapping[str, Any]) -> str:
    """Guaranteed, Burstable or BestEffort, from the containers' CPU and memory."""
    containers = [*spec.get("initContainers", ()), *spec.get("containers", ())]
    wanted = [container.get("resources") or {} for container in containers]
    if not any(_counted(each.get(field)) for each in wanted for field in ("requests", "limits")):
        return "BestEffort"
    return "Guaranteed" if all(_guaranteed(each) for each in wanted) else "Burstable"


def _counted(amounts: Mapping[str, str] | None) -> dict[str, Any]:
    found = {name: parse((amounts or {}).get(name, "0")) for name in ("cpu", "memory")}
    return {name: value for name, value in found.items() if value}


def _guaranteed(resources: Mapping[str, Any]) -> bool:
    limits = _counted(resources.get("limits"))
    requests = _counted(resources.get("requests")) or limits
    return len(limits) == 2 and requests == limits
