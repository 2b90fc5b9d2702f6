"""Every command that runs, scales, moves or removes, run by both releases of kubectl.

What is expected are kubectl's own words in front of a real cluster of Kubernetes v1.36.
"""

from __future__ import annotations

import pytest

from tests.kubectl.conftest import Cluster, refused

pytestmark = pytest.mark.kubectl


# ---- scale, rollout, expose, run ----------------------------------------------------------------


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


# ---- nodes and deletion -------------------------------------------------------------------------


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
