"""The official Python client, which checks every field it reads, reads every kind served here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.embedded.kinds import KINDS
from labkit.embedded.kinds.base import Kind
from tests.kubectl.conftest import Cluster

pytestmark = pytest.mark.kubectl

EVERY = Path(__file__).with_name("manifests") / "every-kind.yaml"
STORED = [kind for kind in KINDS if kind.stored and not kind.refusal]


@pytest.fixture(scope="module")
def api(cluster: Cluster) -> Iterator[Any]:
    """The client, in front of a cluster that has an object of every kind."""
    from kubernetes import client, config

    cluster.done("apply", "-f", str(EVERY))
    cluster.done("wait", "--for=condition=Ready", "pod/every", "--timeout=30s")
    cluster.done("rollout", "status", "deploy/every", "--timeout=30s")
    with config.new_client_from_config(str(cluster.folder / "kubeconfig")) as found:
        found.configuration.proxy = None
        yield client, found


def _typed(api: tuple[Any, Any], kind: Kind) -> Any:
    """The client's class for the kind's group and version: ``CoreV1Api``, ``AppsV1Api``."""
    client, connection = api
    group = kind.group.removesuffix(".k8s.io") or "core"
    name = "".join(part.capitalize() for part in group.split("."))
    return getattr(client, f"{name}{kind.version.capitalize()}Api")(connection)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: str(kind.resource))
def test_every_kind_is_read(api: tuple[Any, Any], kind: Kind) -> None:
    """A list of the kind has items, and each of them is read again by itself."""
    typed, name = _typed(api, kind), _snake(kind.kind)
    if kind.namespaced:
        items = getattr(typed, f"list_{name}_for_all_namespaces")().items
        read = getattr(typed, f"read_namespaced_{name}")
    else:
        items = getattr(typed, f"list_{name}")().items
        read = getattr(typed, f"read_{name}")
    assert items, kind.resource
    for item in items:
        place = [item.metadata.namespace] if kind.namespaced else []
        again = read(item.metadata.name, *place)
        assert again.metadata.uid == item.metadata.uid


def test_create_without_a_content_type(api: tuple[Any, Any]) -> None:
    """The client's own objects, sent as JSON that does not say so, are created and deleted."""
    client, connection = api
    core = client.CoreV1Api(connection)
    wanted = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="by-client"), data={"a": "á b"})
    assert core.create_namespaced_config_map("default", wanted).data == {"a": "á b"}
    changed = core.patch_namespaced_config_map("by-client", "default", {"data": {"b": "c"}})
    assert changed.data == {"a": "á b", "b": "c"}
    core.delete_namespaced_config_map("by-client", "default")
    with pytest.raises(client.ApiException) as refused:
        core.read_namespaced_config_map("by-client", "default")
    assert refused.value.status == 404


def test_watch(api: tuple[Any, Any]) -> None:
    """A watch with a time limit gives what is there and ends."""
    from kubernetes import watch

    client, connection = api
    core = client.CoreV1Api(connection)
    stream = watch.Watch().stream(core.list_namespace, timeout_seconds=1)
    seen = {event["object"].metadata.name for event in stream}
    assert {"default", "kube-system"} <= seen


def test_exec_and_log(api: tuple[Any, Any]) -> None:
    """exec over the client's own channels gives output and exit status; logs are text."""
    from kubernetes import stream

    client, connection = api
    core = client.CoreV1Api(connection)
    answer = stream.stream(
        core.connect_get_namespaced_pod_exec,
        "every",
        "default",
        command=["sh", "-c", "echo out; exit 3"],
        stdout=True,
        stderr=True,
        stdin=False,
        tty=False,
        _preload_content=False,
    )
    answer.run_forever(timeout=10)
    answer.sock.shutdown()  # the client forgets its socket once the other side has closed
    assert answer.read_stdout() == "out\n"
    assert answer.returncode == 3


def test_dynamic_client(api: tuple[Any, Any]) -> None:
    """The dynamic client finds kinds by the older discovery and applies on the server."""
    from kubernetes import dynamic

    found = dynamic.DynamicClient(api[1])
    services = found.resources.get(api_version="v1", kind="Service")
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "dynamic"},
        "spec": {"selector": {"app": "x"}, "ports": [{"port": 80}]},
    }
    applied = services.server_side_apply(
        namespace="default", body=body, field_manager="test", force_conflicts=False
    )
    assert applied.spec.clusterIP.startswith("10.96.")
