"""alpine: busybox under another name."""

from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.images.busybox import LINUX_FILES
from labkit.embedded.programs.busybox import PROGRAMS
from labkit.embedded.programs.getent import getent

IMAGE = EmulatedImage(
    repositories=("alpine",),
    programs={**PROGRAMS, "getent": getent},
    command=("/bin/sh",),
    files={**LINUX_FILES, "/etc/alpine-release": b"3.22.2\n"},
    size=3_800_000,
    known_tags=("3.22", "latest"),
)
