"""What container engines and kind print when they fail, and what it means.

The first signature that is found in what a program printed names the failure; its sentence and
its next step are ``failure.NAME`` and ``failure.NAME.fix`` of the words.  Texts: seen with kind
0.27 and 0.33 and Docker 28, or in kind's known issues and its guide to rootless engines; those
that were only told are matched loosely.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labkit.words import Words


@dataclass(frozen=True, slots=True)
class Signature:
    """``pattern`` anywhere in the text is the failure ``name``."""

    name: str
    pattern: re.Pattern[str]


def signature(name: str, *patterns: str) -> Signature:
    """A signature from any of some patterns; a dot also matches a line end."""
    return Signature(name, re.compile("|".join(patterns), re.DOTALL | re.IGNORECASE))


SIGNATURES: tuple[Signature, ...] = (
    # ---- the engine
    signature(
        "no_engine",
        r'exec: "(docker|podman|nerdctl)": executable file not found',
        r"command not found: (docker|podman|nerdctl)",
        r"\b(docker|podman|nerdctl): (command )?not found",
    ),
    signature(
        "no_permission",
        r"permission denied while trying to connect to the docker",
        r"\.docker/config\.json: permission denied",
        r"docker\.sock\S*: connect: permission denied",
        r"cannot access containerd socket .*permission denied",
    ),
    signature(
        "engine_down",
        r"cannot connect to the docker daemon",
        r"is the docker daemon running",
        r"failed to connect to the docker API",
        r"cannot connect to podman",
        r"cannot access containerd socket",
        r"rootless containerd not running",
    ),
    # ---- rootless
    signature("rootless_cgroup", r"rootless provider requires cgroup v2"),
    signature("rootless_delegate", r'systemd property "?Delegate=yes'),
    # ---- pulling
    signature("rate_limited", r"toomanyrequests", r"pull rate limit"),
    signature(
        "untrusted",
        r"(pull|Get \"https://).*(x509:|certificate signed by unknown authority|tls: failed)",
    ),
    signature(
        "no_image", r"manifest unknown", r"manifest for \S+ not found", r"pull access denied"
    ),
    signature(
        "no_pull",
        r"failed to pull image",
        r"dial tcp: lookup",
        r"no such host",
        r"error response from daemon: Get \"https://",
        r"initializing source docker://",
    ),
    # ---- names, ports, configuration
    signature("name_taken", r"node\(s\) already exist for a cluster with the name"),
    signature(
        "port_taken",
        r"port is already allocated",
        r"ports are not available",
        r"address already in use",
    ),
    signature(
        "config",
        r"unknown apiVersion",
        r"unable to decode config",
        r"field \S+ not found in type",
        r"invalid configuration for node",
    ),
    signature("no_such_cluster", r"no nodes found for cluster", r"could not locate any control"),
    # ---- what the machine lacks
    signature("disk", r"no space left on device", r"disk quota exceeded", r"DiskPressure"),
    signature("memory", r"cannot allocate memory", r"\bout of memory\b", r"OOMKilled"),
    signature(
        "inotify", r"too many open files", r"failed to create (inotify|fsnotify)", r"inotify_init"
    ),
    signature(
        "cgroup_v1",
        r"kubelet is configured to not run on a host using cgroup v1",
        r"cgroup v1 is deprecated in Kubernetes.*failed to (init|join) node with kubeadm",
    ),
    signature("cgroup_namespaces", r"your kernel does not support cgroup namespaces"),
    signature("wsl_cgroup", r"error adding pid \d+ to cgroups"),
    signature("init_daemon", r"couldn't find an alternative telinit"),
    signature("rootfs", r"failed to get rootfs info", r"stat failed on /dev/"),
    signature("selinux", r"/dev/dma_heap: permission denied"),
    signature("subnets", r"non-overlapping (IPv4 )?(address pool|subnet)"),
    signature("snap", r"snap.{0,200}TMPDIR", r"TMPDIR.{0,200}snap"),
    # ---- the nodes
    signature("no_boot", r"could not find a log line that matches"),
    signature("no_join", r"failed to join node with kubeadm"),
    signature("no_init", r"failed to init node with kubeadm"),
    signature("not_ready", r"timed out waiting for the condition on nodes/"),
    # ---- loading images
    signature("digest", r"content digest \S+ not found"),
    signature("not_local", r'image: "\S+" not present locally'),
)
"""In this order: what is narrow comes before what is broad."""


UNTOLD: Mapping[str, object] = {"engine": "docker", "name": "labkit", "image": "kindest/node"}
"""The fields of the words, where whoever asks does not tell them."""


def recognise(text: str) -> str:
    """The name of the failure; "" when nothing is known about it."""
    return next((one.name for one in SIGNATURES if one.pattern.search(text)), "")


def explain(text: str, words: Words, fields: Mapping[str, object]) -> tuple[str, str]:
    """The sentence and the next step for what a program printed; two empty texts if unknown."""
    name = recognise(text)
    if not name:
        return "", ""
    known = {**UNTOLD, **fields}
    return words(f"failure.{name}", **known), words(f"failure.{name}.fix", **known)
