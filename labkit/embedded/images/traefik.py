"""traefik: an ingress controller."""

from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.images.busybox import FILES
from labkit.embedded.ingress.traefik import VERSION, Traefik
from labkit.embedded.interfaces import Api
from labkit.embedded.programs.busybox import PROGRAMS


def image(api: Api) -> EmulatedImage:
    """The image, its program bound to an API server."""
    program = Traefik(api)
    return EmulatedImage(
        repositories=("traefik",),
        programs={**PROGRAMS, "traefik": program, "/usr/local/bin/traefik": program},
        entrypoint=("traefik",),
        files=FILES,
        known_tags=(f"v{VERSION}",),
    )
