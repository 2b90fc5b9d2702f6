"""Every failure that was seen is one sentence and a next step, in both languages."""

from __future__ import annotations

import pytest

from labkit.cluster.failures import SIGNATURES, explain, recognise
from labkit.errors import ClusterError
from labkit.words import Words
from tests.kind import dialogues
from tests.kind.conftest import Machine
from tests.kind.dialogues import CREATE, RECORDED, composed

SEEN = {
    "docker CLI absent": "no_engine",
    "daemon absent": "engine_down",
    "CLI present, daemon absent: create cluster, DOCKER_HOST": "engine_down",
    "without permission": "no_permission",
    "no permission": "no_permission",
    "pull fails": "no_pull",
    "create cluster --image": "no_pull",
    "that name exists": "name_taken",
    "same apiServerPort": "port_taken",
    "bad role": "config",
    "not a kind node image": "no_boot",
    "cgroup v1 host": "cgroup_v1",
    "load docker-image": "not_local",
    "load an image docker": "not_local",
    "get kubeconfig": "no_such_cluster",
    "kubeconfig of unknown": "no_such_cluster",
}
OTHERS = (
    "no such file or directory",  # a configuration that is not there: a bug of ours, not a cause
    "unknown cluster",
    "timed out",
    "localhost:8080",
    "127.0.0.1:16599",
)
"""What was recorded beside kind's own failures, by a word of the text."""

TOLD = {
    "rate_limited": 'failed to pull image "kindest/node:v1.36.1": command "docker pull" failed'
    " with error: exit status 1\nCommand Output: toomanyrequests: You have reached your"
    " unauthenticated pull rate limit",
    "untrusted": 'Error response from daemon: Get "https://registry-1.docker.io/v2/": tls: failed'
    " to verify certificate: x509: certificate signed by unknown authority",
    "rootless_cgroup": "ERROR: running kind with rootless provider requires cgroup v2",
    "rootless_delegate": 'requires setting systemd property "Delegate=yes"',
    "inotify": "kube-proxy: too many open files",
    "disk": "write /var/lib: no space left on device",
    "memory": "fork/exec /usr/bin/runc: cannot allocate memory",
    "no_join": "ERROR: failed to create cluster: failed to join node with kubeadm: exit status 1",
    "no_init": "ERROR: failed to create cluster: failed to init node with kubeadm: exit status 1",
    "config": "ERROR: failed to create cluster: unknown apiVersion: kind.x-k8s.io/v1alpha9",
    "digest": "ctr: content digest sha256:12ab: not found",
    "no_permission": "permission denied while trying to connect to the docker API at"
    " unix:///var/run/docker.sock",
    "engine_down": "failed to connect to the docker API at unix:///var/run/docker.sock; check if"
    " the path is correct and if the daemon is running",
}
"""Told in kind's documents and issues, or printed by a later Docker; not recorded here."""


def failures() -> list[str]:
    """The titles of what failed."""
    return [title for title, one in RECORDED.items() if one["exit"]]


@pytest.mark.parametrize("title", failures())
def test_seen_failure_is_recognised(title: str) -> None:
    """Each recorded failure of kind or the engine has its own explanation."""
    one = RECORDED[title]
    text = one["stdout"] + one["stderr"]
    if recognise(text) == "":
        assert any(word in text for word in OTHERS), text
        return
    wanted = {name for word, name in SEEN.items() if word in title}
    assert recognise(text) in wanted, (recognise(text), text[:400])


@pytest.mark.parametrize("name", TOLD)
def test_told_failure_is_recognised(name: str) -> None:
    """What kind's documents tell is told apart as well."""
    assert recognise(TOLD[name]) == name


def test_every_failure_has_its_sentence_and_its_step() -> None:
    """All signatures speak both languages, name the engine they are about, and never the same."""
    fields = {"engine": "podman", "name": "labkit", "image": "kindest/node:v1"}
    for language in ("es", "en"):
        said = [Words(language)(f"failure.{one.name}", **fields) for one in SIGNATURES]  # type: ignore[arg-type]
        assert len(set(said)) == len(said)
        assert all(text.endswith(".") and "{" not in text for text in said)


def test_success_is_no_failure() -> None:
    """What kind prints when it goes right, cgroup v1's warning included, explains nothing."""
    for title in ("create cluster, 3 nodes", "load docker-image", "delete cluster"):
        assert explain(RECORDED[title]["stderr"], Words("en"), {}) == ("", "")


DEAD = RECORDED["docker ps, daemon absent"]["stderr"]
DOWN = "kind 0.33: CLI present, daemon absent: create cluster"


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("kind 0.33: daemon running: create cluster --image kindest/node:v1.36.2", "be pulled"),
        ("second cluster, same apiServerPort", "port that the cluster needs is taken"),
        ("cgroup v1 host, no failCgroupV1 patch (k8s 1.36 node image)", "uses cgroup v1"),
    ],
)
def test_user_reads_one_sentence(machine: Machine, title: str, says: str) -> None:
    """A failing start ends with status 1, one line, the next step and the log; no traceback."""
    machine.script(
        dialogues.info(), dialogues.no_clusters(), *dialogues.images(there=True),
        dialogues.recorded(CREATE, title), dialogues.containers(), dialogues.deleted(),
    )  # fmt: skip
    done = machine.labkit("up", "--backend", "kind")
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "kind.log" in done.stderr


def test_daemon_that_is_down(machine: Machine) -> None:
    """docker's own words about its daemon become one sentence, in the language that is asked."""
    argv = ("docker", "info", "--format", "{{json .}}")
    one = RECORDED[DOWN]
    text = one["stderr"].partition("Command Output: ")[2]
    machine.script(dialogues.Answer(argv, DOWN, "", text, 1))
    done = machine.labkit("up", "--backend", "kind", "--lang", "es")
    assert (done.returncode, done.stdout) == (1, "")
    assert "su servicio no está en marcha" in done.stderr
    available = machine.cluster().available()
    assert not available.ok and "not running" in available.reason


def test_engine_that_hangs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that never answers is given up at its limit, and that is what is said."""
    from labkit.cluster.kind import engine
    from labkit.cluster.runner import Command

    hanging = dialogues.Answer(("docker", "info", "--format", "{{json .}}"), "composed", err="x\n",
                               delay=60)  # fmt: skip
    machine.script(hanging)
    short = Command(("docker", "info", "--format", "{{json .}}"), 1.0)
    monkeypatch.setattr(engine, "info", lambda _name: short)
    assert "did not end within 1 s" in machine.cluster().available().reason


def test_no_program_at_all(machine: Machine) -> None:
    """Without an engine and without kind, both are said, with how to get them."""
    for path in machine.programs.iterdir():
        path.unlink()
    available = machine.cluster().available()
    assert "neither Docker nor Podman nor nerdctl" in available.reason
    assert "kind is missing too" in available.fix
    machine.install("docker")
    machine.script(dialogues.info())
    available = machine.cluster().available()
    assert available.reason == "The program kind is missing."
    assert "kind" in available.fix and "nstall" in available.fix


def test_other_engines_are_tried(machine: Machine) -> None:
    """A Docker that is down does not keep a Podman that answers from being used."""
    machine.install("podman")
    said = '{"host": {"cgroupVersion": "v2", "memTotal": 8589934592, "arch": "amd64"}}'
    machine.script(
        composed(("docker", "info", "--format", "{{json .}}"), err=DEAD, status=1),
        composed(("podman", "info", "--format", "json"), said),
    )  # fmt: skip
    assert machine.cluster().available().ok


def test_dry_run_runs_nothing(machine: Machine) -> None:
    """``--dry-run`` prints the command lines of a start and runs none of them."""
    machine.script()
    done = machine.labkit("up", "--backend", "kind", "--dry-run", "--proxy-mode", "nftables")
    assert done.returncode == 0
    assert machine.calls() == [] and machine.left() == []
    assert "kind create cluster --name labkit" in done.stdout
    assert "kubeProxyMode: nftables" in done.stdout


def test_dry_run_is_what_runs(machine: Machine, kubeconfig: str) -> None:
    """Every program of a real start stands in what ``--dry-run`` printed, word for word."""
    machine.script(*dialogues.success(kubeconfig, there=False))
    planned = machine.labkit("up", "--backend", "kind", "--dry-run").stdout.replace("'", "")
    cluster = machine.cluster()
    cluster.up()
    cluster.down()
    for call in machine.calls():
        assert call in planned, call


def test_errors_name_what_to_do(machine: Machine) -> None:
    """An unknown failure shows kind's own ERROR line, and where the rest is."""
    odd = composed(CREATE, err="noise\nERROR: failed to create cluster: the moon\nmore\n", status=1)
    machine.script(
        dialogues.info(), dialogues.no_clusters(), *dialogues.images(there=True), odd,
        dialogues.containers(), dialogues.deleted(),
    )  # fmt: skip
    with pytest.raises(ClusterError, match="the moon") as caught:
        machine.cluster().up()
    assert "kind.log" in caught.value.fix
