"""Defaults, judged by a real cluster's answers and by the official client's models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labkit.embedded.schema import defaults, strategy
from labkit.embedded.schema.decode import decode
from labkit.embedded.schema.defaults import pod, podspec
from labkit.embedded.schema.fields import GVK

Json = dict[str, Any]
SERVICE = GVK("", "v1", "Service")
POD = GVK("", "v1", "Pod")
DEPLOYMENT = GVK("apps", "v1", "Deployment")


def ready(gvk: GVK, obj: Json) -> Json:
    """Decoded, defaulted and prepared as for a create."""
    obj = {"metadata": {"name": "x"}, **obj}
    decoded = decode(gvk, json.dumps(obj)).obj
    return strategy.prepared_for_create(gvk, defaults.defaulted(gvk, decoded))


def test_a_service_is_defaulted_as_the_real_cluster_did() -> None:
    """What ``kubectl get -o jsonpath`` showed of the course's Service on v1.36.2."""
    spec = ready(SERVICE, {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}})["spec"]
    shown = "".join(
        spec[field]
        for field in ("type", "sessionAffinity", "internalTrafficPolicy", "ipFamilyPolicy")
    )
    shown += json.dumps(spec["ipFamilies"])
    assert shown == 'ClusterIPNoneClusterSingleStack["IPv4"]'
    assert spec["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 8080}]


def test_a_deployment_is_defaulted_as_the_real_cluster_did() -> None:
    """Strategy and history as ``kubectl get -o jsonpath`` showed them on v1.36.2."""
    spec = ready(DEPLOYMENT, {"spec": {"template": {"spec": {"containers": []}}}})["spec"]
    rolling = {"maxSurge": "25%", "maxUnavailable": "25%"}
    assert spec["strategy"] == {"rollingUpdate": rolling, "type": "RollingUpdate"}
    assert (spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (10, 600)
    assert spec["replicas"] == 1


def test_recreate_gets_no_rolling_update() -> None:
    """The figures of a rolling update belong to its type alone."""
    spec = ready(DEPLOYMENT, {"spec": {"strategy": {"type": "Recreate"}}})["spec"]
    assert spec["strategy"] == {"type": "Recreate"}


def test_client_ip_affinity_lasts_three_hours() -> None:
    """10800 seconds unless another figure is given, and none without the affinity."""
    ports = [{"port": 80}]
    spec = ready(SERVICE, {"spec": {"ports": ports, "sessionAffinity": "ClientIP"}})["spec"]
    assert spec["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}
    config = {"clientIP": {"timeoutSeconds": 60}}
    given = {"ports": ports, "sessionAffinity": "ClientIP", "sessionAffinityConfig": config}
    assert ready(SERVICE, {"spec": given})["spec"]["sessionAffinityConfig"] == config


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"clusterIP": "None", "selector": {"a": "b"}}, ("SingleStack", ["IPv4"])),
        ({"clusterIP": "None"}, ("RequireDualStack", ["IPv4", "IPv6"])),
        ({"type": "ExternalName", "externalName": "a.b"}, (None, None)),
    ],
)
def test_address_families_of_headless_and_external_services(spec: Json, expected: Any) -> None:
    """A headless Service without selector asks for both families; an alias has none."""
    made = ready(SERVICE, {"spec": spec})["spec"]
    assert (made.get("ipFamilyPolicy"), made.get("ipFamilies")) == expected


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("busybox", "Always"),
        ("busybox:latest", "Always"),
        ("busybox:1.36", "IfNotPresent"),
        ("localhost:5000/busybox", "Always"),
        ("localhost:5000/busybox:1", "IfNotPresent"),
        ("busybox@sha256:" + "0" * 64, "IfNotPresent"),
    ],
)
def test_the_pull_policy_follows_the_tag(image: str, policy: str) -> None:
    """A port in the registry's name is no tag."""
    assert podspec.pull_policy(image) == policy


def test_admission_adds_token_and_tolerations_once() -> None:
    """The token volume is mounted read-only; what the Pod says itself is kept."""
    mine = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
    spec = {"containers": [{"name": "c", "image": "x"}], "tolerations": [mine]}
    made = pod.admitted({"spec": spec}, suffix="abcde")["spec"]
    assert [each["key"] for each in made["tolerations"]] == [mine["key"], pod.UNREACHABLE]
    assert made["tolerations"][1]["tolerationSeconds"] == 300
    mount = {"name": "kube-api-access-abcde", "readOnly": True, "mountPath": pod.TOKEN_PATH}
    assert made["containers"][0]["volumeMounts"] == [mount]
    assert made["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"] == {
        "expirationSeconds": 3607, "path": "token",
    }  # fmt: skip
    assert made["serviceAccountName"] == made["serviceAccount"] == "default"
    without = pod.admitted({"spec": {**spec, "automountServiceAccountToken": False}}, suffix="x")
    assert "volumes" not in without["spec"]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}, "Burstable"),
    ],
)
def test_quality_of_service(resources: Json, expected: str) -> None:
    """As documented in "Pod Quality of Service Classes"."""
    spec = {"containers": [{"name": "c", "image": "x", "resources": resources}]}
    assert ready(POD, {"spec": spec})["status"]["qosClass"] == expected


def test_a_namespace_carries_its_name_as_a_label() -> None:
    """The label, the finalizer and the phase of every namespace."""
    made = ready(GVK("", "v1", "Namespace"), {"metadata": {"name": "lab"}})
    assert made["metadata"]["labels"] == {"kubernetes.io/metadata.name": "lab"}
    assert made["spec"] == {"finalizers": ["kubernetes"]}
    assert made["status"] == {"phase": "Active"}


def test_string_data_goes_into_data() -> None:
    """stringData is write-only and wins over data."""
    body = {"data": {"a": "eA=="}, "stringData": {"a": "b", "c": ""}}
    made = ready(GVK("", "v1", "Secret"), body)
    assert made["data"] == {"a": "Yg==", "c": ""} and made["type"] == "Opaque"
    assert "stringData" not in made


def test_defaulting_changes_nothing_the_second_time_nor_its_argument() -> None:
    """Defaults are idempotent and pure."""
    probe = {"httpGet": {"port": 80}}
    container = {
        "name": "c",
        "image": "x",
        "readinessProbe": probe,
        "ports": [{"containerPort": 1}],
    }
    obj = {"metadata": {"name": "x"}, "spec": {"containers": [container]}}
    before = json.dumps(obj)
    once = defaults.defaulted(POD, obj)
    assert json.dumps(obj) == before
    assert defaults.defaulted(POD, once) == once
    assert once["spec"]["containers"][0]["readinessProbe"] == {
        "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
        "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("gvk", "model"),
    [
        (POD, "V1Pod"),
        (SERVICE, "V1Service"),
        (DEPLOYMENT, "V1Deployment"),
        (GVK("apps", "v1", "StatefulSet"), "V1StatefulSet"),
        (GVK("apps", "v1", "DaemonSet"), "V1DaemonSet"),
        (GVK("batch", "v1", "Job"), "V1Job"),
    ],
)
def test_the_official_client_takes_what_the_defaults_make(gvk: GVK, model: str) -> None:
    """Every default has the type that the official client's model demands."""
    from kubernetes import client

    pod_template = {"spec": {"containers": [{"name": "c", "image": "x"}]}}
    spec: Json = {"template": pod_template, "selector": {"matchLabels": {"a": "b"}}}
    if gvk == SERVICE:
        spec = {"ports": [{"port": 80}]}
    if gvk == POD:
        spec = pod_template["spec"]
    obj = ready(gvk, {"metadata": {"name": "x", "uid": "u"}, "spec": spec})
    made = getattr(client, model).from_json(json.dumps(obj))
    assert made.metadata.name == "x"


def test_the_generation_grows_with_the_spec_alone() -> None:
    """A label changes no generation; replicas do; a status update neither."""
    old = ready(DEPLOYMENT, {"spec": {}})
    labelled = {**old, "metadata": {**old["metadata"], "labels": {"a": "b"}}}
    scaled = {**old, "spec": {**old["spec"], "replicas": 3}}
    counted = {**old, "status": {"replicas": 1}, "spec": {}}

    def generation(new: Json, subresource: str = "") -> int:
        made = strategy.prepared_for_update(DEPLOYMENT, new, old, subresource=subresource)
        number: int = made["metadata"]["generation"]
        return number

    assert (generation(labelled), generation(scaled)) == (1, 2)
    status = strategy.prepared_for_update(DEPLOYMENT, counted, old, subresource="status")
    assert status["status"] == {"replicas": 1} and status["spec"] == old["spec"]
    assert strategy.prepared_for_update(DEPLOYMENT, counted, old)["status"] == {}


def test_a_replaced_service_keeps_its_address_and_node_port() -> None:
    """``kubectl replace`` without clusterIP and nodePort gives up neither."""
    port = {"port": 80, "nodePort": 30080}
    old = ready(SERVICE, {"spec": {"type": "NodePort", "clusterIP": "10.96.0.9", "ports": [port]}})

    def replaced(kind: str, port: Json) -> Json:
        new = {"metadata": old["metadata"], "spec": {"type": kind, "ports": [port]}}
        made = strategy.prepared_for_update(SERVICE, defaults.defaulted(SERVICE, new), old)
        spec: Json = made["spec"]
        return spec

    kept = replaced("NodePort", {"port": 80})
    assert kept["clusterIPs"] == ["10.96.0.9"] and kept["ports"][0]["nodePort"] == 30080
    plain = replaced("ClusterIP", dict(port))
    assert "nodePort" not in plain["ports"][0] and "externalTrafficPolicy" not in plain
