"""One cluster for each file of tests, a plain client of it, and a namespace for each test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.conformance.rest import Api
from tests.kubectl.conftest import Cluster, cluster, kubectl_program

__all__ = ["api", "cluster", "kubectl_program", "namespace"]


@pytest.fixture(scope="module")
def api(cluster: Cluster) -> Api:
    """A client of the cluster of this file."""
    return Api(cluster.url)


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    """A namespace of the test's own, as the framework of those tests makes one."""
    name = f"conformance-{uuid.uuid4().hex[:8]}"
    api.post("/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    api.delete(f"/api/v1/namespaces/{name}")
