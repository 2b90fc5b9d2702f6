"""Which images exist, under which names."""

from __future__ import annotations

import pytest

from tests.unit.embedded.network.world import Bench


@pytest.mark.parametrize(
    "reference",
    [
        "busybox", "busybox:latest", "busybox:1.37.0", "docker.io/library/busybox:1.36",
        "docker.io/busybox", "busybox:1.36@sha256:" + "0" * 64, "hashicorp/http-echo:latest",
        "docker.io/hashicorp/http-echo", "curlimages/curl:8.11.1", "nginx", "nginx:1.27-alpine",
        "alpine:3.22", "redis:7", "registry.k8s.io/e2e-test-images/agnhost:2.53",
        "registry.k8s.io/pause:3.10", "registry.k8s.io/coredns/coredns:v1.14.1",
    ],
)  # fmt: skip
def test_known_images_are_found(reference: str) -> None:
    """Every usual way to write the name; what they start is among their programs."""
    image = Bench().world.images.find(reference)
    assert image is not None
    argv = [*image.entrypoint, *image.command]
    assert argv
    assert argv[0] in image.programs or argv[0].rsplit("/", 1)[-1] in image.programs


@pytest.mark.parametrize(
    "reference", ["nope", "library/nope:1", "ghcr.io/busybox", "busybox:", "hashicorp/echo", ""]
)
def test_unknown_images_are_not(reference: str) -> None:
    """Nothing is guessed: another repository or registry is another image."""
    assert Bench().world.images.find(reference) is None


def test_every_name_that_is_shown_can_be_pulled() -> None:
    """The list in the event of an unknown image holds what exists."""
    images = Bench().world.images
    names = images.names()
    assert "busybox:1.37.0" in names
    assert all(images.find(name) is not None for name in names)
