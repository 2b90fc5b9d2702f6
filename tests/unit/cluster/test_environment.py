"""The variables of the lab: its own kubeconfig, and no proxy to the loopback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labkit.cluster.environment import lab_environment, with_program_first, without_proxy


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "127.0.0.1,localhost"),
        ("example.org", "example.org,127.0.0.1,localhost"),
        ("localhost, example.org", "localhost,example.org,127.0.0.1"),
        ("127.0.0.1,localhost", "127.0.0.1,localhost"),
        ("*", "*"),
    ],
)
def test_without_proxy(before: str, after: str) -> None:
    """The loopback is added once; what was there stays."""
    assert without_proxy(before) == after


def test_lab_environment_replaces_the_users_kubeconfig() -> None:
    """KUBECONFIG is the lab's alone; other variables, the proxy among them, stay."""
    before = {"KUBECONFIG": "/home/me/.kube/config", "HTTP_PROXY": "http://proxy:3128", "A": "b"}
    made = lab_environment(before, Path("lab/kubeconfig"), Path("lab/cache"))
    assert made["KUBECONFIG"] == str(Path("lab/kubeconfig"))
    assert made["KUBECACHEDIR"] == str(Path("lab/cache"))
    assert made["NO_PROXY"] == made["no_proxy"] == "127.0.0.1,localhost"
    assert made["HTTP_PROXY"] == "http://proxy:3128"
    assert made["A"] == "b"
    assert before["KUBECONFIG"] == "/home/me/.kube/config"


def test_program_first() -> None:
    """The program's folder comes first on PATH, and only once."""
    path = os.pathsep.join(["/usr/bin", "/opt/venv/bin", "/bin"])
    made = with_program_first(path, Path("/opt/venv/bin/kubectl"))
    assert made.split(os.pathsep) == [str(Path("/opt/venv/bin")), "/usr/bin", "/bin"]
