"""Small objects for the tests of the verbs."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def config(name: str = "", **metadata: Any) -> Json:
    """A ConfigMap."""
    data = {"name": name, **metadata} if name else metadata
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": data, "data": {"a": "b"}}


def pod(name: str, **spec: Any) -> Json:
    """A Pod with one container."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "a"}},
        "spec": {"containers": [{"name": "c", "image": "busybox"}], **spec},
    }


def service(name: str, **spec: Any) -> Json:
    """A Service with one port."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": "a"}, "ports": [{"port": 80}], **spec},
    }


def deployment(name: str, replicas: int = 1) -> Json:
    """A Deployment of one container."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "nginx"}]},
            },
        },
    }
