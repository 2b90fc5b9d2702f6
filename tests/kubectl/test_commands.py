"""Every command that changes or shows objects, run by both releases of kubectl.

What is expected are kubectl's own words in front of a real cluster of Kubernetes v1.36.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest

from tests.kubectl.conftest import Cluster
from tests.kubectl.programs import NEXT

pytestmark = pytest.mark.kubectl

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: hashicorp/http-echo:1.0
        args: ["-text=hello", "-listen=:8080"]
        ports: [{name: http, containerPort: 8080}]
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: s, labels: {set: one}}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
"""
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {set: one}}
data: {a: b}
"""
PRUNE_NOTE = "Deprecated: kubectl apply will no longer prune non-namespaced resources by default"


@pytest.fixture(scope="module")
def lab(each: Cluster) -> Cluster:
    """A cluster with a Deployment of two Pods."""
    each.done("apply", "-f", "-", stdin=WEB)
    each.done("rollout", "status", "deploy/web", "--timeout=30s")
    return each


@pytest.fixture
def service(lab: Cluster) -> Iterator[Cluster]:
    """The same, with a Service that is made by client-side apply."""
    lab.done("apply", "-f", "-", stdin=SERVICE)
    yield lab
    lab.done("delete", "svc", "s", "--ignore-not-found")


def refused(cluster: Cluster, *arguments: str, stdin: str | None = None) -> str:
    """What kubectl says when it fails with status 1."""
    said = cluster.kubectl(*arguments, stdin=stdin)
    assert said.status == 1, said
    return said.err


# ---- get ---------------------------------------------------------------------------------------


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


# ---- apply, diff, create, replace ----------------------------------------------------------------


def test_client_side_apply(lab: Cluster) -> None:
    """Created, unchanged, configured; a field that left the file leaves the object."""
    assert lab.done("apply", "-f", "-", stdin=SERVICE) == "service/s created\n"
    assert lab.done("apply", "-f", "-", stdin=SERVICE) == "service/s unchanged\n"
    changed = SERVICE.replace(", labels: {set: one}", "").replace("8080", "http")
    assert lab.done("apply", "-f", "-", stdin=changed) == "service/s configured\n"
    shown = lab.done(
        "get", "svc", "s", "-o", "jsonpath={.metadata.labels}{.spec.ports[*].targetPort}"
    )
    assert shown == "http"
    assert lab.done("apply", "view-last-applied", "svc/s", "-o", "json")
    lab.done("delete", "svc", "s")


def test_apply_warns_of_what_was_not_applied(lab: Cluster) -> None:
    """An object that create made lacks the annotation, and kubectl says so once."""
    lab.done("create", "-f", "-", stdin=SERVICE)
    said = lab.kubectl("apply", "-f", "-", stdin=SERVICE)
    assert said.out == "service/s configured\n"
    assert said.err.startswith("Warning: resource services/s is missing the kubectl.kubernetes.io/")
    assert lab.kubectl("apply", "-f", "-", stdin=SERVICE).err == ""
    lab.done("delete", "svc", "s")


def test_server_side_apply(lab: Cluster) -> None:
    """Owners, a conflict in the server's words, and force."""
    apply = ("apply", "--server-side", "-f", "-")
    assert lab.done(*apply, stdin=SERVICE) == "service/s serverside-applied\n"
    other = SERVICE.replace("8080", "8081")
    said = lab.kubectl(*apply, "--field-manager=other", stdin=other)
    assert said.status == 1
    assert said.err.startswith(
        'error: Apply failed with 1 conflict: conflict with "kubectl": '
        '.spec.ports[port=80,protocol="TCP"].targetPort\n'
    )
    lab.done(*apply, "--field-manager=other", "--force-conflicts", stdin=other)
    owners = "jsonpath={.metadata.managedFields[*].manager}"
    assert lab.done("get", "svc", "s", "-o", owners, "--show-managed-fields") == "kubectl other"
    lab.done("delete", "svc", "s")


def test_prune(lab: Cluster) -> None:
    """What was applied before and is in the file no more goes, by label, list or apply set."""
    apply = ("apply", "-f", "-", "--prune")
    lab.done(*apply, "-l", "set=one", stdin=f"{SERVICE}---{CONFIG}")
    said = lab.kubectl(*apply, "-l", "set=one", stdin=SERVICE)
    assert (said.status, said.out) == (0, "service/s unchanged\nconfigmap/settings pruned\n")
    assert PRUNE_NOTE in said.err
    lab.done("apply", "-f", "-", stdin=CONFIG)
    allow = "--prune-allowlist=core/v1/ConfigMap"
    said = lab.kubectl(*apply, "--all", allow, stdin=SERVICE)
    assert "configmap/settings pruned" in said.out
    lab.done("delete", "svc", "s")
    sets = {"KUBECTL_APPLYSET": "true"}
    words = (*apply, "--applyset=mine", "-n", "default")
    for manifest in (f"{SERVICE}---{CONFIG}", SERVICE):
        said = lab.kubectl(*words, stdin=manifest, env=sets)
        assert said.status == 0, said
    assert "configmap/settings pruned" in said.out
    lab.done("delete", "svc/s", "secret/mine")


def test_diff(service: Cluster) -> None:
    """Nothing to say about the same, status 1 and a diff for a change, client and server side."""
    assert service.done("diff", "-f", "-", stdin=SERVICE) == ""
    for more in ((), ("--server-side", "--force-conflicts")):
        said = service.kubectl("diff", *more, "-f", "-", stdin=SERVICE.replace("8080", "8081"))
        assert said.status == 1, said
        assert "-    targetPort: 8080\n+    targetPort: 8081\n" in said.out


def test_dry_run(lab: Cluster) -> None:
    """Client and server pretend, say so, and store nothing."""
    assert lab.done("apply", "-f", "-", "--dry-run=client", stdin=SERVICE) == (
        "service/s created (dry run)\n"
    )
    assert lab.done("apply", "-f", "-", "--dry-run=server", stdin=SERVICE) == (
        "service/s created (server dry run)\n"
    )
    made = lab.done("create", "deploy", "x", "--image=nginx", "--dry-run=client", "-o", "yaml")
    assert "kind: Deployment" in made
    assert lab.done("delete", "deploy", "web", "--dry-run=server").endswith("(server dry run)\n")
    assert lab.done("get", "svc,deploy", "-o", "name").split() == [
        "service/kubernetes",
        "deployment.apps/web",
    ]


CREATED = [
    (("namespace", "n1"), "namespace/n1"),
    (("deployment", "d1", "--image=nginx:1.27", "--port=80", "--replicas=0"), "deployment.apps/d1"),
    (("configmap", "c1", "--from-literal=a=b"), "configmap/c1"),
    (("secret", "generic", "s1", "--from-literal=a=b"), "secret/s1"),
    (("serviceaccount", "a1"), "serviceaccount/a1"),
    (("service", "clusterip", "v1", "--tcp=80:8080"), "service/v1"),
    (("service", "nodeport", "v2", "--tcp=80"), "service/v2"),
    (("service", "loadbalancer", "v3", "--tcp=80"), "service/v3"),
    (("service", "externalname", "v4", "--external-name=a.test"), "service/v4"),
    (("job", "j1", "--image=busybox:1.36", "--", "true"), "job.batch/j1"),
    (
        ("cronjob", "t1", "--image=busybox:1.36", "--schedule=0 0 1 1 *", "--", "true"),
        "cronjob.batch/t1",
    ),
    (("job", "j2", "--from=cronjob/t1"), "job.batch/j2"),
    (("ingress", "i1", "--rule=a.test/x*=web:80"), "ingress.networking.k8s.io/i1"),
    (
        ("poddisruptionbudget", "p1", "--selector=app=none", "--min-available=1"),
        "poddisruptionbudget.policy/p1",
    ),
]


def test_create(lab: Cluster) -> None:
    """Each generator's object is stored, and a second one of the name is refused."""
    for words, name in CREATED:
        assert lab.done("create", *words) == f"{name} created\n"
    again = refused(lab, "create", "configmap", "c1")
    assert again == 'error: failed to create configmap: configmaps "c1" already exists\n'
    paths = lab.done("get", "ingress", "i1", "-o", "jsonpath={.spec.rules[*].http.paths[*]}")
    service = {"name": "web", "port": {"number": 80}}
    assert json.loads(paths) == {
        "backend": {"service": service},
        "path": "/x",
        "pathType": "Prefix",
    }
    lab.done("delete", *(name for _, name in reversed(CREATED)))


def test_what_cannot_be_created(lab: Cluster) -> None:
    """Kinds that are not emulated say why and what to do."""
    said = refused(lab, "autoscale", "deploy", "web", "--min=1", "--max=3", "--cpu=50%")
    assert "(MethodNotAllowed): the embedded cluster measures no CPU or memory" in said
    said = refused(lab, "autoscale", "deploy", "web", "--min=1", "--max=3")
    assert "use kubectl scale" in said or lab.version == NEXT
    assert lab.done("get", "pvc,hpa", "-o", "name") == ""


def test_top(lab: Cluster) -> None:
    """Without a metrics server top says so, as on a new kind cluster."""
    for what in ("pods", "nodes"):
        assert refused(lab, "top", what) == "error: Metrics API not available\n"


def test_replace(service: Cluster) -> None:
    """By the whole object; by force anew; not what is not there."""
    changed = SERVICE.replace("set: one", "set: two")
    assert service.done("replace", "-f", "-", stdin=changed) == "service/s replaced\n"
    assert service.done("get", "svc", "s", "-o", "jsonpath={.metadata.labels.set}") == "two"
    said = service.done("replace", "--force", "-f", "-", stdin=changed)
    assert said == 'service "s" deleted from default namespace\nservice/s replaced\n'
    nowhere = SERVICE.replace("name: s,", "name: nowhere,")
    assert refused(service, "replace", "-f", "-", stdin=nowhere) == (
        'Error from server (NotFound): error when replacing "STDIN": services "nowhere" not found\n'
    )


# ---- patch, edit, label, annotate, set -----------------------------------------------------------


def test_three_patches(service: Cluster) -> None:
    """JSON, merge and strategic merge, and how each is refused."""
    patch = ("patch", "svc", "s")
    by_path = '[{"op":"replace","path":"/spec/ports/0/port","value":81}]'
    assert service.done(*patch, "--type=json", "-p", by_path) == "service/s patched\n"
    merge = '{"metadata":{"labels":{"set":null,"x":"y"}}}'
    assert service.done(*patch, "--type=merge", "-p", merge) == "service/s patched\n"
    strategic = '{"spec":{"ports":[{"port":82,"name":"more"}]}}'
    assert service.done(*patch, "-p", strategic) == "service/s patched\n"
    assert service.done(*patch, "-p", strategic) == "service/s patched (no change)\n"
    assert service.done("get", "svc", "s", "-o", "jsonpath={.metadata.labels}") == '{"x":"y"}'
    ports = service.done("get", "svc", "s", "-o", "jsonpath={.spec.ports[*].port}")
    assert sorted(ports.split()) == ["81", "82"]
    test = '[{"op":"test","path":"/spec/ports/0/port","value":99}]'
    assert refused(service, *patch, "--type=json", "-p", test) == (
        "The request is invalid: the server rejected our request due to an error in our request\n"
    )
    said = service.kubectl(*patch, "-p", '{"spec":{"prts":[]}}')
    assert said.err == 'Warning: unknown field "spec.prts"\n'


def test_edit(service: Cluster) -> None:
    """An editor's change is applied; none is none; a forbidden one is kept in a file."""
    change = {"KUBE_EDITOR": "sed -i s/targetPort:.*/targetPort:\\ 9090/"}
    said = service.kubectl("edit", "svc", "s", env=change)
    assert (said.status, said.out) == (0, "service/s edited\n")
    target = service.done("get", "svc", "s", "-o", "jsonpath={.spec.ports[0].targetPort}")
    assert target == "9090"
    said = service.kubectl("edit", "svc", "s", env={"KUBE_EDITOR": "true"})
    assert said.err + said.out == "Edit cancelled, no changes made.\n"
    bad = {"KUBE_EDITOR": "sed -i s/clusterIP:.*/clusterIP:\\ 10.96.3.3/"}
    said = service.kubectl("edit", "svc", "s", env=bad)
    assert said.status == 1
    assert 'services "s" is invalid' in said.err


def test_label_and_annotate(service: Cluster) -> None:
    """Set, refuse to overwrite, overwrite, remove, list."""
    assert service.done("label", "svc", "s", "a=b") == "service/s labeled\n"
    assert refused(service, "label", "svc", "s", "a=c") == (
        "error: 'a' already has a value (b), and --overwrite is false\n"
    )
    assert service.done("label", "svc", "s", "a=c", "--overwrite") == "service/s labeled\n"
    assert "a=c" in service.done("label", "svc", "s", "--list").split()
    assert service.done("label", "svc", "s", "a-") == "service/s unlabeled\n"
    assert service.done("annotate", "svc", "s", "note=x") == "service/s annotated\n"
    assert "note=x" in service.done("annotate", "svc", "s", "--list")
    assert service.done("annotate", "svc", "s", "note-") == "service/s annotated\n"


def test_set(service: Cluster) -> None:
    """image, env, resources, selector, serviceaccount."""
    lab, deploy = service, "deploy/web"
    words = "deployment.apps/web"
    said = lab.done("set", "image", deploy, "web=hashicorp/http-echo:0.2.3")
    assert said == f"{words} image updated\n"
    assert lab.done("set", "env", deploy, "A=b") == f"{words} env updated\n"
    assert lab.done("set", "env", deploy, "--list").splitlines() == [
        "# Deployment web, container web",
        "A=b",
    ]
    limits = lab.done("set", "resources", deploy, "--limits=cpu=200m", "--requests=memory=8Mi")
    assert limits == f"{words} resource requirements updated\n"
    assert lab.done("set", "sa", deploy, "default") == f"{words} serviceaccount updated\n"
    assert lab.done("set", "selector", "svc", "s", "app=none") == "service/s selector updated\n"
    shown = lab.done("get", deploy, "-o", "jsonpath={..containers[0].resources}")
    assert json.loads(shown) == {"limits": {"cpu": "200m"}, "requests": {"memory": "8Mi"}}
    lab.done("rollout", "status", deploy, "--timeout=30s")


# ---- scale, rollout, expose, run -----------------------------------------------------------------


def test_scale(lab: Cluster) -> None:
    """To a number, and only from a number that is asked for."""
    scale = ("scale", "deploy/web")
    assert lab.done(*scale, "--replicas=3") == "deployment.apps/web scaled\n"
    assert refused(lab, *scale, "--current-replicas=1", "--replicas=2") == (
        "error: Expected replicas to be 1, was 3\n"
    )
    assert lab.done(*scale, "--current-replicas=3", "--replicas=2")
    lab.done("rollout", "status", "deploy/web", "--timeout=30s")


def test_rollout(lab: Cluster) -> None:
    """restart, status, history, pause, resume, undo, and what each says when it cannot."""
    deploy = "deploy/web"
    assert lab.done("rollout", "restart", deploy) == "deployment.apps/web restarted\n"
    status = lab.done("rollout", "status", deploy, "--timeout=30s").splitlines()
    assert status[-1] == 'deployment "web" successfully rolled out'
    assert all(line.startswith("Waiting for deployment") for line in status[:-1])
    lab.done("annotate", deploy, "kubernetes.io/change-cause=because")
    history = lab.done("rollout", "history", deploy).splitlines()
    assert history[:2] == ["deployment.apps/web ", "REVISION  CHANGE-CAUSE"]
    newest = int(history[-2].split()[0])
    assert history[-2].split() == [str(newest), "because"]
    shown = lab.done("rollout", "history", deploy, f"--revision={newest}")
    assert shown.startswith(f"deployment.apps/web with revision #{newest}\nPod Template:\n")
    assert lab.done("rollout", "pause", deploy) == "deployment.apps/web paused\n"
    assert refused(lab, "rollout", "pause", deploy) == (
        'error: deployments.apps "web" is already paused\n'
    )
    assert "you cannot rollback a paused deployment" in refused(lab, "rollout", "undo", deploy)
    assert lab.done("rollout", "resume", deploy) == "deployment.apps/web resumed\n"
    assert lab.done("rollout", "undo", deploy) == "deployment.apps/web rolled back\n"
    assert refused(lab, "rollout", "undo", deploy, "--to-revision=99").endswith(
        "error: unable to find specified revision 99 in history\n"
    )
    lab.done("rollout", "status", deploy, "--timeout=30s")


def test_rollout_that_does_not_end(lab: Cluster) -> None:
    """A new image that does not exist keeps the old Pods; status gives up in time."""
    lab.done("set", "image", "deploy/web", "web=nowhere:1")
    said = lab.kubectl("rollout", "status", "deploy/web", "--timeout=2s")
    assert (said.status, said.err) == (1, "error: timed out waiting for the condition\n")
    assert said.out.startswith('Waiting for deployment "web" rollout to finish: 1 out of 2 new')
    assert lab.done("get", "deploy", "web").splitlines()[1].split()[1:4] == ["2/2", "1", "2"]
    lab.done("rollout", "undo", "deploy/web")
    lab.done("rollout", "status", "deploy/web", "--timeout=30s")


def test_expose(lab: Cluster) -> None:
    """A Service for a Deployment, with the selector and port of its Pods."""
    said = lab.done("expose", "deploy", "web", "--name=shown", "--port=81", "--target-port=http")
    assert said == "service/shown exposed\n"
    spec = lab.done("get", "svc", "shown", "-o", "jsonpath={.spec.selector}{.spec.ports[0]}")
    assert spec == '{"app":"web"}{"port":81,"protocol":"TCP","targetPort":"http"}'
    lab.done("delete", "svc", "shown")


def test_run(lab: Cluster) -> None:
    """A Pod that stays, one that ends, one that is attached to and removed."""
    assert lab.done("run", "r1", "--image=busybox:1.36", "--", "sleep", "60") == "pod/r1 created\n"
    once = ("--image=busybox:1.36", "--restart=Never", "-i", "--rm", "--")
    said = lab.kubectl("run", "r2", *once, "sh", "-c", "sleep 1; echo hi", stdin="")
    assert said.status == 0
    assert "hi\n" in said.out
    assert 'pod "r2" deleted' in said.out
    said = lab.kubectl("run", "r3", *once, "sh", "-c", "sleep 1; exit 4", stdin="")
    assert said.status == 4, said
    assert lab.done("delete", "pod", "r1", "--now") == 'pod "r1" deleted from default namespace\n'


# ---- wait, events, describe, explain, and the rest -----------------------------------------------


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


FROZEN = [
    (
        ("deploy/web", '{"spec":{"selector":{"matchLabels":{"app":"x"}}}}'),
        "spec.selector: Invalid value: ",
    ),
    (
        ("deploy/web", '{"spec":{"template":{"metadata":{"labels":{"app":"x"}}}}}'),
        "`selector` does not match template `labels`",
    ),
    (
        ("node/labkit-worker", '{"spec":{"podCIDR":"10.9.0.0/24"}}'),
        'node updates may not change podCIDR except from "" to valid',
    ),
    (
        ("svc/kubernetes", '{"spec":{"clusterIP":"10.96.3.3"}}'),
        'spec.clusterIPs[0]: Invalid value: ["10.96.3.3"]: may not change once set',
    ),
    (
        ("svc/kubernetes", '{"metadata":{"name":"other"}}'),
        "the name of the object (other) does not match the name on the URL (kubernetes)",
    ),
]


def test_what_cannot_be_changed(lab: Cluster) -> None:
    """Immutable fields are refused in the server's words."""
    for (what, patch), words in FROZEN:
        assert words in refused(lab, "patch", what, "--type=merge", "-p", patch), what
    lab.done("create", "job", "frozen", "--image=busybox:1.36", "--", "true")
    more = ("patch", "job", "frozen", "--type=merge", "-p", '{"spec":{"completions":5}}')
    assert refused(lab, *more) == (
        'The Job "frozen" is invalid: spec.completions: Invalid value: 5: field is immutable\n'
    )
    lab.done("delete", "job", "frozen")
    assert "this namespace may not be deleted" in refused(lab, "delete", "namespace", "default")


# ---- nodes and deletion --------------------------------------------------------------------------


def test_cordon_drain_taint(lab: Cluster) -> None:
    """A node is closed, emptied within the budget, opened; taints come and go."""
    node = "labkit-worker"
    assert lab.done("cordon", node) == f"node/{node} cordoned\n"
    assert lab.done("cordon", node) == f"node/{node} already cordoned\n"
    assert "Ready,SchedulingDisabled" in lab.done("get", "node", node)
    lab.done("run", "alone", "--image=busybox:1.36", "--", "sleep", "60")
    lab.done("create", "pdb", "one", "--selector=app=web", "--min-available=1")
    said = lab.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data")
    assert said.status == 0, said
    assert said.out.endswith(f"node/{node} drained\n")
    left = lab.done("get", "pods", "-A", f"--field-selector=spec.nodeName={node}", "-o", "name")
    assert all(pod.startswith("pod/kube-proxy-") for pod in left.split())
    said = lab.kubectl("drain", "labkit-control-plane", "--timeout=3s")
    assert said.status == 1
    assert "declare no controller (use --force to override): default/alone" in said.err
    lab.done("uncordon", node, "labkit-control-plane")
    assert lab.done("taint", "node", node, "a=b:NoSchedule") == f"node/{node} tainted\n"
    again = refused(lab, "taint", "node", node, "a=b:NoSchedule")
    assert "already has a taint(s) with same effect(s) and --overwrite is false" in again
    assert lab.done("taint", "node", node, "a-") == f"node/{node} untainted\n"
    lab.done("delete", "pdb/one", "pod/alone", "--now")
    lab.done("rollout", "status", "deploy/web", "--timeout=30s")


def test_delete(lab: Cluster) -> None:
    """By force, by label, by cascade: what stays and what goes."""
    lab.done("run", "victim", "--image=busybox:1.36", "--", "sleep", "60")
    said = lab.kubectl("delete", "pod", "victim", "--force")
    assert said.out == 'pod "victim" force deleted from default namespace\n'
    assert said.err.startswith("Warning: Immediate deletion does not wait for confirmation that")
    lab.done("create", "deploy", "orphaned", "--image=nginx:1.27")
    lab.done("rollout", "status", "deploy/orphaned", "--timeout=30s")
    lab.done("delete", "deploy", "orphaned", "--cascade=orphan")
    left = lab.done("get", "rs,pods", "-l", "app=orphaned", "-o", "name").split()
    assert len(left) == 2
    lab.done("delete", "rs", "-l", "app=orphaned", "--cascade=foreground")
    assert lab.done("get", "rs,pods", "-l", "app=orphaned", "-o", "name") == ""
    assert refused(lab, "delete", "svc", "nowhere") == (
        'Error from server (NotFound): services "nowhere" not found\n'
    )
    lab.done("delete", "svc", "nowhere", "--ignore-not-found")
    lab.done("create", "namespace", "short")
    lab.done("create", "configmap", "inside", "-n", "short")
    assert lab.done("delete", "namespace", "short") == 'namespace "short" deleted\n'
    assert lab.kubectl("get", "cm", "inside", "-n", "short").status == 1
