"""The API server's proxy to Pods and Services, as sig-network's proxy.go asks it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import pytest

from tests.conformance.agnhost import AGNHOST, pod_running
from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster
from tests.support import eventually

pytestmark = pytest.mark.kubectl

PAGE = '<a href="/rewriteme">test</a>'
TLS_PAGE = '<a href="/tlsrewriteme">test</a>'
VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
ATTEMPTS = 3


def _porter(name: str, labels: Body, environment: dict[str, str], *flags: str) -> Body:
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "containers": [
                {
                    "name": name,
                    "image": AGNHOST,
                    "command": ["/agnhost", "porter", *flags],
                    "env": [{"name": key, "value": value} for key, value in environment.items()],
                }
            ],
        },
    }


def _many_ports(api: Api, namespace: str) -> str:
    """A Pod with a web server on each of seven ports, and a Service for four of them."""
    labels = {"proxy-service-target": "true"}
    ports = (("portname1", 80, "dest1"), ("portname2", 81, 162))
    tls = (("tlsportname1", 443, "tlsdest1"), ("tlsportname2", 444, 462))
    service = api.post(
        f"/api/v1/namespaces/{namespace}/services",
        {
            "metadata": {"generateName": "proxy-service-"},
            "spec": {
                "selector": labels,
                "ports": [
                    {"name": name, "port": port, "targetPort": target}
                    for name, port, target in (*ports, *tls)
                ],
            },
        },
    )
    environment = {
        "SERVE_PORT_80": PAGE, "SERVE_PORT_1080": PAGE, "SERVE_PORT_160": "foo",
        "SERVE_PORT_162": "bar", "SERVE_TLS_PORT_443": TLS_PAGE,
        "SERVE_TLS_PORT_460": "tls baz", "SERVE_TLS_PORT_462": "tls qux",
    }  # fmt: skip
    name = service["metadata"]["name"]
    pod = _porter(name, labels, environment)
    numbers = {"dest1": 160, "dest2": 162, "tlsdest1": 460, "tlsdest2": 462}
    pod["spec"]["containers"][0]["ports"] = [
        {"containerPort": 80},
        *({"name": name, "containerPort": number} for name, number in numbers.items()),
    ]
    api.post(f"/api/v1/namespaces/{namespace}/pods", pod)
    pod_running(api, namespace, name)
    eventually(lambda: _addresses(api, namespace, name))
    return str(name)


def _addresses(api: Api, namespace: str, name: str) -> Body | None:
    answer = api.ask("GET", f"/api/v1/namespaces/{namespace}/endpoints/{name}")
    subsets = (answer.body or {}).get("subsets") or [{}]
    found: Body | None = subsets[0].get("addresses")
    return found


@pytest.mark.conformance("proxy", "should proxy through a service and a pod")
def test_every_scheme_and_port_of_a_pod_and_a_service(api: Api, namespace: str) -> None:
    """Plain and TLS ports answer by name and number, and pages lead back through the proxy."""
    name = _many_ports(api, namespace)

    def service(what: str) -> str:
        return f"/api/v1/namespaces/{namespace}/services/{what}/proxy"

    def pod(what: str) -> str:
        return f"/api/v1/namespaces/{namespace}/pods/{what}/proxy"

    def page(where: str, target: str) -> str:
        return f'<a href="{where}/{target}">test</a>'

    expected = {
        service(f"{name}:portname1"): "foo",
        service(f"http:{name}:portname1"): "foo",
        service(f"{name}:portname2"): "bar",
        service(f"{name}:81"): "bar",
        service(f"https:{name}:tlsportname1"): "tls baz",
        service(f"https:{name}:tlsportname2"): "tls qux",
        pod(name): page(pod(name), "rewriteme"),
        pod(f"{name}:1080"): page(pod(f"{name}:1080"), "rewriteme"),
        pod(f"http:{name}:1080"): page(pod(f"http:{name}:1080"), "rewriteme"),
        pod(f"{name}:160"): "foo",
        pod(f"http:{name}:162"): "bar",
        pod(f"https:{name}:443"): page(pod(f"https:{name}:443"), "tlsrewriteme"),
        pod(f"https:{name}:460"): "tls baz",
        pod(f"https:{name}:462"): "tls qux",
    }
    with ThreadPoolExecutor(8) as pool:
        for _ in range(ATTEMPTS):
            answers = pool.map(lambda path: api.ask("GET", path + "/"), expected)
            said = {
                path: (answer.status, answer.body)
                for path, answer in zip(expected, answers, strict=True)
            }
            assert said == {path: (200, body) for path, body in expected.items()}


def _responder(api: Api, namespace: str) -> None:
    """A Pod that answers with the method as JSON, and a Service with one unnamed port."""
    labels = {"test": "response"}
    where = f"/api/v1/namespaces/{namespace}"
    pod = _porter("agnhost", labels, {"SERVE_PORT_80": "foo"}, "--json-response")
    api.post(f"{where}/pods", pod)
    pod_running(api, namespace, "agnhost")
    spec = {"selector": labels, "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}]}
    api.post(f"{where}/services", {"metadata": {"name": "test-service"}, "spec": spec})
    eventually(lambda: _addresses(api, namespace, "test-service"))


def _check_verb(api: Api, path: str, verb: str) -> None:
    answer = api.ask(verb, path)
    assert answer.status == 200, (verb, path, answer)
    if verb == "HEAD":
        assert answer.body is None
    else:
        body = answer.body if isinstance(answer.body, dict) else json.loads(answer.body)
        assert body == {"Method": verb, "Body": "foo"}


@pytest.mark.conformance(
    "proxy", "A set of valid responses are returned for both pod and service ProxyWithPath"
)
def test_every_verb_with_a_path(api: Api, namespace: str) -> None:
    """Each method arrives as itself at a Pod and at a Service, with a path behind it."""
    _responder(api, namespace)
    for what in ("pods/agnhost", "services/test-service"):
        for verb in VERBS:
            path = f"/api/v1/namespaces/{namespace}/{what}/proxy/some/path/with/{verb}"
            _check_verb(api, path, verb)


@pytest.mark.conformance(
    "proxy", "A set of valid responses are returned for both pod and service Proxy"
)
def test_every_verb_without_a_path(api: Api, namespace: str) -> None:
    """Without a path all methods arrive but GET and HEAD: those are sent to the slash."""
    _responder(api, namespace)
    for what in ("pods/agnhost", "services/test-service"):
        path = f"/api/v1/namespaces/{namespace}/{what}/proxy"
        for verb in ("DELETE", "OPTIONS", "PATCH", "POST", "PUT"):
            _check_verb(api, f"{path}?method={verb}", verb)
        for verb in ("GET", "HEAD"):
            answer = api.ask(verb, f"{path}?method={verb}")
            assert answer.status == 301
            assert answer.headers["location"].endswith(f"proxy/?method={verb}")


def test_what_the_proxy_refuses(api: Api, namespace: str) -> None:
    """No endpoints, no such port, nobody listening: 503 with a Status; no such object: 404."""
    _responder(api, namespace)
    where = f"/api/v1/namespaces/{namespace}"
    for path, code, words in (
        ("pods/none/proxy/", 404, 'pods "none" not found'),
        ("services/test-service:99/proxy/", 503, "no service port 99 found"),
        ("services/test-service:web/proxy/", 503, "no endpoints available for service"),
        ("pods/agnhost:81/proxy/", 503, "connect: connection refused"),
        ("pods/https:agnhost:80/proxy/", 503, "gave HTTP response to HTTPS client"),
        ("pods/ftp:agnhost:80/proxy/", 400, 'invalid pod request "ftp:agnhost:80"'),
    ):
        answer = api.ask("GET", f"{where}/{path}")
        assert (answer.status, answer.body["kind"]) == (code, "Status"), answer
        assert words in answer.body["message"]


def test_the_secret_stays_here(api: Api, namespace: str) -> None:
    """No header that a Pod hears, and no page that it gets back, holds the server's secret."""
    secret = api.url.rsplit("/", 1)[1]
    pod = _porter("shown", {}, {})
    pod["spec"]["containers"][0]["command"] = ["/agnhost", "netexec", "--http-port=80"]
    api.post(f"/api/v1/namespaces/{namespace}/pods", pod)
    pod_running(api, namespace, "shown")
    path = f"/api/v1/namespaces/{namespace}/pods/shown/proxy"
    headers = json.dumps(api.get(f"{path}/header"))
    assert f"{path}/header" in headers
    assert secret not in headers
    page = api.ask("GET", f"{path}/echo", msg="<a href='/x'>y</a>")
    assert page.body == f"<a href='{path}/x'>y</a>"
    assert page.headers["content-security-policy"].startswith("sandbox ")
    assert "allow-same-origin" not in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    log = api.get(f"/api/v1/namespaces/{namespace}/pods/shown/log")
    assert "GET /echo" in log
    assert secret not in log


def test_a_page_through_kubectl_proxy(api: Api, cluster: Cluster, namespace: str) -> None:
    """Behind ``kubectl proxy`` a page is found from the path without its slash, and its links
    lead on."""
    pod = _porter("page", {}, {"SERVE_PORT_80": PAGE})
    api.post(f"/api/v1/namespaces/{namespace}/pods", pod)
    pod_running(api, namespace, "page")
    proxy = cluster.popen("proxy", "--port=0", "--append-server-path")
    try:
        assert proxy.stdout is not None
        root = Api("http://" + proxy.stdout.readline().rpartition(" on ")[2].strip())
        path = f"/api/v1/namespaces/{namespace}/pods/page/proxy"
        first = root.ask("GET", path)
        target = urljoin(path, first.headers["location"])
        assert (first.status, target) == (301, f"{path}/")
        assert root.get(target) == f'<a href="{path}/rewriteme">test</a>'
        assert root.get(f"{path}/rewriteme") == f'<a href="{path}/rewriteme">test</a>'
    finally:
        proxy.terminate()
        proxy.communicate(timeout=10)
