"""Which rule of an Ingress takes a request: the tables of the Kubernetes documentation.

The cases are those of "Examples" under "Path types" and of "Hostname wildcards" (page "Ingress").
"""

from __future__ import annotations

import pytest

from labkit.embedded.ingress.routes import CONTROLLER, find, routes_of
from labkit.embedded.ingress.upstreams import NATIVE, servers
from labkit.embedded.interfaces import Json


def ingress(*paths: tuple[str, str], host: str = "", default: str = "", **spec: str) -> Json:
    """An Ingress whose backends are named after their path type and path."""
    rules = [
        {
            "path": path,
            "pathType": kind,
            "backend": {"service": {"name": f"{kind} {path}", "port": {"number": 80}}},
        }
        for kind, path in paths
    ]
    body: Json = {"rules": [{"http": {"paths": rules}, **({"host": host} if host else {})}], **spec}
    if default:
        body["defaultBackend"] = {"service": {"name": default, "port": {"name": "web"}}}
    return {"metadata": {"name": "i", "namespace": "default"}, "spec": body}


@pytest.mark.parametrize(
    ("paths", "asked", "taken"),
    [
        (["Prefix /"], "/any/path", "Prefix /"),
        (["Exact /foo"], "/foo", "Exact /foo"),
        (["Exact /foo"], "/bar", None),
        (["Exact /foo"], "/foo/", None),
        (["Exact /foo/"], "/foo", None),
        (["Prefix /foo"], "/foo", "Prefix /foo"),
        (["Prefix /foo"], "/foo/", "Prefix /foo"),
        (["Prefix /foo/"], "/foo", "Prefix /foo/"),
        (["Prefix /foo/"], "/foo/", "Prefix /foo/"),
        (["Prefix /aaa/bb"], "/aaa/bbb", None),
        (["Prefix /aaa/bbb"], "/aaa/bbb", "Prefix /aaa/bbb"),
        (["Prefix /aaa/bbb/"], "/aaa/bbb", "Prefix /aaa/bbb/"),
        (["Prefix /aaa/bbb"], "/aaa/bbb/", "Prefix /aaa/bbb"),
        (["Prefix /aaa/bbb"], "/aaa/bbb/ccc", "Prefix /aaa/bbb"),
        (["Prefix /aaa/bbb"], "/aaa/bbbxyz", None),
        (["Prefix /", "Prefix /aaa"], "/aaa/ccc", "Prefix /aaa"),
        (["Prefix /", "Prefix /aaa", "Prefix /aaa/bbb"], "/aaa/bbb", "Prefix /aaa/bbb"),
        (["Prefix /", "Prefix /aaa", "Prefix /aaa/bbb"], "/ccc", "Prefix /"),
        (["Prefix /aaa"], "/ccc", None),
        (["Prefix /foo", "Exact /foo"], "/foo", "Exact /foo"),
    ],
)
def test_paths(paths: list[str], asked: str, taken: str | None) -> None:
    """By elements of the path, the longest first, Exact before Prefix."""
    pairs = [(one.split()[0], one.split()[1]) for one in paths]
    found = find(routes_of([ingress(*pairs)], []), "x", asked)
    assert (found.service if found else None) == taken


@pytest.mark.parametrize(
    ("host", "asked", "matches"),
    [
        ("", "anything", True),
        ("foo.com", "foo.com", True),
        ("foo.com", "FOO.com:8080", True),
        ("foo.com", "bar.foo.com", False),
        ("*.foo.com", "bar.foo.com", True),
        ("*.foo.com", "baz.bar.foo.com", False),
        ("*.foo.com", "foo.com", False),
    ],
)
def test_hosts(host: str, asked: str, matches: bool) -> None:
    """Whole names, or one label for the star; the port does not count."""
    routes = routes_of([ingress(("Prefix", "/"), host=host)], [])
    assert (find(routes, asked, "/") is not None) == matches


def test_the_default_backend_and_other_classes() -> None:
    """What no rule takes goes to the default; an Ingress of another class is not ours."""
    classes = [
        {"metadata": {"name": "ours"}, "spec": {"controller": CONTROLLER}},
        {"metadata": {"name": "theirs"}, "spec": {"controller": "k8s.io/ingress-nginx"}},
    ]
    ours = ingress(("Prefix", "/aaa"), default="rest", ingressClassName="ours")
    routes = routes_of([ours], classes)
    found = find(routes, "x", "/ccc")
    assert found is not None and (found.service, found.port) == ("rest", "web")
    theirs = ingress(("Prefix", "/"), ingressClassName="theirs")
    assert find(routes_of([theirs], classes), "x", "/") is None


def test_servers_are_endpoints_unless_told_otherwise() -> None:
    """Ready endpoints with the port's number on the Pod; with the annotation the ClusterIP."""
    service: Json = {
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"clusterIP": "10.96.1.1", "ports": [{"name": "http", "port": 80}]},
    }
    slices = [
        {
            "ports": [{"name": "http", "port": 8080}, {"name": "other", "port": 9}],
            "endpoints": [
                {"addresses": ["10.244.0.5"], "conditions": {"ready": True}},
                {"addresses": ["10.244.0.6"], "conditions": {"ready": False}},
                {"addresses": ["10.244.0.4"]},
            ],
        }
    ]
    backend = find(routes_of([ingress(("Prefix", "/"))], []), "x", "/")
    assert backend is not None
    assert servers(backend, service, slices) == [("10.244.0.4", 8080), ("10.244.0.5", 8080)]
    service["metadata"]["annotations"] = {NATIVE: "true"}
    assert servers(backend, service, slices) == [("10.96.1.1", 80)]
    service["spec"]["ports"][0]["port"] = 81
    assert servers(backend, service, slices) == []
