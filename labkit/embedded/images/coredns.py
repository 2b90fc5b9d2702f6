"""registry.k8s.io/coredns/coredns: the cluster's DNS."""

from labkit.embedded.chance import Chance
from labkit.embedded.dns.server import VERSION, CoreDns
from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.interfaces import Api


def image(api: Api, chance: Chance) -> EmulatedImage:
    """The image, its program bound to an API server."""
    program = CoreDns(api, chance)
    return EmulatedImage(
        repositories=("registry.k8s.io/coredns/coredns", "coredns/coredns"),
        programs={"/coredns": program, "coredns": program},
        entrypoint=("/coredns",),
        user=(65532, 65532),
        size=22_300_000,
        known_tags=(f"v{VERSION}",),
    )
