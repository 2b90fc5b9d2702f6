"""Requests made by schemathesis from the schemas that the server publishes as OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.survival.conftest import Link, Machine, Where, full, where
from tests.survival.test_fuzz import LOGGED

pytestmark = pytest.mark.kubectl

VERSIONS = (
    "api/v1",
    "apis/apps/v1",
    "apis/batch/v1",
    "apis/networking.k8s.io/v1",
    "apis/discovery.k8s.io/v1",
    "apis/policy/v1",
    "apis/coordination.k8s.io/v1",
)
VERSION_SET = "resourceVersion should not be set on objects to be created"
HARMFUL = ("bindings", "namespaces", "nodes")
"""They would change the cluster that the requests are tried on."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A cluster of this file's own."""
    made = Machine(tmp_path_factory.mktemp("published") / "home")
    made.up()
    yield made
    made.labkit("down")


@pytest.fixture(scope="module")
def server(machine: Machine) -> Where:
    """Where it listens."""
    return where(machine)


def document(link: Link, version: str) -> dict[str, Any]:
    """The published document, its schemas under the paths that the server's discovery tells."""
    found: dict[str, Any] = link.ask("GET", f"/openapi/v3/{version}").json
    by_kind = {
        one["x-kubernetes-group-version-kind"][0]["kind"]: name
        for name, one in found["components"]["schemas"].items()
        if "x-kubernetes-group-version-kind" in one
    }
    found["paths"] = {}
    for one in link.ask("GET", f"/{version}").json["resources"]:
        if "/" in one["name"] or one["name"] in HARMFUL or one["kind"] not in by_kind:
            continue
        media = {"application/json": {"schema": {"$ref": _schema(by_kind[one["kind"]])}}}
        body = {"required": True, "content": media}
        inside = "namespaces/default/" if one["namespaced"] else ""
        said = {"responses": {"201": {"description": "made"}}, "requestBody": body}
        found["paths"][f"/{version}/{inside}{one['name']}"] = {"post": said}
    return found


def _schema(name: str) -> str:
    return f"#/components/schemas/{name}"


@pytest.mark.parametrize("version", VERSIONS)
def test_objects_by_the_published_schemas(machine: Machine, server: Where, version: str) -> None:
    """Whatever fits the published schema of a kind is taken, or refused with a ``Status`` in the
    400s that names the reason; nothing is a fault of the server's."""
    with Link(server) as link:
        published = schemathesis.openapi.from_dict(document(link, version))
        count = 0
        for operation in (one.ok() for one in published.get_all_operations()):
            try_objects(link, operation)
            count += 1
    assert count > 0
    log = (machine.home / "embedded" / "server.log").read_text(encoding="utf-8")
    assert not LOGGED.search(log), log[-4000:]


def try_objects(link: Link, operation: Any) -> None:
    """Some objects for one path, each created as a dry run."""

    @seed(4)
    @settings(
        max_examples=full(6, 150),
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def attempt(case: Any) -> None:
        answer = link.ask("POST", f"{quote(operation.path)}?dryRun=All", case.body)
        if answer.status == 500:  # so the real server says it too (ErrResourceVersionSetOnCreate)
            assert answer.json["message"] == VERSION_SET, answer
        elif answer.status != 201:
            assert answer.status in (400, 403, 404, 405, 409, 413, 422), answer
            said = answer.json
            assert said["kind"] == "Status", said
            assert said["reason"], said
            assert said["code"] == answer.status

    attempt()
