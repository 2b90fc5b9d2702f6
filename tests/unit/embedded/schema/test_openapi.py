"""The OpenAPI documents, judged by kubectl explain and kubectl create -f."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.embedded.schema.openapi import (
    V2_MEDIA_TYPE,
    V2_PROTOBUF,
    document_hash,
    v3_document,
    v3_index,
)
from tests.unit.embedded.schema.judge import Listener, kubectl, listening

Json = dict[str, Any]
VERSIONS = {
    "v1": [("services", "Service"), ("pods", "Pod")],
    "apps/v1": [("deployments", "Deployment")],
    "discovery.k8s.io/v1": [("endpointslices", "EndpointSlice")],
}


def as_json(obj: Json) -> tuple[str, bytes]:
    """An answer of type JSON."""
    return "application/json", json.dumps(obj).encode()


def answers() -> dict[str, tuple[str, bytes]]:
    """Discovery of a few kinds, and our OpenAPI documents."""
    groups = []
    found = {
        "/api": as_json({"kind": "APIVersions", "versions": ["v1"]}),
        "/openapi/v2": (V2_MEDIA_TYPE, V2_PROTOBUF),
        "/openapi/v3": as_json(v3_index(VERSIONS)),
    }
    for version, kinds in VERSIONS.items():
        resources = [
            {"name": name, "singularName": kind.lower(), "namespaced": True, "kind": kind,
             "verbs": ["get", "list", "create"]}
            for name, kind in kinds
        ]  # fmt: skip
        path = f"apis/{version}" if "/" in version else f"api/{version}"
        listed = {"kind": "APIResourceList", "groupVersion": version, "resources": resources}
        found[f"/{path}"] = as_json(listed)
        found[f"/openapi/v3/{path}"] = ("application/json", v3_document(version))
        if "/" in version:
            one = {"groupVersion": version, "version": "v1"}
            group = {"name": version.partition("/")[0], "versions": [one], "preferredVersion": one}
            groups.append(group)
    found["/apis"] = as_json({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[Listener]:
    """A server with discovery and our documents, and nothing else."""
    with listening(answers()) as listener:
        yield listener


def run(server: Listener, home: Path, *words: str, stdin: str = "") -> str:
    """kubectl against that server; its output."""
    address = ("--server", f"http://127.0.0.1:{server.port}", "--cache-dir", str(home / "cache"))
    done = kubectl(*address, *words, stdin=stdin, home=home)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_explain_shows_type_and_enum(server: Listener, tmp_path: Path) -> None:
    """The head that a real cluster's ``kubectl explain service.spec.type`` has."""
    shown = run(server, tmp_path, "explain", "service.spec.type")
    assert shown.startswith(
        "KIND:       Service\nVERSION:    v1\n\nFIELD: type <string>\nENUM:\n    ClusterIP\n"
        "    ExternalName\n    LoadBalancer\n    NodePort\n\nDESCRIPTION:\n"
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("service.spec.ports", ["FIELD: ports <[]ServicePort>", "port\t<integer> -required-",
                                "targetPort\t<IntOrString>"]),
        ("deployment.spec", ["FIELD: spec <DeploymentSpec>", "selector\t<LabelSelector> -required-",
                             "template\t<PodTemplateSpec> -required-"]),
        ("pod.spec.containers.resources", ["limits\t<map[string]", "claims\t<[]ResourceClaim>"]),
        ("endpointslice.endpoints.conditions", ["FIELD: conditions <EndpointConditions>",
                                                "serving\t<boolean>"]),
        ("deployment", ["GROUP:      apps", "metadata\t<ObjectMeta>"]),
    ],
)  # fmt: skip
def test_explain_walks_the_schemas(
    server: Listener, tmp_path: Path, path: str, expected: list[str]
) -> None:
    """Field names, types and what is required, as kubectl reads them from our documents."""
    shown = run(server, tmp_path, "explain", path)
    assert [text for text in expected if text not in shown] == []


def test_create_from_a_file_needs_no_more_than_the_stub(server: Listener, tmp_path: Path) -> None:
    """kubectl reads our documents, leaves the checks to the server and sends the object."""
    obj = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
           "spec": {"ports": [{"port": 80}], "nope": 1}}  # fmt: skip
    server.asked.clear()
    run(server, tmp_path, "create", "-f", "-", stdin=json.dumps(obj))
    posts = [each for each in server.asked if each.method == "POST"]
    assert len(posts) == 1 and "fieldValidation=Strict" in posts[0].path
    assert json.loads(posts[0].body)["spec"] == obj["spec"]


@pytest.mark.parametrize("version", VERSIONS)
def test_documents_are_whole(version: str) -> None:
    """Every reference leads to a schema, and the hash is that of the text."""
    text = v3_document(version)
    schemas = json.loads(text)["components"]["schemas"]
    wanted = {part.partition('"')[0] for part in text.decode().split("#/components/schemas/")[1:]}
    assert wanted <= schemas.keys()
    assert document_hash(version) in json.dumps(v3_index([version]))
