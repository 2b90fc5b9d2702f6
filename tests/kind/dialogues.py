"""Dialogues for the stand-in, from what was recorded; what is composed says so."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RECORDED: dict[str, dict[str, Any]] = {
    one["title"]: one for one in json.loads((HERE / "recorded.json").read_text(encoding="utf-8"))
}
IDS = "{}0000000000000000000000000000000000000000000000000000000000000{}"
INFO = {
    "ServerVersion": "28.2.2",
    "CgroupVersion": "1",
    "MemTotal": 8 << 30,
    "Architecture": "x86_64",
    "DriverStatus": [["Backing Filesystem", "extfs"]],
    "SecurityOptions": ["name=seccomp,profile=builtin"],
}
"""Composed: the fields that matter of a daemon that answers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command line is answered; ``source`` is the recording's title, or "composed"."""

    argv: tuple[str, ...]
    source: str
    out: str = ""
    err: str = ""
    status: int = 0
    delay: float = 0.0
    writes: str = ""
    content: str = ""


def recorded(argv: str, title: str, **changed: Any) -> Answer:
    """An answer of a real machine; ``changed`` replaces words of it (the cluster's name ...)."""
    one = RECORDED[title]
    names = changed.pop("names", {})
    out, err = one["stdout"], one["stderr"]
    for old, new in names.items():
        out, err = out.replace(old, new), err.replace(old, new)
    return Answer(tuple(argv.split()), title, out, err, one["exit"], **changed)


def composed(argv: str | tuple[str, ...], out: str = "", err: str = "", status: int = 0) -> Answer:
    """An answer that nobody recorded."""
    words = tuple(argv.split()) if isinstance(argv, str) else argv
    return Answer(words, "composed", out, err, status)


def as_json(answers: list[Answer]) -> str:
    """What the stand-in reads."""
    return json.dumps([asdict(one) for one in answers])


def info(**changed: Any) -> Answer:
    """docker info of a daemon that answers."""
    said = json.dumps({**INFO, **changed})
    return composed(("docker", "info", "--format", "{{json .}}"), said)


def containers(*names: str, first: str = "a") -> Answer:
    """docker ps of the cluster's nodes."""
    argv = ("docker", "ps", "-a", "--no-trunc", "--filter",
            "label=io.x-k8s.kind.cluster=labkit", "--format", "{{.ID}} {{.Names}}")  # fmt: skip
    lines = (f"{IDS.format(first, i)} {name}" for i, name in enumerate(names))
    return composed(argv, "".join(line + "\n" for line in lines))


NODES = ("labkit-control-plane", "labkit-worker")
CREATE = "kind create cluster --name labkit --config * --kubeconfig *"
DELETE = "kind delete cluster --name labkit --kubeconfig *"
TWO_NODES = {
    "📦 📦 📦": "📦 📦",
    'Creating cluster "kind"': 'Creating cluster "labkit"',
    "kind-kind": "kind-labkit",
    "kindest/node:v1.36.2": "kindest/node:v1.36.1",
}
"""Composed from three nodes."""


def no_clusters() -> Answer:
    """kind knows no cluster."""
    return recorded("kind get clusters", "kind 0.33: daemon running: get clusters")


def created(kubeconfig: str, **more: Any) -> Answer:
    """kind has made the cluster and written its kubeconfig."""
    return recorded(
        CREATE,
        "create cluster, 3 nodes",
        names=TWO_NODES,
        writes="--kubeconfig",
        content=kubeconfig,
        **more,
    )


def deleted() -> Answer:
    """kind has removed the cluster."""
    nodes = {"kind-control-plane": '", "'.join(NODES), '"kind"': '"labkit"'}
    return recorded(DELETE, "delete cluster", names=nodes)


def images(*, there: bool) -> list[Answer]:
    """Every image is there already, or each is pulled."""
    inspect = ("docker", "image", "inspect", "--format", "{{.Id}}", "*")
    if there:
        return [composed(inspect, "sha256:1\n")]
    missing = "Error response from daemon: No such image\n"
    return [composed(inspect, err=missing, status=1), composed("docker pull *", "pulled\n")]


def loaded() -> Answer:
    """The lab's images are in the nodes."""
    argv = "kind load docker-image hashicorp/http-echo:1.0.0 busybox:1.36 --name labkit"
    return recorded(argv, "load docker-image")


def success(kubeconfig: str, *, there: bool = True) -> list[Answer]:
    """A whole start, and the end of it."""
    return [
        info(),
        no_clusters(),
        *images(there=there),
        created(kubeconfig),
        containers(*NODES),
        loaded(),
        deleted(),
    ]
