"""Every command that makes or changes objects, run by both releases of kubectl.

What is expected are kubectl's own words in front of a real cluster of Kubernetes v1.36.
"""

from __future__ import annotations

import json

import pytest

from tests.kubectl.conftest import Cluster, refused
from tests.kubectl.programs import NEXT
from tests.kubectl.web import CONFIG, SERVICE

pytestmark = pytest.mark.kubectl

PRUNE_NOTE = "Deprecated: kubectl apply will no longer prune non-namespaced resources by default"


# ---- apply, diff, create, replace ---------------------------------------------------------------


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


# ---- patch, edit, label, annotate, set ----------------------------------------------------------


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
