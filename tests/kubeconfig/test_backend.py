"""The lab in somebody's cluster: a namespace of its own, and nothing else is touched."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from labkit.cluster import base
from labkit.cluster.kubeconfig import backend, copying
from labkit.cluster.kubeconfig.production import looks_like_production
from labkit.errors import ClusterError, CommandFailed, UsageError
from tests.kubeconfig.conftest import Theirs

pytestmark = pytest.mark.kubectl
SPACE = "labkit-lab"


def everything(theirs: Theirs) -> list[str]:
    """Every object of the cluster outside the lab's namespace, with its version."""
    kinds = "ns,nodes,svc,deploy,pods,cm,sa,endpointslices"
    form = "jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name}/"
    text = theirs.kubectl("get", kinds, "-A", "-o", form + "{.metadata.uid}{'\\n'}{end}")
    return sorted(line for line in text.splitlines() if SPACE not in line)


def test_up_find_down(theirs: Theirs) -> None:
    """The namespace is made once, found, and removed with everything in it; the rest of the
    cluster and the user's kubeconfig are as before."""
    before, config = everything(theirs), theirs.config.read_bytes()
    cluster = theirs.cluster()
    assert not cluster.up().found
    assert theirs.cluster().up().found
    space = json.loads(theirs.kubectl("get", "ns", SPACE, "-o", "json"))
    assert space["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "labkit"
    status = cluster.status()
    assert status.running and len(status.nodes) == 2 and status.version
    for path in (cluster.kubeconfig, cluster.folder / "state.json", cluster.log):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert theirs.cluster("").down() == (f"namespace/{SPACE}", "kubeconfig")
    assert theirs.cluster("").down() == ()
    assert everything(theirs) == before
    assert theirs.config.read_bytes() == config
    assert theirs.left() == []


def test_lab_runs_in_it(theirs: Theirs) -> None:
    """``labkit lab --context C`` runs the seed's lab there and leaves nothing."""
    before = everything(theirs)
    done = theirs.labkit("lab", "--context", "theirs", "--requests", "80", "--json", "-")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["backend"], record["verdict"]) == ("kubeconfig", "random")
    assert everything(theirs) == before
    assert theirs.left() == []


def test_reader_that_leaves_takes_nothing_along(theirs: Theirs) -> None:
    """``labkit lab | head`` closes the lab in the cluster all the same."""
    lab = subprocess.Popen(
        [sys.executable, "-m", "labkit", "lab", "--context", "theirs", "--requests", "80"],
        env=theirs.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert lab.stdout is not None and lab.stderr is not None
    lab.stdout.readline()
    lab.stdout.close()
    with lab.stderr:
        lab.stderr.read()
    lab.wait(timeout=60)
    assert SPACE not in theirs.kubectl("get", "ns", "-o", "name")
    assert theirs.left() == []


def test_every_object_is_labelled(theirs: Theirs) -> None:
    """What labkit applies there carries its label and that of this very lab."""
    done = theirs.labkit("lab", "--context", "theirs", "--requests", "60", "--keep")
    assert done.returncode == 0, done.stderr
    instance = theirs.cluster().labels["labkit.dev/instance"]
    selector = f"app.kubernetes.io/managed-by=labkit,labkit.dev/instance={instance}"
    found = theirs.kubectl("get", "deploy,svc,pod", "-n", SPACE, "-l", selector, "-o", "name")
    assert set(found.split()) == {
        "deployment.apps/backend-app", "service/backend-service", "pod/client-pod"
    }  # fmt: skip


def test_context_must_be_named(theirs: Theirs) -> None:
    """Without a context none is taken, not even the current one; those there are are listed."""
    assert "theirs" in theirs.cluster("").available().fix
    assert "no context 'other'" in theirs.cluster("other").available().reason
    done = theirs.labkit("up", "--backend", "kubeconfig")
    assert done.returncode == 1 and "--context" in done.stderr and "theirs" in done.stderr
    assert theirs.left() == []


@pytest.mark.parametrize("place", ["context", "cluster", "server"])
def test_production_is_refused(theirs: Theirs, place: str) -> None:
    """A name that looks like production stops us before the cluster is asked anything; the user
    may say that it is this one."""

    def rename(config: dict[str, Any]) -> None:
        if place == "context":
            config["contexts"][0]["name"] = "shop-prod"
        elif place == "cluster":
            config["clusters"][0]["name"] = config["contexts"][0]["context"]["cluster"] = "prd_eu"
        else:
            config["clusters"][0]["cluster"]["server"] = "https://api.prod.example.org"

    theirs.change(rename)
    context = "shop-prod" if place == "context" else "theirs"
    refused = theirs.cluster(context).available()
    assert not refused.ok and "looks like production" in refused.reason
    with pytest.raises(ClusterError, match="--yes-this-one"):
        theirs.cluster(context).up()
    assert theirs.left() == []
    assert theirs.cluster(context, yes_this_one=True).available().ok


def test_what_production_looks_like() -> None:
    """Words of their own count, letters around them do not."""
    for name in ("prod", "prod-eu1", "gke_shop-prod_zone", "PRODUCTION", "a.prd.b", "live2"):
        assert looks_like_production(name) == name
    for name in ("product-dev", "reproduce", "minikube", "k3d-olive", "delivery", "kind-labkit"):
        assert looks_like_production(name) == "", name


def test_namespace_of_somebody_else_is_refused(theirs: Theirs) -> None:
    """A namespace that labkit did not make is not used, and not removed."""
    theirs.kubectl("create", "namespace", "shop")
    try:
        with pytest.raises(ClusterError, match="not labkit's"):
            theirs.cluster(namespace="shop").up()
        assert "namespace/shop" in theirs.kubectl("get", "ns", "-o", "name")
        assert not (theirs.home / "kubeconfig").exists()
    finally:
        theirs.kubectl("delete", "namespace", "shop")
    for name in ("default", "kube-system", "Shop", "a b"):
        with pytest.raises(UsageError, match="namespace"):
            theirs.cluster(namespace=name).up()


def test_prepared_namespace_stays(theirs: Theirs) -> None:
    """A namespace that an administrator prepared is used, emptied of what is ours, and stays."""
    about = {"name": "class", "labels": {"app.kubernetes.io/managed-by": "labkit"}}
    text = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": about})
    theirs.kubectl("create", "-f", "-", stdin=text)
    try:
        cluster = theirs.cluster(namespace="class")
        cluster.up()
        theirs.kubectl("create", "service", "clusterip", "shop", "--tcp=80", "-n", "class")
        text = json.dumps({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "ours", "namespace": "class", "labels": dict(cluster.labels)},
            "spec": {"ports": [{"port": 80}]},
        })  # fmt: skip
        theirs.kubectl("create", "-f", "-", stdin=text)
        cluster.down()
        left = theirs.kubectl("get", "svc", "-n", "class", "-o", "name")
        assert left.split() == ["service/shop"]
    finally:
        theirs.kubectl("delete", "namespace", "class")


def test_other_namespace_of_the_same_name_stays(theirs: Theirs) -> None:
    """When somebody deleted our namespace and made one of the same name, it is not ours."""
    theirs.cluster().up()
    theirs.kubectl("delete", "namespace", SPACE)
    theirs.kubectl("create", "namespace", SPACE)
    try:
        assert not theirs.cluster().status().running
        theirs.cluster("").down()
        assert f"namespace/{SPACE}" in theirs.kubectl("get", "ns", "-o", "name")
    finally:
        theirs.kubectl("delete", "namespace", SPACE)


def test_missing_rights_are_named_first(theirs: Theirs) -> None:
    """A user who may not is told every right that is missing, and nothing was made."""

    def impersonate(config: dict[str, Any]) -> None:
        config["users"][0]["user"] = {"as": "system:serviceaccount:default:default"}

    theirs.change(impersonate)
    with pytest.raises(ClusterError, match="you lack permissions") as caught:
        theirs.cluster().up()
    for right in ("create namespaces", "create pods/exec", "list endpointslices.discovery.k8s.io"):
        assert right in caught.value.what
    assert not (theirs.home / "kubeconfig").exists()


def test_rules_of_a_node_through_a_pod(theirs: Theirs) -> None:
    """With the user's leave a Pod reads the node's rules, the same text that the node has, and is
    gone afterwards; without it none is made."""
    cluster = theirs.cluster()
    cluster.up()
    assert base.NODE_RULES not in cluster.capabilities
    with pytest.raises(ClusterError, match="--allow-node-pod"):
        cluster.node_rules("labkit-worker")
    allowed = theirs.cluster(allow_node_pod=True)
    assert allowed.up().found
    assert base.NODE_RULES in theirs.cluster().capabilities
    label = theirs.kubectl("get", "ns", SPACE, "-o", "json")
    assert "privileged" in label
    said = theirs.cluster().node_rules("labkit-worker")
    assert said.strip() == theirs.server.node_rules("labkit-worker").strip()
    assert theirs.kubectl("get", "pods", "-n", SPACE, "-o", "name") == ""
    with pytest.raises(ClusterError, match="labkit-control-plane"):
        theirs.cluster().node_rules("nowhere")


def test_node_pod_that_fails_says_why(theirs: Theirs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Pod that cannot read the rules names the reason, and is removed as well."""
    from labkit.cluster.kubeconfig import nodepod

    monkeypatch.setattr(nodepod, "SCRIPT", "node() { nsenter -t 1 -- nothing; }; node")
    cluster = theirs.cluster(allow_node_pod=True)
    cluster.up()
    with pytest.raises(CommandFailed, match="can't execute 'nothing'"):
        cluster.node_rules("labkit-worker")
    assert theirs.kubectl("get", "pods", "-n", SPACE, "-o", "name") == ""


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://127.0.0.1:9", "No server listens"),
        ("https://nobody.invalid", "does not exist in your DNS"),
    ],
)
def test_cluster_out_of_reach(theirs: Theirs, address: str, says: str) -> None:
    """A cluster that does not answer is one sentence, the log is named, nothing stays."""
    theirs.change(lambda config: config["clusters"][0]["cluster"].update(server=address))
    theirs.change(lambda config: config["users"][0].update(user={"token": "x"}))
    with pytest.raises(ClusterError, match=says) as caught:
        theirs.cluster().up()
    assert "kubeconfig.log" in caught.value.fix
    assert not (theirs.home / "kubeconfig").exists()


def test_failure_half_way_is_undone(theirs: Theirs, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the start fails after the namespace was made, the namespace goes again."""

    def broken(_self: object) -> None:
        raise ClusterError("the moon")

    monkeypatch.setattr(backend.KubeconfigCluster, "_nodes", broken)
    with pytest.raises(ClusterError, match="the moon"):
        theirs.cluster().up()
    assert SPACE not in theirs.kubectl("get", "ns", "-o", "name")
    assert theirs.left() == ["logs", "logs/kubeconfig.log"]


def test_credentials_stay_out_of_the_log(theirs: Theirs) -> None:
    """The token of a kubeconfig is copied for the lab, and stands in no log."""
    theirs.change(lambda config: config["users"][0].update(user={"token": "hush-hush"}))
    cluster = theirs.cluster()
    cluster.up()
    assert "hush-hush" in cluster.kubeconfig.read_text(encoding="utf-8")
    assert "hush-hush" not in cluster.log.read_text(encoding="utf-8")


def test_plugin_beside_the_kubeconfig_is_found(tmp_path: Path) -> None:
    """A plugin's path relative to the user's file is written out; a bare name stays."""
    user = {"name": "me", "user": {"exec": {"command": "./bin/login", "apiVersion": "v1"}}}
    (tmp_path / "one").write_text("users: []\n", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "two").write_text(yaml.safe_dump({"users": [user]}), encoding="utf-8")
    merged = {
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "me"}}],
        "users": [user],
    }
    listed = {"KUBECONFIG": f"{tmp_path / 'one'}:{tmp_path / 'sub' / 'two'}"}
    made = yaml.safe_load(copying.with_namespace(yaml.safe_dump(merged), "lab", listed))
    assert made["users"][0]["user"]["exec"]["command"] == str(tmp_path / "sub" / "bin" / "login")
    assert made["contexts"][0]["context"]["namespace"] == "lab"
    user["user"]["exec"]["command"] = "aws"  # type: ignore[index]
    made = yaml.safe_load(copying.with_namespace(yaml.safe_dump(merged), "lab", listed))
    assert made["users"][0]["user"]["exec"]["command"] == "aws"


def test_one_node_or_a_hundred(theirs: Theirs) -> None:
    """Tainted and cordoned nodes do not count as places for Pods; a big cluster is said."""
    plain: dict[str, Any] = {"metadata": {"name": "a"}, "spec": {}}
    tainted = {"metadata": {"name": "b"}, "spec": {"taints": [{"effect": "NoSchedule"}]}}
    cordoned = {"metadata": {"name": "c"}, "spec": {"unschedulable": True}}
    assert backend.count_schedulable([plain, tainted, cordoned]) == 1
    theirs.kubectl("cordon", "labkit-worker")
    try:
        notes = theirs.cluster().up().notes
        assert any("Only one node" in note for note in notes)
        assert base.MULTI_NODE not in theirs.cluster().capabilities
        done = theirs.labkit("lab", "--requests", "60", "--json", "-")
        assert json.loads(done.stdout)["ok"], done.stderr
    finally:
        theirs.kubectl("uncordon", "labkit-worker")
    made = backend.Record("c", "n", "u", True, "i", nodes=("n",) * 100, schedulable=100)
    assert "100" in theirs.cluster()._notes(made)[0]


def test_dry_run_and_seed(theirs: Theirs) -> None:
    """``--dry-run`` runs nothing; a seed is refused."""
    done = theirs.labkit("up", "--context", "theirs", "--dry-run")
    assert "config view --minify --flatten --raw --context theirs" in done.stdout
    assert theirs.left() == []
    with pytest.raises(UsageError, match="cannot be repeated"):
        theirs.cluster().up(seed=1)


def test_second_lab_elsewhere_is_refused(theirs: Theirs) -> None:
    """One lab at a time: another namespace is refused until the first is closed."""
    theirs.cluster().up()
    with pytest.raises(UsageError, match=SPACE):
        theirs.cluster(namespace="other").up()
