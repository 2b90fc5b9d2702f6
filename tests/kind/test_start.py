"""A kind cluster is made, found, brought back and removed; and nothing else is touched."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from labkit.cluster import base
from labkit.errors import ClusterError, UsageError
from tests.kind import dialogues
from tests.kind.conftest import Machine
from tests.kind.dialogues import CREATE, NODES, composed, containers, success

HERE = Path(__file__).parent
pytestmark = pytest.mark.kubectl


def test_up_find_down(machine: Machine, kubeconfig: str) -> None:
    """The first ``up`` makes the cluster in named steps, the second finds it, ``down`` removes it
    and every file; what was said is in the log until then."""
    machine.script(*success(kubeconfig, there=False))
    steps: list[str] = []
    started = machine.cluster().up(steps.append)
    assert started == base.Started(found=False, notes=started.notes)
    assert "failCgroupV1" in started.notes[0]
    assert [step for step in steps if step.startswith("kind: ")][-1] == "kind: Ready after 9s 💚"
    assert {"pull busybox:1.36", "wait for the DNS (CoreDNS)"} <= set(steps)
    config = yaml.safe_load((machine.home / "kind" / "kind.yaml").read_text(encoding="utf-8"))
    assert [node["role"] for node in config["nodes"]] == ["control-plane", "worker"]
    assert "failCgroupV1: false" in config["kubeadmConfigPatches"][0]
    assert "taints: []" in config["nodes"][0]["kubeadmConfigPatches"][0]
    assert all("@sha256:" in node["image"] for node in config["nodes"])
    assert "Ensuring node image" in (machine.home / "logs" / "kind.log").read_text(encoding="utf-8")

    before = len(machine.calls())
    assert machine.cluster().up() == base.Started(found=True)
    assert len(machine.calls()) == before
    status = machine.cluster().status()
    assert status.running and status.nodes == NODES and status.version.startswith("v1.")

    machine.cluster().down()
    assert machine.calls()[-1].startswith("kind delete cluster --name labkit --kubeconfig")
    assert machine.left() == []
    assert machine.cluster().down() == ()


def test_nothing_is_readable_by_others(machine: Machine, kubeconfig: str) -> None:
    """The kubeconfig, the record and the log are this user's alone."""
    machine.script(*success(kubeconfig))
    cluster = machine.cluster()
    cluster.up()
    for path in (cluster.kubeconfig, cluster.folder / "state.json", cluster.log):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    cluster.down()


def test_cluster_of_somebody_else_is_refused(machine: Machine) -> None:
    """A cluster of our name that we did not make stays, and is not looked into."""
    machine.script(dialogues.info(), composed("kind get clusters", "labkit\n"))
    with pytest.raises(ClusterError, match="labkit did not make it"):
        machine.cluster().up()
    assert not machine.asked("kind create")
    assert not machine.asked("kind delete")
    assert machine.left() == ["kind", "logs", "logs/kind.log"]


def test_cluster_that_came_in_between_stays(machine: Machine) -> None:
    """When kind finds nodes of our name while it creates, nothing is undone."""
    taken = dialogues.recorded(
        CREATE, "cluster with that name exists already", names={'"kind"': '"labkit"'}
    )
    machine.script(dialogues.info(), dialogues.no_clusters(), *dialogues.images(there=True), taken)
    with pytest.raises(ClusterError, match="labkit did not make it"):
        machine.cluster().up()
    assert not machine.asked("kind delete")
    assert machine.cluster().recorded() == 0


def test_down_leaves_a_cluster_that_is_no_longer_ours(machine: Machine, kubeconfig: str) -> None:
    """When the nodes are other containers than those that we made, ``down`` refuses."""
    machine.script(*success(kubeconfig))
    machine.cluster().up()
    machine.script(containers(*NODES, first="b"))
    with pytest.raises(ClusterError, match="no longer the one that labkit made"):
        machine.cluster().down()
    assert not machine.asked("kind delete")


def test_failure_is_undone(machine: Machine) -> None:
    """What a failed start made is removed, and the raw text stays in the log that is named."""
    failed = dialogues.recorded(CREATE, "image is not a kind node image (busybox)")
    machine.script(
        dialogues.info(), dialogues.no_clusters(), *dialogues.images(there=True), failed,
        containers(), dialogues.deleted(),
    )  # fmt: skip
    with pytest.raises(ClusterError, match="did not boot") as caught:
        machine.cluster().up()
    log = machine.home / "logs" / "kind.log"
    assert str(log) in caught.value.fix
    assert "could not find a log line" in log.read_text(encoding="utf-8")
    assert machine.asked("kind delete cluster --name labkit")
    assert machine.left() == ["logs", "logs/kind.log"]


def test_keep_leaves_what_a_failed_start_made(machine: Machine) -> None:
    """With ``--keep`` kind keeps its nodes, nothing is deleted, and the message says how to look
    at them and how to remove them."""
    failed = dialogues.recorded(f"{CREATE} --retain", "image is not a kind node image (busybox)")
    machine.script(dialogues.info(), dialogues.no_clusters(), *dialogues.images(there=True), failed)
    with pytest.raises(ClusterError, match="kind export logs") as caught:
        machine.cluster(base.Wishes(keep=True)).up()
    assert "labkit down --backend kind" in str(caught.value)
    assert not machine.asked("kind delete")
    machine.script(containers(NODES[0]), dialogues.deleted())
    machine.cluster().down()
    assert machine.asked("kind delete")


def test_half_made_cluster_is_undone_first(machine: Machine, kubeconfig: str) -> None:
    """A labkit that was killed while it made the cluster does not stand in the next one's way."""
    machine.script(*success(kubeconfig))
    cluster = machine.cluster()
    cluster.up()
    record = json.loads((cluster.folder / "state.json").read_text(encoding="utf-8"))
    (cluster.folder / "state.json").write_text(json.dumps({**record, "ready": False}))
    cluster.up()
    created = [i for i, one in enumerate(machine.calls()) if one.startswith("kind create")]
    deleted = [i for i, one in enumerate(machine.calls()) if one.startswith("kind delete")]
    assert len(created) == 2 and created[0] < deleted[0] < created[1]
    cluster.down()


def test_stopped_nodes_come_back(machine: Machine, kubeconfig: str) -> None:
    """After the machine was switched off the same nodes are started, and nothing is made anew."""
    machine.script(*success(kubeconfig))
    cluster = machine.cluster()
    cluster.up()
    good = cluster.kubeconfig.read_text(encoding="utf-8")
    cluster.kubeconfig.write_text(good.replace("127.0.0.1:", "127.0.0.1:1"), encoding="utf-8")
    assert cluster.status() == base.Status("kind", running=False, recorded=True)
    cluster.kubeconfig.unlink()
    machine.script(
        containers(*NODES),
        composed(("docker", "start", *NODES)),
        dialogues.deleted(),
    )  # fmt: skip
    with pytest.raises(ClusterError, match="not Ready"):  # they do not answer: no kubeconfig
        cluster.up()
    cluster.kubeconfig.write_text(good, encoding="utf-8")
    assert cluster.up() == base.Started(found=True)
    assert not machine.asked("kind create")
    cluster.down()


def test_containerd_store_goes_through_files(machine: Machine, kubeconfig: str) -> None:
    """With Docker's containerd image store each image is saved for one platform and loaded from
    a file; the files are gone afterwards."""
    script = [one for one in success(kubeconfig) if "docker-image" not in one.argv]
    script[0] = dialogues.info(
        DriverStatus=[["driver-type", "io.containerd.snapshotter.v1"]], CgroupVersion="2"
    )
    save = "docker image save --platform linux/amd64 -o * *"
    machine.script(*script, composed(save), composed("kind load image-archive * --name labkit"))
    cluster = machine.cluster()
    assert cluster.up().notes == ()
    assert sum(one.startswith("docker image save") for one in machine.calls()) == 2
    assert list(cluster.folder.glob("*/*.tar")) == []
    cluster.down()


def test_images_that_cannot_be_loaded_are_a_note(machine: Machine, kubeconfig: str) -> None:
    """The trap of the containerd store, unannounced: files are tried, and if these fail as well
    the cluster stands and a note says that the nodes pull for themselves."""
    script = [one for one in success(kubeconfig) if "docker-image" not in one.argv]
    trap = "ERROR: failed to load image: ctr: content digest sha256:1234: not found\n"
    load = "kind load docker-image hashicorp/http-echo:1.0.0 busybox:1.36 --name labkit"
    machine.script(
        *script,
        composed(load, err=trap, status=1),
        composed("docker image save -o * *"),
        composed("kind load image-archive * --name labkit", err=trap, status=1),
    )
    cluster = machine.cluster()
    assert any("pull them themselves" in note for note in cluster.up().notes)
    cluster.down()


def test_rules_of_a_node(machine: Machine, kubeconfig: str) -> None:
    """A node's rules are what its own iptables-save or nft prints, by the cluster's mode; a node
    that is none is refused by name."""
    rules = (HERE / "control-plane.rules").read_text(encoding="utf-8")
    listing = (HERE / "worker.nft").read_text(encoding="utf-8")
    iptables = composed("docker exec labkit-control-plane iptables-save", rules)
    nft = composed("docker exec labkit-worker nft list ruleset", listing)
    machine.script(*success(kubeconfig), iptables, nft)
    cluster = machine.cluster()
    cluster.up()
    assert cluster.node_rules("labkit-control-plane") == rules
    with pytest.raises(ClusterError, match="labkit-worker"):
        cluster.node_rules("worker")
    with pytest.raises(UsageError, match="iptables"):
        machine.cluster(base.Wishes(proxy_mode="nftables")).up()
    cluster.down()
    machine.script(*success(kubeconfig), nft)
    cluster = machine.cluster(base.Wishes(proxy_mode="nftables"))
    cluster.up()
    assert "kubeProxyMode: nftables" in (cluster.folder / "kind.yaml").read_text(encoding="utf-8")
    assert machine.cluster().node_rules("labkit-worker") == listing
    cluster.down()


def test_interrupt_leaves_nothing(machine: Machine) -> None:
    """Ctrl-C while kind creates: kind is ended, the cluster is deleted, status 130."""
    slow = dialogues.created("", delay=120)
    machine.script(
        dialogues.info(), dialogues.no_clusters(), *dialogues.images(there=True), slow,
        containers(), dialogues.deleted(),
    )  # fmt: skip
    labkit = subprocess.Popen(
        [sys.executable, "-m", "labkit", "up", "--backend", "kind"],
        env=machine.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while not machine.asked("kind create"):
        assert time.monotonic() < end and labkit.poll() is None
        time.sleep(0.05)
    os.kill(labkit.pid, signal.SIGINT)
    labkit.communicate(timeout=30)
    assert labkit.returncode == 130
    assert machine.running() == []
    assert machine.calls()[-1].startswith("kind delete cluster --name labkit")
    assert machine.left() == ["logs", "logs/kind.log"]


def test_seed_is_refused(machine: Machine) -> None:
    """Linux draws on kind: a seed is refused before anything runs."""
    with pytest.raises(UsageError, match="cannot be repeated"):
        machine.cluster().up(seed=1)
    assert machine.calls() == []


def test_lab_runs_on_it(machine: Machine, kubeconfig: str) -> None:
    """``labkit lab --backend kind`` makes the cluster, runs the seed's lab against it with the
    real kubectl, gives its verdict and takes the cluster away again."""
    machine.script(*success(kubeconfig))
    done = machine.labkit("lab", "--backend", "kind", "--requests", "100", "--json", "lab.json")
    assert done.returncode == 0, done.stderr
    record = json.loads((machine.folder / "lab.json").read_text(encoding="utf-8"))
    assert (record["backend"], record["verdict"], len(record["answers"])) == ("kind", "random", 100)
    assert "a real Kubernetes v1.36.1" in done.stdout
    assert machine.calls()[-1].startswith("kind delete cluster --name labkit")
    assert machine.left() == []


def test_podman_carries_images_in_files(machine: Machine, kubeconfig: str) -> None:
    """With Podman every command is Podman's, kind is told so, and images go through files."""
    machine.install("podman")
    (machine.programs / "docker").unlink()

    def podman(one: dialogues.Answer) -> dialogues.Answer:
        words = ("podman" if word == "docker" else word for word in one.argv)
        return dialogues.Answer(tuple(words), one.source, one.out, one.err, one.status)

    said = json.dumps({"host": {"cgroupVersion": "v2", "memTotal": 8 << 30, "arch": "amd64"}})
    machine.script(
        composed(("podman", "info", "--format", "json"), said),
        dialogues.no_clusters(),
        *(podman(one) for one in dialogues.images(there=True)),
        dialogues.created(kubeconfig),
        podman(containers(*NODES)),
        composed("podman image save -o * *"),
        composed("kind load image-archive * --name labkit"),
        dialogues.deleted(),
    )
    cluster = machine.cluster()
    assert cluster.up().notes == ()
    assert not machine.asked("docker")
    log = cluster.log.read_text(encoding="utf-8")
    assert "podman image save" in log
    cluster.down()


def test_kind_that_hangs_is_ended_and_undone(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ``kind create`` past its limit is ended, what it made is removed, the limit is named."""
    from dataclasses import replace

    from labkit.cluster.kind import commands

    create = commands.create
    monkeypatch.setattr(commands, "create", lambda *a, **k: replace(create(*a, **k), limit=1.0))
    machine.script(
        dialogues.info(), dialogues.no_clusters(), *dialogues.images(there=True),
        dialogues.created("", delay=60), containers(), dialogues.deleted(),
    )  # fmt: skip
    with pytest.raises(ClusterError, match="did not end within 1 s"):
        machine.cluster().up()
    assert machine.running() == []
    assert machine.calls()[-1].startswith("kind delete cluster --name labkit")
    assert machine.left() == ["logs", "logs/kind.log"]


def test_down_with_a_dead_engine_forgets_nothing(machine: Machine, kubeconfig: str) -> None:
    """When Docker is not running, ``down`` says so, and the cluster stays on record."""
    machine.script(*success(kubeconfig))
    cluster = machine.cluster()
    cluster.up()
    dead = dialogues.RECORDED["docker ps, daemon absent"]["stderr"]
    argv = containers().argv
    machine.script(composed(argv, err=dead, status=1))
    done = machine.labkit("down", "--backend", "kind")
    assert done.returncode == 1 and "its daemon is not running" in done.stderr
    assert machine.cluster().recorded() > 0
    machine.script(*success(kubeconfig))
    cluster.down()


def test_status_and_down_find_the_cluster_that_is_up(machine: Machine, kubeconfig: str) -> None:
    """Without ``--backend`` the commands mean the cluster that was brought up last, and ``down``
    says what else is up."""
    machine.script(*success(kubeconfig))
    assert machine.labkit("up", "--backend", "embedded").returncode == 0
    assert machine.labkit("up", "--backend", "kind").returncode == 0
    status = machine.labkit("status", "--json")
    assert json.loads(status.stdout)["backend"] == "kind"
    down = machine.labkit("down")
    assert machine.asked("kind delete") and "'embedded' is still up" in down.stderr
    assert machine.labkit("down").returncode == 0
    assert machine.left() == []
