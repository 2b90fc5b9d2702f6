"""Patches: strategic merge judged by the library inside the real kubectl, RFC 7386, RFC 6902."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.embedded.schema.fields import GVK
from labkit.embedded.schema.patch import merge_patch, patched
from labkit.embedded.schema.strategic import strategic_merge
from labkit.embedded.status import StatusError
from tests.unit.embedded.schema.judge import local_patch

Json = dict[str, Any]
SERVICE = GVK("", "v1", "Service")
DEPLOYMENT = GVK("apps", "v1", "Deployment")


def service() -> Json:
    """A Service with two ports and a finalizer."""
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}, {"name": "dns", "port": 53}]
    metadata = {"name": "s", "labels": {"a": "1", "b": "2"}, "finalizers": ["x/a", "x/b"]}
    spec = {"selector": {"app": "a"}, "ports": ports, "externalIPs": ["1.1.1.1"]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def deployment() -> Json:
    """A Deployment with two containers, variables, volumes and tolerations."""
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"}]
    web = {"name": "web", "image": "w:1", "env": env, "args": ["x", "y"],
           "ports": [{"containerPort": 80}]}  # fmt: skip
    pod = {
        "containers": [web, {"name": "side", "image": "s:1"}],
        "volumes": [{"name": "v", "emptyDir": {}}],
        "tolerations": [{"key": "k", "operator": "Exists"}],
        "nodeSelector": {"disk": "ssd"},
    }
    rolling = {"maxSurge": 1, "maxUnavailable": 0}
    spec = {
        "replicas": 2,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": {"labels": {"app": "a"}}, "spec": pod},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}


def pod_patch(**spec: Any) -> Json:
    """A patch of the Pod template's spec."""
    return {"spec": {"template": {"spec": spec}}}


def env_patch(*env: Json, **more: Any) -> Json:
    """A patch of the first container's variables."""
    return pod_patch(containers=[{"name": "web", "env": list(env), **more}])


SERVICE_PATCHES: dict[str, Json] = {
    "a port is changed": {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}},
    "a port is added": {"spec": {"ports": [{"port": 443, "name": "tls"}]}},
    "two ports in another order": {"spec": {"ports": [{"port": 53}, {"port": 80}]}},
    "a port is deleted": {"spec": {"ports": [{"port": 53, "$patch": "delete"}]}},
    "all ports are replaced": {"spec": {"ports": [{"port": 1}, {"$patch": "replace"}]}},
    "the order is set": {"spec": {"$setElementOrder/ports": [{"port": 53}, {"port": 80}],
                                  "ports": [{"port": 80, "name": "web"}]}},
    "the order of fewer": {"spec": {"$setElementOrder/ports": [{"port": 53}]}},
    "a selector key is removed": {"spec": {"selector": {"app": None, "tier": "x"}}},
    "the selector is replaced": {"spec": {"selector": {"$patch": "replace", "b": "c"}}},
    "a plain list is replaced": {"spec": {"externalIPs": ["2.2.2.2"]}},
    "a finalizer is added": {"metadata": {"finalizers": ["x/c"]}},
    "a finalizer is removed": {"metadata": {"$deleteFromPrimitiveList/finalizers": ["x/a"]}},
    "a label goes, one comes": {"metadata": {"labels": {"a": None, "c": "3"}}},
    "type and affinity": {"spec": {"type": "NodePort", "sessionAffinity": "ClientIP",
                                   "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 1}}}},
}  # fmt: skip
DEPLOYMENT_PATCHES: dict[str, Json] = {
    "an image": pod_patch(containers=[{"name": "side", "image": "s:2"}]),
    "a variable": env_patch({"name": "B", "value": "9"}),
    "a variable in front": env_patch({"name": "Z", "value": "0"}, {"name": "A", "value": "7"}),
    "a variable is deleted": env_patch({"name": "B", "$patch": "delete"}),
    "kubectl apply's order": env_patch(
        {"name": "D", "value": "4"},
        **{"$setElementOrder/env": [{"name": "A"}, {"name": "D"}, {"name": "C"}]},
    ),
    "the containers' order": pod_patch(**{
        "$setElementOrder/containers": [{"name": "side"}, {"name": "web"}],
        "containers": [{"name": "web", "image": "w:2"}],
    }),
    "a third container first": pod_patch(**{
        "$setElementOrder/containers": [{"name": "new"}, {"name": "web"}],
        "containers": [{"name": "new", "image": "n"}],
    }),
    "arguments are replaced": pod_patch(containers=[{"name": "web", "args": ["z"]}]),
    "a volume with retainKeys": pod_patch(
        volumes=[{"name": "v", "$retainKeys": ["name", "configMap"], "configMap": {"name": "c"}}]
    ),
    "recreate": {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
    "recreate by null": {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}},
    "tolerations are atomic": pod_patch(tolerations=[{"key": "z", "operator": "Exists"}]),
    "a spread is added": pod_patch(topologySpreadConstraints=[
        {"topologyKey": "h", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}]),
    "a node selector key": pod_patch(nodeSelector={"disk": None, "zone": "a"}),
    "the strategy is emptied": {"spec": {"strategy": {"$patch": "delete"}}},
    "a restart": {"spec": {"template": {"metadata": {"annotations": {"at": "now"}}}}},
    "nulls in what is new": pod_patch(affinity={"nodeAffinity": None, "podAffinity": {}}),
}  # fmt: skip


@pytest.mark.parametrize("name", SERVICE_PATCHES)
def test_services_merge_as_in_kubectls_library(name: str, tmp_path: Path) -> None:
    """The same object and patch give the same result in the real strategicpatch package."""
    patch = SERVICE_PATCHES[name]
    real = local_patch(service(), patch, kind="strategic", home=tmp_path)
    assert strategic_merge(SERVICE, service(), patch) == real


@pytest.mark.parametrize("name", DEPLOYMENT_PATCHES)
def test_deployments_merge_as_in_kubectls_library(name: str, tmp_path: Path) -> None:
    """The same object and patch give the same result in the real strategicpatch package."""
    patch = DEPLOYMENT_PATCHES[name]
    real = local_patch(deployment(), patch, kind="strategic", home=tmp_path)
    assert strategic_merge(DEPLOYMENT, deployment(), patch) == real


def test_a_patch_changes_neither_object_nor_patch() -> None:
    """Patching is pure."""
    for live, gvk, patches in (
        (service(), SERVICE, SERVICE_PATCHES),
        (deployment(), DEPLOYMENT, DEPLOYMENT_PATCHES),
    ):
        for patch in patches.values():
            before = json.dumps([live, patch])
            strategic_merge(gvk, live, patch)
            assert json.dumps([live, patch]) == before


# The examples of RFC 7386, appendix A: original, patch, result.
RFC_7386: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("original", "patch", "result"), RFC_7386)
def test_merge_patch_follows_the_rfc(original: Any, patch: Any, result: Any) -> None:
    """All examples of RFC 7386, appendix A."""
    assert merge_patch(original, patch) == result


def refusal(patch: Any, kind: str) -> StatusError:
    """What the Service's patch is refused with."""
    with pytest.raises(StatusError) as refused:
        patched(SERVICE, service(), patch, kind)
    return refused.value


def test_json_patch_applies_or_is_refused_without_reason() -> None:
    """RFC 6902 operations apply; one that fails gives the server's bare 422."""
    operations = [
        {"op": "test", "path": "/spec/selector/app", "value": "a"},
        {"op": "replace", "path": "/spec/selector/app", "value": "b"},
        {"op": "remove", "path": "/spec/ports/1"},
    ]
    made = patched(SERVICE, service(), json.dumps(operations), "json").obj
    assert made["spec"]["selector"] == {"app": "b"} and len(made["spec"]["ports"]) == 1
    for bad in (
        [{"op": "remove", "path": "/spec/nope"}],
        [{"op": "test", "path": "/spec/selector/app", "value": "z"}],
        [{"op": "dance", "path": "/spec"}],
        [{"path": "/spec"}],
    ):
        error = refusal(bad, "json")
        assert (error.code, error.reason) == (422, "Invalid")
        assert error.message == "the server rejected our request due to an error in our request"


def test_unknown_fields_in_a_patch_are_refused_as_the_server_does() -> None:
    """A 422 without kind and name, which kubectl prints as "The request is invalid"."""
    error = refusal({"spec": {"selctor": {"a": "b"}}}, "strategic")
    assert (error.code, error.reason) == (422, "Invalid")
    assert error.details is not None
    assert error.details["causes"] == [{
        "reason": "FieldValueInvalid",
        "field": "patch",
        "message": 'Invalid value: "map[spec:map[selctor:map[a:b]]]": strict decoding error: '
        'unknown field "spec.selctor"',
    }]  # fmt: skip


@pytest.mark.parametrize(
    ("patch", "kind", "code"),
    [
        ("[]", "strategic", 400),
        ("{}", "json", 400),
        ("no", "merge", 400),
        ({"spec": {"ports": [{"name": "x"}]}}, "strategic", 500),
        ({"spec": {"$setElementOrder/ports": 3}}, "strategic", 400),
        ({"spec": {"$retainKeys": ["type"], "clusterIP": "None"}}, "strategic", 400),
        ({"metadata": {"$patch": "dance"}}, "strategic", 500),
        ({"spec": {"ports": [{"port": "http"}]}}, "strategic", 422),
    ],
)
def test_malformed_patches_have_the_servers_codes(patch: Any, kind: str, code: int) -> None:
    """400 for what is no patch, 422 for what makes no Service, 500 for a missing merge key."""
    assert refusal(patch, kind).code == code
