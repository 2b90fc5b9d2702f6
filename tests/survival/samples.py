"""Objects that are right, and what a chance change makes of them."""

# ruff: noqa: E501 (tables of nonsense)

from __future__ import annotations

import copy
import json
import random
from typing import Any

Body = dict[str, Any]
SPACE = "/api/v1/namespaces/fuzz"
APPS = "/apis/apps/v1/namespaces/fuzz"


def _pod(mark: str) -> Body:
    return {
        "metadata": {"labels": {"app": mark}, "annotations": {"note": mark}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "c", "image": "busybox", "command": ["sleep", "300"],
                    "env": [{"name": "A", "value": mark}, {"name": "B", "valueFrom": {"fieldRef": {
                        "fieldPath": "status.podIP"}}}],
                    "ports": [{"containerPort": 80, "name": "web", "protocol": "TCP"}],
                    "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
                    "readinessProbe": {"httpGet": {"path": "/", "port": "web"}, "periodSeconds": 1},
                    "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                }
            ],
            "volumes": [{"name": "v", "emptyDir": {}}],
            "tolerations": [{"key": "k", "operator": "Exists"}],
            "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname",
                                                  "labelSelector": {"matchLabels": {"a": "b"}}}}]}},
        },
    }  # fmt: skip


def _workload(mark: str, **spec: Any) -> Body:
    labels = {"app": mark}
    return {
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": _pod(mark), **spec}
    }


def _job(mark: str) -> Body:
    pod = _pod(mark)
    pod["spec"]["restartPolicy"] = "Never"
    return {"spec": {"suspend": True, "template": pod}}


def _service(mark: str) -> Body:
    port = {"port": 80, "targetPort": "web", "name": "http", "protocol": "TCP", "appProtocol": mark}
    return {"spec": {"selector": {"app": mark}, "ports": [port], "type": "ClusterIP",
                     "sessionAffinity": "ClientIP",
                     "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 5}}}}  # fmt: skip


def _slice(mark: str) -> Body:
    one = {"addresses": ["10.9.8.7"], "conditions": {"ready": True}, "hostname": mark}
    return {"addressType": "IPv4", "endpoints": [one], "ports": [{"name": "a", "port": 80}]}


def _policy(mark: str) -> Body:
    rule = {
        "from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
        "ports": [{"port": 80}],
    }
    return {
        "spec": {
            "podSelector": {"matchLabels": {"a": mark}},
            "ingress": [rule],
            "policyTypes": ["Ingress"],
        }
    }


def _ingress(mark: str) -> Body:
    backend = {"service": {"name": "victim", "port": {"number": 80}}}
    path = {"path": f"/{mark}", "pathType": "Prefix", "backend": backend}
    return {"spec": {"rules": [{"host": "a.example", "http": {"paths": [path]}}]}}


KINDS: dict[str, Any] = {
    f"{SPACE}/configmaps": lambda mark: {"data": {"a": mark}, "binaryData": {"b": "aGk="}},
    f"{SPACE}/secrets": lambda mark: {"stringData": {"a": mark}, "type": "Opaque"},
    f"{SPACE}/services": _service,
    f"{SPACE}/pods": lambda mark: {"spec": _pod(mark)["spec"]},
    f"{SPACE}/endpoints": lambda mark: {"subsets": [{"addresses": [{"ip": "10.9.8.7"}], "ports": [{"port": 80}]}]},
    f"{APPS}/deployments": lambda mark: _workload(mark, strategy={"type": "Recreate"}),
    f"{APPS}/replicasets": _workload,
    f"{APPS}/statefulsets": lambda mark: _workload(mark, serviceName="victim"),
    "/apis/batch/v1/namespaces/fuzz/jobs": _job,
    "/apis/batch/v1/namespaces/fuzz/cronjobs": lambda mark: {
        "spec": {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": _job(mark)}
    },
    "/apis/networking.k8s.io/v1/namespaces/fuzz/networkpolicies": _policy,
    "/apis/networking.k8s.io/v1/namespaces/fuzz/ingresses": _ingress,
    "/apis/discovery.k8s.io/v1/namespaces/fuzz/endpointslices": _slice,
    "/apis/policy/v1/namespaces/fuzz/poddisruptionbudgets": lambda mark: {
        "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"a": mark}}}
    },
    "/apis/coordination.k8s.io/v1/namespaces/fuzz/leases": lambda mark: {
        "spec": {"holderIdentity": mark, "renewTime": "2026-01-01T00:00:00.000000Z"}
    },
}  # fmt: skip
JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 2**40, 1e300, "", "x" * 300, "\0", "ü", "-", "a b", "../..", "1h", "200%",
    [], [None], [[]], [{}], {}, {"": ""}, {"a": None}, {"$patch": "delete"}, {"$patch": 5},
    "2026-99-99T00:00:00Z", "256.1.1.1", "::1", "10.0.0.0/99", "{{.}}", "$(A)", "\ud83d", "\n", 70000.5,
)  # fmt: skip


def right(path: str, mark: str) -> Body:
    """A right object for a path, named by the mark."""
    body: Body = KINDS[path](mark)
    body["metadata"] = {"name": mark, "labels": {"a": mark}, **body.get("metadata", {})}
    return body


def changed(body: Body, dice: random.Random) -> Body:
    """The same with one to three places replaced, doubled, renamed or taken out."""
    body = copy.deepcopy(body)
    for _ in range(dice.choice((1, 1, 2, 3))):
        places = list(_places(body))
        where, key = dice.choice(places)
        what = dice.choice(("replace", "replace", "replace", "remove", "double", "rename"))
        if what == "replace":
            where[key] = copy.deepcopy(dice.choice(JUNK))
        elif what == "remove":
            del where[key]
        elif isinstance(where, list):
            where.append(copy.deepcopy(where[key]))
        elif what == "rename":
            where[f"{key}{dice.choice(('s', 'X', '', '.', chr(0)))}"] = where.pop(key)
        else:
            where[key] = [where[key], where[key]]
    return body


def _places(value: Any) -> Any:
    """Every place of a tree: the dict or list, and the key in it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(pairs):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)


def operations(body: Body, dice: random.Random, mark: str) -> list[Body]:
    """JSON patches that aim at real places of an object."""
    made = []
    for _ in range(dice.choice((1, 2, 4))):
        path, value = "", body
        while isinstance(value, dict | list) and value and dice.random() < 0.8:
            key = dice.choice(list(value) if isinstance(value, dict) else list(range(len(value))))
            path, value = f"{path}/{str(key).replace('/', '~1')}", value[key]
        verb = dice.choice(("add", "replace", "remove", "move", "copy", "test"))
        made.append(
            {"op": verb, "path": path, "from": path[:-1], "value": dice.choice((mark, *JUNK))}
        )
    return made


def text(body: Any) -> bytes:
    """As JSON; a few values only JSON of Python's has are left to it."""
    return json.dumps(body).encode()
