"""exec for clients that speak SPDY: kubectl does when it is told not to use WebSockets."""

from __future__ import annotations

import pytest

from tests.kubectl.conftest import Cluster

pytestmark = pytest.mark.kubectl

OLD = {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false"}


@pytest.fixture(scope="module")
def pod(cluster: Cluster) -> str:
    """A Pod with a shell."""
    cluster.done("run", "box", "--image=busybox:1.36", "--", "sleep", "3600")
    cluster.done("wait", "--for=condition=Ready", "pod/box", "--timeout=30s")
    return "box"


def test_output_status_and_input_go_over_spdy(cluster: Cluster, pod: str) -> None:
    """Both outputs, the exit status and what is typed arrive as over a WebSocket."""
    for env in (OLD, {}):
        said = cluster.kubectl("exec", pod, "--", "sh", "-c", "echo a; echo b >&2; exit 3", env=env)
        assert (said.status, said.out) == (3, "a\n")
        assert said.err == "b\ncommand terminated with exit code 3\n"
        text = "".join(f"{number}\n" for number in range(3000))
        said = cluster.kubectl("exec", "-i", pod, "--", "cat", stdin=text, env=env)
        assert (said.status, said.out) == (0, text)


def test_spdy_really_is_spoken(cluster: Cluster, pod: str) -> None:
    """kubectl's own trace shows a POST that was upgraded to SPDY/3.1."""
    said = cluster.kubectl("exec", "-v=8", pod, "--", "true", env=OLD)
    assert said.status == 0
    assert 'verb="POST"' in said.err
    assert "X-Stream-Protocol-Version: v4.channel.k8s.io" in said.err.replace('"', "")


def test_what_cannot_be_run_is_said_over_spdy_too(cluster: Cluster, pod: str) -> None:
    """An unknown program, and a container that is not there."""
    said = cluster.kubectl("exec", pod, "--", "nonesuch", env=OLD)
    assert said.status != 0
    assert "nonesuch" in said.err
    said = cluster.kubectl("exec", pod, "-c", "other", "--", "true", env=OLD)
    assert said.status == 1
    assert "container" in said.err
