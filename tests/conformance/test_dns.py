"""Names: what the probes of two C libraries find, read from a web server beside them."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote

import pytest

from tests.conformance.pods import AGNHOST, agnhost, running
from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster
from tests.support import eventually

pytestmark = pytest.mark.kubectl

IMAGES = {
    "musl": AGNHOST,
    "glibc": "registry.k8s.io/e2e-test-images/glibc-dns-testing:2.0.0",
}
DOMAIN = "cluster.local"
HOSTNAME, SUBDOMAIN = "dns-querier-1", "dns-test-service"


class Probes:
    """A script for each image, and the files that show that all of it was found."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []

    def resolve(self, *names: str) -> Probes:
        """Each name by UDP and TCP: SRV for what begins with an underscore, A for the others."""
        for name in names:
            self._dig(name, "SRV" if name.startswith("_") else "A", name)
        return self

    def reverse(self, address: str) -> Probes:
        """The name of an address."""
        self._dig(ipaddress.ip_address(address).reverse_pointer + ".", "PTR", f"{address}-PTR")
        return self

    def hosts(self, *names: str) -> Probes:
        """What the C library finds."""
        for name in names:
            self.steps.append((f'test -n "$$(getent hosts {name})"', f"hosts@{name}"))
        return self

    def _dig(self, name: str, kind: str, shown: str) -> None:
        for way in ("udp", "tcp"):
            flag = "+tcp" if way == "tcp" else "+notcp"
            ask = f'check="$$(dig {flag} +noall +answer +search {name} {kind})"'
            self.steps.append((f'{ask} && test -n "$$check"', f"{way}@{shown}"))

    def script(self, image: str) -> str:
        lines = "".join(f"{ask} && echo OK > /results/{image}_{to};" for ask, to in self.steps)
        return f"for i in `seq 1 600`; do {lines}sleep 1; done"

    def files(self) -> list[str]:
        return [f"{image}_{to}" for image in IMAGES for _, to in self.steps]


def probing(scripts: dict[str, str], labels: dict[str, str] | None = None) -> Body:
    """A Pod that runs a script in each image and shows what they write by HTTP."""
    mounts = [{"name": "results", "mountPath": "/results"}]
    web: Body = {"name": "webserver", "image": AGNHOST, "args": ["test-webserver"]}
    queriers: list[Body] = [
        {"name": f"{image}-querier", "image": IMAGES[image], "command": ["sh", "-c", script]}
        for image, script in scripts.items()
    ]
    return {
        "metadata": {"generateName": "dns-test-", "labels": labels or {}},
        "spec": {
            "hostname": HOSTNAME,
            "subdomain": SUBDOMAIN,
            "volumes": [{"name": "results", "emptyDir": {}}],
            "containers": [{**each, "volumeMounts": mounts} for each in (web, *queriers)],
        },
    }


def check(api: Api, namespace: str, probes: Probes, labels: dict[str, str] | None = None) -> None:
    """Every probe finds something, in both images."""
    pod = running(api, namespace, probing({i: probes.script(i) for i in IMAGES}, labels))
    path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"
    for file in probes.files():
        eventually(lambda: _said(api, path, file) == "OK")  # noqa: B023
    api.delete(path, {"gracePeriodSeconds": 0})


def _said(api: Api, path: str, file: str) -> str:
    """What a probe wrote, through the API server's proxy to the Pod."""
    answer = api.ask("GET", f"{path}/proxy/results/{quote(file)}")
    return str(answer.body).strip() if answer.status == 200 else ""


def _headless(name: str, selector: dict[str, str]) -> Body:
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
    return {
        "metadata": {"name": name},
        "spec": {"clusterIP": "None", "selector": selector, "ports": ports},
    }


@pytest.mark.conformance("dns", "should provide DNS for the cluster")
def test_the_cluster(api: Api, namespace: str) -> None:
    """The API server's Service by its full name, by UDP and by TCP."""
    check(api, namespace, Probes().resolve(f"kubernetes.default.svc.{DOMAIN}"))


@pytest.mark.conformance("dns", "should provide /etc/hosts entries for the cluster")
def test_hosts(api: Api, namespace: str) -> None:
    """A Pod knows its own host name, short and with its subdomain, without any DNS."""
    full = f"{HOSTNAME}.{SUBDOMAIN}.{namespace}.svc.{DOMAIN}"
    check(api, namespace, Probes().hosts(full, HOSTNAME))


@pytest.mark.conformance("dns", "should provide DNS for services")
@pytest.mark.conformance(
    "dns", "should resolve DNS of partial qualified names for services [LinuxOnly]"
)
def test_services(api: Api, namespace: str) -> None:
    """Headless and not, in full and through the search list, SRV and PTR."""
    where, labels = f"/api/v1/namespaces/{namespace}/services", {"dns-test": "true"}
    api.post(where, _headless("dns-test-service", labels))
    regular = _headless("test-service-2", labels)
    del regular["spec"]["clusterIP"]
    ip = api.post(where, regular)["spec"]["clusterIP"]
    probes = Probes().reverse(ip).resolve("dns-test-service", f"dns-test-service.{namespace}")
    for tail in ("", f".{DOMAIN}"):
        probes.resolve(
            f"dns-test-service.{namespace}.svc{tail}",
            f"_http._tcp.dns-test-service.{namespace}.svc{tail}",
            f"_http._tcp.test-service-2.{namespace}.svc{tail}",
        )
    check(api, namespace, probes, labels)


@pytest.mark.conformance("dns", "should provide DNS for pods for Hostname")
@pytest.mark.conformance("dns", "should provide DNS for pods for Subdomain")
def test_hostname_and_subdomain(api: Api, namespace: str) -> None:
    """A Pod of a headless Service has a record under its host name; the files agree."""
    labels = {"dns-test-hostname-attribute": "true"}
    api.post(f"/api/v1/namespaces/{namespace}/services", _headless(SUBDOMAIN, labels))
    service = f"{SUBDOMAIN}.{namespace}.svc.{DOMAIN}"
    full = f"{HOSTNAME}.{service}"
    check(api, namespace, Probes().hosts(full, HOSTNAME).resolve(full, service), labels)


@pytest.mark.conformance("dns", "should provide DNS for ExternalName services")
def test_external_names(api: Api, namespace: str) -> None:
    """A CNAME that follows the Service; an A record once it has become a ClusterIP."""
    path = f"/api/v1/namespaces/{namespace}/services"
    spec = {"type": "ExternalName", "externalName": "foo.example.com"}
    api.post(path, {"metadata": {"name": "outside"}, "spec": spec})
    name = f"outside.{namespace}.svc.{DOMAIN}"
    _check_answer(api, namespace, f"{name} CNAME", "foo.example.com.")
    service = api.get(f"{path}/outside")
    service["spec"]["externalName"] = "bar.example.com"
    api.put(f"{path}/outside", service)
    _check_answer(api, namespace, f"{name} CNAME", "bar.example.com.")
    service = api.get(f"{path}/outside")
    service["spec"]["type"] = "ClusterIP"
    service["spec"]["ports"] = [{"port": 80, "name": "http", "protocol": "TCP"}]
    ip = api.put(f"{path}/outside", service)["spec"]["clusterIP"]
    _check_answer(api, namespace, f"{name} A", ip)


def _check_answer(api: Api, namespace: str, question: str, wanted: str) -> None:
    """What ``dig +short`` says in both images, in the end."""
    scripts = {
        image: f"for i in `seq 1 30`; do dig +short {question} > /results/{image}; sleep 1; done"
        for image in IMAGES
    }
    pod = running(api, namespace, probing(scripts))
    path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"
    for image in IMAGES:
        eventually(lambda: _said(api, path, image) == wanted)  # noqa: B023
    api.delete(path, {"gracePeriodSeconds": 0})


@pytest.mark.conformance("dns", "should support configurable pod DNS nameservers")
def test_own_name_servers(api: Api, cluster: Cluster, namespace: str) -> None:
    """dnsPolicy None: nothing but what dnsConfig says."""
    pod = agnhost("test-dns-nameservers", ("pause",))
    config = {"nameservers": ["1.1.1.1"], "searches": ["resolv.conf.local"]}
    pod["spec"] |= {"dnsPolicy": "None", "dnsConfig": config}
    running(api, namespace, pod)
    ask = ("exec", "-n", namespace, "test-dns-nameservers", "--", "/agnhost")
    assert cluster.done(*ask, "dns-suffix").strip() == "resolv.conf.local"
    assert cluster.done(*ask, "dns-server-list").strip() == "1.1.1.1"


def test_a_name_server_of_ones_own(api: Api, cluster: Cluster, namespace: str) -> None:
    """CoreDNS with a file of hosts in a Pod, asked by another through ndots and search list."""
    hosts = "1.1.1.1 notexistname.resolv.conf.local"
    corefile = f". {{\n  hosts {{\n    {hosts}\n  }}\n  log\n}}"
    made = {"metadata": {"name": "corefile"}, "data": {"Corefile": corefile}}
    api.post(f"/api/v1/namespaces/{namespace}/configmaps", made)
    server = agnhost("server", ("-conf", "/etc/coredns/Corefile"))
    container = server["spec"]["containers"][0]
    container["command"] = ["/coredns"]
    container["volumeMounts"] = [{"name": "config", "mountPath": "/etc/coredns"}]
    server["spec"]["volumes"] = [{"name": "config", "configMap": {"name": "corefile"}}]
    server["spec"]["dnsPolicy"] = "Default"
    ip = running(api, namespace, server)["status"]["podIP"]
    client = agnhost("client", ("pause",))
    config = {
        "nameservers": [ip],
        "searches": ["resolv.conf.local"],
        "options": [{"name": "ndots", "value": "2"}],
    }
    client["spec"] |= {"dnsPolicy": "None", "dnsConfig": config}
    running(api, namespace, client)
    inside = ("exec", "-n", namespace, "client", "--")
    resolv = cluster.done(*inside, "cat", "/etc/resolv.conf")
    assert resolv == f"search resolv.conf.local\nnameserver {ip}\noptions ndots:2\n"
    asked = cluster.done(*inside, "dig", "+short", "+search", "notexistname")
    assert asked.split() == ["1.1.1.1"]
    back = cluster.done(*inside, "dig", "+short", "-x", "1.1.1.1")
    assert back.split() == ["notexistname.resolv.conf.local."]
    assert "NXDOMAIN" in cluster.done(*inside, "dig", "other.resolv.conf.local")


def test_hosts_of_several_kinds(api: Api, cluster: Cluster, namespace: str) -> None:
    """hostAliases stand in every container's file; with hostNetwork the node's file is shown."""
    pod = agnhost("aliases", ("pause",), ("test-webserver",))
    pod["spec"]["hostAliases"] = [{"ip": "192.0.2.1", "hostnames": ["foo.local", "bar.local"]}]
    ip = running(api, namespace, pod)["status"]["podIP"]
    for container in ("agnhost-0", "agnhost-1"):
        read = ("exec", "-n", namespace, "aliases", "-c", container, "--", "cat", "/etc/hosts")
        said = cluster.done(*read)
        assert said.startswith("# Kubernetes-managed hosts file.\n")
        assert f"{ip}\taliases\n" in said
        assert said.endswith("# Entries added by HostAliases.\n192.0.2.1\tfoo.local\tbar.local\n")
    node = agnhost("on-the-node", ("pause",))
    node["spec"] |= {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    running(api, namespace, node)
    inside = ("exec", "-n", namespace, "on-the-node", "--", "cat")
    said = cluster.done(*inside, "/etc/hosts")
    assert said.startswith("# Kubernetes-managed hosts file (host network).\n")
    resolv = cluster.done(*inside, "/etc/resolv.conf")
    assert f"search {namespace}.svc.{DOMAIN} svc.{DOMAIN} {DOMAIN}\n" in resolv
    assert "options ndots:5\n" in resolv
