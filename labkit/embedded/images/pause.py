"""registry.k8s.io/pause: does nothing, well."""

from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.programs.pause import pause

IMAGE = EmulatedImage(
    repositories=("registry.k8s.io/pause",),
    programs={"/pause": pause, "pause": pause},
    entrypoint=("/pause",),
    user=(65535, 65535),
    size=319_000,
    known_tags=("3.10",),
)
