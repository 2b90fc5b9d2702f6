"""Every command line for kind, as data: what runs and what ``--dry-run`` prints is the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labkit import plan
from labkit.cluster.kind.config import NAME
from labkit.cluster.runner import Command

NODES = tuple(node.name for node in plan.NODES)
READY = 180


def version() -> Command:
    """Which kind this is."""
    return Command(("kind", "version"), 15)


def clusters() -> Command:
    """The names of the clusters that kind knows, one a line."""
    return Command(("kind", "get", "clusters"), 60)


def has_image(engine: str, image: str) -> Command:
    """Status 0 if the engine has the image."""
    return Command((engine, "image", "inspect", "--format", "{{.Id}}", image), 60)


def pull(engine: str, image: str) -> Command:
    """Pull one image; the nodes' is large."""
    return Command((engine, "pull", image), 1200)


def create(config: Path, kubeconfig: Path, *, retain: bool) -> Command:
    """Make the cluster; ``retain`` leaves the nodes of a failed start for looking at."""
    words = ["kind", "create", "cluster", "--name", NAME, "--config", str(config)]
    words += ["--kubeconfig", str(kubeconfig)]
    return Command((*words, "--retain") if retain else tuple(words), 600)


def delete(kubeconfig: Path) -> Command:
    """Remove the cluster, and it alone."""
    words = ("kind", "delete", "cluster", "--name", NAME, "--kubeconfig", str(kubeconfig))
    return Command(words, 120)


def identities(engine: str) -> Command:
    """The containers of the nodes: ``ID NAME``, one a line; of those that exist."""
    label = f"label=io.x-k8s.kind.cluster={NAME}"
    form = "{{.ID}} {{.Names}}"
    return Command((engine, "ps", "-a", "--no-trunc", "--filter", label, "--format", form), 60)


def start(engine: str) -> Command:
    """Start the nodes again after the engine (or the machine) was stopped."""
    return Command((engine, "start", *NODES), 120)


def on_node(engine: str, node: str, *words: str) -> Command:
    """A program inside a node."""
    return Command((engine, "exec", node, *words), 60)


def node_rules(engine: str, node: str, mode: str, *, counters: bool) -> Command:
    """The rules of a node, as kube-proxy's mode keeps them."""
    if mode == "nftables":
        return on_node(engine, node, "nft", "list", "ruleset")
    return on_node(engine, node, "iptables-save", *(("-c",) if counters else ()))


def load(images: Sequence[str]) -> Command:
    """Copy images from Docker into the nodes."""
    return Command(("kind", "load", "docker-image", *images, "--name", NAME), 300)


def save(engine: str, image: str, archive: Path, platform: str) -> Command:
    """Write an image to a file; with Docker's containerd store for one platform only, since the
    layers of the others are not there (kind issue 3795)."""
    chosen = ("--platform", platform) if platform else ()
    return Command((engine, "image", "save", *chosen, "-o", str(archive), image), 300)


def load_archive(archive: Path) -> Command:
    """Copy the images of a file into the nodes."""
    return Command(("kind", "load", "image-archive", str(archive), "--name", NAME), 300)


def waits(kubectl: str, kubeconfig: Path) -> tuple[tuple[str, Command], ...]:
    """What makes the cluster usable, each with its step's name.

    kind's own ``--wait`` looks at the control plane alone, and a time-out is no error to it.
    """
    base = (kubectl, "--kubeconfig", str(kubeconfig))
    limit = f"--timeout={READY}s"
    return (
        ("nodes", Command((*base, "wait", "--for=condition=Ready", "node", *NODES, limit), 200)),
        (
            "dns",
            Command(
                (*base, "-n", "kube-system", "rollout", "status", "deployment/coredns", limit), 200
            ),
        ),
        (
            "account",
            Command(
                (*base, "-n", "default", "wait", "--for=create", "serviceaccount/default", limit),
                200,
            ),
        ),
    )


def nodes(kubectl: str, kubeconfig: Path) -> Command:
    """The nodes as JSON; also the question whether the cluster answers."""
    base = (kubectl, "--kubeconfig", str(kubeconfig), "--request-timeout=5s")
    return Command((*base, "get", "nodes", "-o", "json"), 15)
