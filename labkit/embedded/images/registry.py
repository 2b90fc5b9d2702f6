"""Finding an image by its reference, as container runtimes complete it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from labkit.embedded.chance import Chance
from labkit.embedded.images import (
    agnhost,
    alpine,
    busybox,
    coredns,
    curl,
    dnsutils,
    glibc_dns,
    http_echo,
    httpd,
    kube_proxy,
    nginx,
    pause,
    redis,
    traefik,
)
from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.interfaces import Api, Image
from labkit.embedded.programs.kube_proxy import Proxy

PLAIN: tuple[EmulatedImage, ...] = (
    http_echo.IMAGE, busybox.IMAGE, curl.IMAGE, nginx.IMAGE, alpine.IMAGE, redis.IMAGE,
    agnhost.IMAGE, pause.IMAGE, dnsutils.IMAGE, glibc_dns.IMAGE, httpd.IMAGE,
)  # fmt: skip
"""The images that need nothing of the cluster."""
HUBS = ("docker.io/", "index.docker.io/", "registry-1.docker.io/")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\Z")


class BuiltInImages:
    """``interfaces.Images``: every image that exists here."""

    def __init__(self, api: Api, chance: Chance, proxies: Mapping[str, Proxy]) -> None:
        self._images = (
            *PLAIN, coredns.image(api, chance), kube_proxy.image(proxies), traefik.image(api),
        )  # fmt: skip

    def find(self, reference: str) -> Image | None:
        """The image of ``repository[:tag][@digest]``; None when there is none of that name."""
        repository, tag = split(reference)
        for image in self._images:
            if repository in image.repositories and (not image.tags or tag in image.tags):
                return image if TAG.match(tag) else None
        return None

    def names(self) -> list[str]:
        """Every reference, with the tags that lessons use."""
        return [
            f"{image.repositories[0]}:{tag}" for image in self._images for tag in image.known_tags
        ]


def split(reference: str) -> tuple[str, str]:
    """Repository as people write it, and tag (``latest`` when none is given)."""
    name = reference.partition("@")[0]
    for hub in HUBS:
        name = name.removeprefix(hub)
    name = name.removeprefix("library/")
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, "latest")
