"""Refusals, word for word as kubectl printed them against a Kubernetes v1.36.2 cluster."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from labkit.embedded.schema import defaults, field_selectors, strategy, validate
from labkit.embedded.schema.decode import decode
from labkit.embedded.schema.fields import GVK
from labkit.embedded.schema.patch import patched
from labkit.embedded.status import Cause, StatusError
from tests.unit.embedded.schema.judge import load

Json = dict[str, Any]
REAL = {each["id"]: each for each in load("refusals.json")}
SERVICE = GVK("", "v1", "Service")
POD = GVK("", "v1", "Pod")
DEPLOYMENT = GVK("apps", "v1", "Deployment")


def printed(kind: str, name: str, causes: list[Cause]) -> str:
    """What kubectl prints for a 422 with these causes."""
    texts = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    if len(texts) == 1:
        return f'The {kind} "{name}" is invalid: {texts[0]}\n'
    return f'The {kind} "{name}" is invalid: \n' + "".join(f"* {text}\n" for text in texts)


def created(obj: Json) -> tuple[GVK, list[Cause]]:
    """Decode, default, prepare and validate as the server does on create."""
    group, _, version = obj["apiVersion"].rpartition("/")
    gvk = GVK(group, version, obj["kind"])
    decoded = decode(gvk, json.dumps(obj)).obj
    ready = strategy.prepared_for_create(gvk, defaults.defaulted(gvk, decoded))
    return gvk, validate.validate_create(gvk, ready)


CREATES = [
    name for name, each in REAL.items() if each["stdin"] and each["stderr"].startswith("The")
]
BAD_BODIES = [name for name, each in REAL.items() if "(BadRequest): error when" in each["stderr"]]


@pytest.mark.parametrize("name", CREATES)
def test_invalid_objects_are_refused_in_the_servers_words(name: str) -> None:
    """Every cause, its field, its words and its order are those of the real server."""
    obj = yaml.safe_load(REAL[name]["stdin"])
    gvk, causes = created(obj)
    assert printed(gvk.kind, obj["metadata"]["name"], causes) == REAL[name]["stderr"]


@pytest.mark.parametrize("name", BAD_BODIES)
def test_bodies_that_do_not_decode_are_refused_in_the_servers_words(name: str) -> None:
    """An unknown field and a wrong type are a 400 with the decoder's text."""
    obj = yaml.safe_load(REAL[name]["stdin"])
    with pytest.raises(StatusError) as refused:
        created(obj)
    assert refused.value.code == 400
    assert REAL[name]["stderr"].endswith(f"{refused.value.message}\n")


def test_the_real_samples_are_all_used() -> None:
    """No sample falls through the net of the two tests above."""
    others = {"patch-bad", "edit-type", "fieldbad"}
    assert {*CREATES, *BAD_BODIES} == REAL.keys() - others


@pytest.mark.parametrize("name", ["patch-bad", "edit-type"])
def test_a_patched_service_is_refused_in_the_servers_words(name: str) -> None:
    """A type that does not exist, and a clusterIP that may not change."""
    live = {
        "metadata": {"name": "backend-service", "uid": "1"},
        "spec": {
            "clusterIP": "10.96.175.83",
            "clusterIPs": ["10.96.175.83"],
            "selector": {"app": "backend"},
            "ports": [{"port": 80, "targetPort": 8080}],
        },
    }
    old = strategy.prepared_for_create(SERVICE, defaults.defaulted(SERVICE, live))
    patch = re.search(r"-p (.*)", REAL[name]["kubectl"])
    assert patch is not None
    changed = patched(SERVICE, old, patch[1], "strategic").obj
    new = strategy.prepared_for_update(SERVICE, defaults.defaulted(SERVICE, changed), old)
    causes = validate.validate_update(SERVICE, new, old)
    assert printed("Service", "backend-service", causes) == REAL[name]["stderr"]


def test_an_unsupported_field_selector_is_refused_in_the_servers_words() -> None:
    """The field is named; kubectl puts the rest of its sentence in front."""
    with pytest.raises(StatusError) as refused:
        field_selectors.parse_fields("pods", "spec.nope=1")
    assert refused.value.code == 400
    assert REAL["fieldbad"]["stderr"].endswith(f"{refused.value.message}\n")


def deployment(**spec: Any) -> Json:
    """A good Deployment, with some of its spec changed."""
    pod = {"containers": [{"name": "c", "image": "x"}]}
    template = {"metadata": {"labels": {"app": "a"}}, "spec": pod}
    whole = {"selector": {"matchLabels": {"app": "a"}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": whole}


def test_the_selector_must_match_the_template() -> None:
    """The sentence every beginner meets, with the labels as JSON."""
    _, causes = created(deployment(selector={"matchLabels": {"app": "x"}}))
    assert printed("Deployment", "d", causes) == (
        'The Deployment "d" is invalid: spec.template.metadata.labels: Invalid value: '
        '{"app":"a"}: `selector` does not match template `labels`\n'
    )


def test_a_deployments_selector_cannot_change() -> None:
    """The immutable selector is shown as it would become."""
    old = defaults.defaulted(DEPLOYMENT, deployment())
    new = defaults.defaulted(DEPLOYMENT, deployment())
    new["spec"]["selector"]["matchLabels"]["app"] = "b"
    new["spec"]["template"]["metadata"]["labels"]["app"] = "b"
    causes = validate.validate_update(DEPLOYMENT, new, old)
    assert printed("Deployment", "d", causes) == (
        'The Deployment "d" is invalid: spec.selector: Invalid value: '
        '{"matchLabels":{"app":"b"}}: field is immutable\n'
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"image": "y"}, ""),
        ({"command": ["sh"]}, "pod updates may not change fields other than `spec.containers[*]"),
    ],
)
def test_of_a_pods_containers_only_the_image_may_change(change: Json, says: str) -> None:
    """Anything else in a container is forbidden, and the sentence lists what may change."""
    container = {"name": "c", "image": "x"}
    old = defaults.defaulted(POD, {"metadata": {"name": "p"}, "spec": {"containers": [container]}})
    new = defaults.copied(old)
    new["spec"]["containers"][0].update(change)
    causes = validate.validate_update(POD, new, old)
    assert [cause.field for cause in causes] == (["spec"] if says else [])
    assert all(says in cause.message for cause in causes)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"type": "ExternalName"}, ["spec.externalName"]),
        ({"ports": []}, ["spec.ports"]),
        ({"ports": [{"port": 80}], "sessionAffinity": "Sticky"}, ["spec.sessionAffinity"]),
        ({"ports": [{"port": 80, "nodePort": 30080}]}, ["spec.ports[0].nodePort"]),
        ({"ports": [{"port": 80}], "selector": {"a b": "c"}}, ["spec.selector"]),
        (
            {"ports": [{"port": 80}], "externalTrafficPolicy": "Local"},
            ["spec.externalTrafficPolicy"],
        ),
        (
            {"ports": [{"port": 80}], "clusterIP": "None", "type": "NodePort"},
            ["spec.clusterIPs[0]"],
        ),
        ({"ports": [{"port": 80, "name": "A"}]}, ["spec.ports[0].name"]),
        (
            {"ports": [{"port": 80}], "clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.8"]},
            ["spec.clusterIPs"],
        ),
        (
            {"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]},
            ["spec.ports[1].name"],
        ),
        ({"ports": [{"port": 80}], "clusterIP": "None"}, []),
        (
            {"ports": [{"port": 80}, {"port": 80, "protocol": "UDP", "name": "u"}]},
            ["spec.ports[0].name"],
        ),
        ({"ports": [{"port": 80, "targetPort": "web"}], "selector": {"app": "x"}}, []),
    ],
)
def test_services_are_refused_at_the_right_field(spec: Json, expected: list[str]) -> None:
    """Each mistake is told of once, at its own field; a good Service passes."""
    obj = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}
    assert [cause.field for cause in created(obj)[1]] == expected


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"image": "x"}, ["name"]),
        ({"name": "C_", "image": "x"}, ["name"]),
        ({"name": "c", "image": "x", "ports": [{"containerPort": 0}]}, ["ports[0].containerPort"]),
        ({"name": "c", "image": "x", "ports": [{"name": "Up", "containerPort": 1}]},
         ["ports[0].name"]),
        ({"name": "c", "image": "x", "volumeMounts": [{"name": "v", "mountPath": "/v"}]},
         ["volumeMounts[0].name"]),
        ({"name": "c", "image": "x", "env": [{"name": "N", "value": "1", "valueFrom":
          {"fieldRef": {"fieldPath": "spec.nodeName"}}}]}, ["env[0].valueFrom"]),
        ({"name": "c", "image": "x", "env": [{"name": "N", "valueFrom":
          {"fieldRef": {"fieldPath": "spec.nope"}}}]}, ["env[0].valueFrom.fieldRef.fieldPath"]),
        ({"name": "c", "image": "x", "readinessProbe": {}}, ["readinessProbe"]),
        ({"name": "c", "image": "x", "imagePullPolicy": "Sometimes"}, ["imagePullPolicy"]),
        ({"name": "c", "image": "x", "resources": {"requests": {"cpu": "2"},
                                                   "limits": {"cpu": "1"}}},
         ["resources.requests"]),
        ({"name": "c", "image": "x", "livenessProbe": {"httpGet": {"port": 70000}}},
         ["livenessProbe.httpGet.port"]),
    ],
)  # fmt: skip
def test_containers_are_refused_at_the_right_field(container: Json, expected: list[str]) -> None:
    """Each mistake in a container is told of once, at its own field."""
    spec = {"containers": [container]}
    obj = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}
    fields = [cause.field for cause in created(obj)[1]]
    assert fields == [f"spec.containers[0].{field}" for field in expected]
