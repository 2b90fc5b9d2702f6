"""Every command that shows objects or waits for them, run by both releases of kubectl.

What is expected are kubectl's own words in front of a real cluster of Kubernetes v1.36.
"""

from __future__ import annotations

import json
import re
import time

import pytest

from tests.kubectl.conftest import Cluster, refused
from tests.kubectl.programs import NEXT
from tests.kubectl.web import CONFIG

pytestmark = pytest.mark.kubectl


# ---- get ----------------------------------------------------------------------------------------


def test_get_in_every_form(service: Cluster) -> None:
    """All output forms show the same object."""
    get = ("get", "svc", "s", "-o")
    address = service.done(*get, "jsonpath={.spec.clusterIP}")
    assert address.startswith("10.96.")
    assert json.loads(service.done(*get, "json"))["spec"]["clusterIP"] == address
    assert f"\n  clusterIP: {address}\n" in service.done(*get, "yaml")
    assert f'clusterIP: "{address}",' in service.done(*get, "kyaml")
    assert service.done(*get, "name") == "service/s\n"
    assert service.done(*get, "go-template={{.spec.clusterIP}}") == address
    assert json.loads(service.done(*get, "jsonpath-as-json={.spec.clusterIP}")) == [address]
    columns = "custom-columns=NAME:.metadata.name,IP:.spec.clusterIP"
    assert service.done(*get, columns).split() == ["NAME", "IP", "s", address]
    wide = service.done(*get, "wide").splitlines()
    assert wide[0].split()[-1] == "SELECTOR"
    assert wide[1].split()[-1] == "app=web"
    assert "managedFields" not in service.done(*get, "yaml")
    assert "managedFields" in service.done(*get, "yaml", "--show-managed-fields")


def test_get_selects_and_sorts(lab: Cluster) -> None:
    """Label and field selectors, columns of labels, sorting, several kinds, all namespaces."""
    names = lab.done("get", "pods", "-l", "app in (web,none)", "-o", "name").split()
    assert len(names) == 2
    assert lab.done("get", "pods", "-l", "app!=web", "-o", "name") == ""
    field = "--field-selector=status.phase=Running,spec.nodeName=labkit-worker"
    assert len(lab.done("get", "pods", field, "-o", "name").split()) == 1
    by_name = lab.done("get", "pods", "--sort-by={.metadata.name}", "-o", "name").split()
    assert by_name == sorted(names)
    labelled = lab.done("get", "pods", "-L", "app", "--show-labels", "--no-headers")
    assert all("web" in line and "app=web" in line for line in labelled.splitlines())
    kinds = lab.done("get", "deploy,rs", "-o", "name").split()
    assert [kind.split("/")[0] for kind in kinds] == ["deployment.apps", "replicaset.apps"]
    everywhere = lab.done("get", "pods", "-A", "--no-headers").splitlines()
    assert {line.split()[0] for line in everywhere} == {"default", "kube-system"}
    assert "deployment.apps/web" in lab.done("get", "all")
    scale = lab.done("get", "deploy", "web", "--subresource=scale").splitlines()
    assert scale[0].split() == ["NAME", "DESIRED", "AVAILABLE", "AGE"]


def test_get_raw(lab: Cluster) -> None:
    """Paths can be read by themselves."""
    assert lab.done("get", "--raw", "/readyz") == "ok"
    assert json.loads(lab.done("get", "--raw", "/api/v1/namespaces/default"))["kind"] == "Namespace"


def test_watch(lab: Cluster) -> None:
    """``get -w`` shows every change; ``--output-watch-events`` says of which kind it is."""
    watch = lab.popen("get", "configmaps", "-w", "--output-watch-events", "-l", "set=one")
    assert watch.stdout is not None
    try:
        time.sleep(0.5)
        lab.done("apply", "-f", "-", stdin=CONFIG)
        assert watch.stdout.readline().split()[:3] == ["EVENT", "NAME", "DATA"]
        assert watch.stdout.readline().split()[:3] == ["ADDED", "settings", "1"]
        patch = '{"data":{"c":"d"}}'
        lab.done("patch", "cm", "settings", "--type=merge", "-p", patch)
        assert watch.stdout.readline().split()[:3] == ["MODIFIED", "settings", "2"]
        lab.done("label", "cm", "settings", "set-")
        assert watch.stdout.readline().split()[:2] == ["DELETED", "settings"]
    finally:
        watch.kill()
        watch.communicate()
        lab.done("delete", "cm", "settings")


# ---- wait, events, describe, explain, and the rest ----------------------------------------------


def test_wait(service: Cluster) -> None:
    """For a condition, a JSON path, creation, deletion; and giving up."""
    wait = ("wait", "--timeout=20s")
    assert service.done(*wait, "--for=condition=Available", "deploy/web") == (
        "deployment.apps/web condition met\n"
    )
    ready = service.done(*wait, "--for=jsonpath={.status.phase}=Running", "pod", "-l", "app=web")
    assert ready.count("condition met\n") == 2
    assert service.done(*wait, "--for=create", "svc/s") == "service/s condition met\n"
    assert service.done(*wait, "--for=delete", "svc/nowhere") == ""
    assert refused(service, "wait", "--timeout=1s", "--for=condition=No", "deploy/web").endswith(
        "error: timed out waiting for the condition on deployments/web\n"
    )
    assert refused(service, *wait, "--for=condition=Ready", "pod/nowhere") == (
        'Error from server (NotFound): pods "nowhere" not found\n'
    )


def test_events(lab: Cluster) -> None:
    """By object, by type, by field; oldest first."""
    lines = lab.done("events", "--for", "deploy/web").splitlines()
    assert lines[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert all("Deployment/web" in line for line in lines[1:])
    assert any("Scaled up replica set web-" in line for line in lines)
    started = lab.done("get", "events", "--field-selector=reason=Started", "-o", "name")
    assert started.count("event/") >= 2
    assert "Warning" not in lab.done("events", "--types=Normal")


def test_describe(service: Cluster) -> None:
    """Every kind that the lab has can be described."""
    shown = {
        "svc/s": "Endpoints:                10.244.",
        "deploy/web": "StrategyType:           RollingUpdate",
        "rs": "Controlled By:  Deployment/web",
        "pods": "Controlled By:  ReplicaSet/web-",
        "endpointslices": "AddressType:  IPv4",
        "ns/default": "No LimitRange resource.",
        "cm/kube-root-ca.crt": "ca.crt:",
        "sa/default": "Image pull secrets:",
    }
    for what, line in shown.items():
        assert line in service.done("describe", *what.split("/")), what
    node = service.done("describe", "node", "labkit-worker")
    assert "Non-terminated Pods:" in node
    assert "HolderIdentity:  labkit-worker" in node


def test_explain(lab: Cluster) -> None:
    """Fields and types of every level, recursively too, and a field that is not there."""
    assert "  sessionAffinity\t<string>\n  enum: ClientIP, None\n" in lab.done(
        "explain", "svc.spec"
    )
    assert "GROUP:      apps\n" in lab.done("explain", "deploy")
    tree = lab.done("explain", "pod.spec.containers", "--recursive")
    assert "  livenessProbe\t<Probe>\n    exec\t<ExecAction>\n" in tree
    assert 'field "nope" does not exist' in refused(lab, "explain", "pod.spec.nope")
    missing = refused(lab, "explain", "nope").removeprefix("error: ")
    assert missing == 'the server doesn\'t have a resource type "nope"\n'


def test_explain_every_kind(lab: Cluster) -> None:
    """Every kind that api-resources names can be explained, in words where the course needs it."""
    names = lab.done("api-resources", "--verbs=get", "-o", "name").split()
    rows = sorted({name.partition(".")[0] for name in names})
    for resource in rows if lab.version != NEXT else rows[::4]:
        assert "FIELDS:" in lab.done("explain", resource), resource
    spoken = ("svc.spec", "endpointslice.endpoints", "pod.spec.containers", "deploy.spec",
              "netpol.spec", "job.spec", "cj.spec", "sts.spec", "ing.spec")  # fmt: skip
    for what in spoken if lab.version != NEXT else spoken[:1]:
        silent = lab.done("explain", what).count("<no description>")
        assert silent <= 2, (what, silent)


def test_discovery(lab: Cluster) -> None:
    """api-resources, api-versions, version, cluster-info."""
    rows = [line.split() for line in lab.done("api-resources", "--no-headers").splitlines()]
    assert ["deployments", "deploy", "apps/v1", "true", "Deployment"] in rows
    assert ["nodes", "no", "v1", "false", "Node"] in rows
    assert "discovery.k8s.io/v1" in lab.done("api-versions").split()
    assert "Server Version: v1.36." in lab.done("version")
    info = re.sub(r"\x1b\[[0-9;]*m", "", lab.done("cluster-info"))
    assert info.startswith(f"Kubernetes control plane is running at {lab.url}\n")
    assert "CoreDNS is running at " in info
    assert '"kind": "PodList"' in lab.done("cluster-info", "dump")


def test_rights(lab: Cluster) -> None:
    """The administrator may do all, somebody else nothing, and both are told so."""
    assert lab.done("auth", "can-i", "create", "pods") == "yes\n"
    said = lab.kubectl("auth", "can-i", "create", "pods", "--as", "bob")
    assert (said.status, said.out) == (1, "no\n")
    assert "*.*" in lab.done("auth", "can-i", "--list")
    assert "kubernetes-admin" in lab.done("auth", "whoami")
    assert refused(lab, "get", "pods", "--as", "bob") == (
        'Error from server (Forbidden): pods is forbidden: User "bob" cannot list resource "pods" '
        'in API group "" in the namespace "default"\n'
    )


def test_top(lab: Cluster) -> None:
    """Without a metrics server top says so, as on a new kind cluster."""
    for what in ("pods", "nodes"):
        assert refused(lab, "top", what) == "error: Metrics API not available\n"
