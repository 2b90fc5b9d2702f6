"""What a lesson does runs in somebody's cluster unchanged, chosen by the environment alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from labkit.clock import SystemClock
from labkit.errors import ClusterError
from labkit.lab.api import Lab, open_lab
from tests.kubeconfig.conftest import Theirs

pytestmark = pytest.mark.kubectl


class Notebook:
    """An environment, and the lines under its cells."""

    def __init__(self, theirs: Theirs, **environment: str) -> None:
        self.said: list[str] = []
        self.environment = {
            **theirs.environment, "LABKIT_BACKEND": "kubeconfig", **environment
        }  # fmt: skip

    def open(self) -> Lab:
        return open_lab(
            environment=self.environment, clock=SystemClock(), tell=self.said.append
        )  # fmt: skip


@pytest.fixture
def notebook(theirs: Theirs) -> Notebook:
    """A notebook whose environment names the context."""
    return Notebook(theirs, LABKIT_CONTEXT="theirs", LABKIT_NAMESPACE="class-3")


def test_lesson_without_reading_nodes(notebook: Notebook, theirs: Theirs) -> None:
    """``ask``, ``odds``, ``service_rules`` and ``trace`` answer with computed rules, and say so;
    the official client sees the namespace's Pods."""
    from kubernetes import client

    lab = notebook.open()
    assert "check the permissions" in notebook.said
    answers = lab.ask(60)
    assert answers.judge().kind == "random"
    assert [row.chance for row in lab.odds().rows] == [Fraction(1, 2)] * 2
    rules = lab.service_rules()
    assert "class-3/backend-service" in rules
    assert "backend-service" in str(lab.trace())
    assert any("computes these" in line for line in notebook.said)
    node = lab.cluster.status().nodes[0]
    own = theirs.server.node_rules(node).splitlines()
    assert [line for line in rules.splitlines() if line.startswith("-A")] == [
        line for line in own if line.startswith("-A") and "class-3/" in line
    ]
    pods: Any = client.CoreV1Api(lab.api).list_namespaced_pod("class-3")
    assert len(pods.items) == 3
    assert "pod/client-pod" in lab.kubectl("get pods -o name")
    lab.down()
    assert "class-3" not in theirs.kubectl("get", "ns", "-o", "name")


def test_lesson_that_reads_nodes(theirs: Theirs) -> None:
    """With ``LABKIT_ALLOW_NODE_POD`` the rules come from the node itself."""
    notebook = Notebook(theirs, LABKIT_CONTEXT="theirs", LABKIT_ALLOW_NODE_POD="1")
    lab = notebook.open()
    assert lab.rules().strip() == theirs.server.node_rules("labkit-control-plane").strip()
    assert not any("computes these" in line for line in notebook.said)
    lab.down()


def test_lesson_without_a_context_says_what_is_missing(theirs: Theirs) -> None:
    """A notebook that does not name the cluster gets the list of those there are."""
    with pytest.raises(ClusterError, match=r"LABKIT_CONTEXT.*theirs"):
        Notebook(theirs).open()


def test_production_is_confirmed_by_its_name(theirs: Theirs) -> None:
    """``LABKIT_YES_THIS_ONE`` opens the very context that it names."""

    def rename(config: dict[str, Any]) -> None:
        config["contexts"][0]["name"] = "shop-prod"

    theirs.change(rename)
    named = {"LABKIT_CONTEXT": "shop-prod"}
    with pytest.raises(ClusterError, match="looks like production"):
        Notebook(theirs, LABKIT_YES_THIS_ONE="1", **named).open()
    Notebook(theirs, LABKIT_YES_THIS_ONE="shop-prod", **named).open().down()
