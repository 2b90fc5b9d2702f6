"""The images that a kind cluster of the lab needs, pinned."""

from __future__ import annotations

import re

NODE = (
    "kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5"
)
"""The nodes' image, by digest: the default of kind v0.32.0, as its release says."""

LAB = ("hashicorp/http-echo:1.0.0", "busybox:1.36")
"""What the lab's Pods run, by tag: ``:latest`` would mean imagePullPolicy Always, and a node
would pull what was loaded into it.  No digest of these two was measured, so none stands here."""

VERSION = re.compile(r":v(\d+)\.(\d+)")

NFTABLES_FROM = (1, 31)
"""kube-proxy's nftables mode is on by default (beta) from here on: KEP-3866."""

FAIL_CGROUP_V1_FROM = (1, 31)
"""The kubelet knows the field ``failCgroupV1`` from here on: KEP-4569."""


def kubernetes_version(image: str) -> tuple[int, int] | None:
    """Major and minor version by the image's tag; None for a tag that does not tell."""
    found = VERSION.search(image)
    return (int(found[1]), int(found[2])) if found else None


def is_at_least(image: str, version: tuple[int, int]) -> bool:
    """Whether the image is of that version or newer (or does not tell)."""
    found = kubernetes_version(image)
    return found is None or found >= version
