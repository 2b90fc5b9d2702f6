"""busybox: a shell and the usual programs."""

from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.programs.busybox import PROGRAMS

FILES = {
    "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
    "/etc/group": b"root:x:0:\nnogroup:x:65534:\n",
    "/tmp/": b"",
}

LINUX_FILES = {**FILES, "/var/tmp/": b""}
"""What images of a whole distribution have besides (Alpine, Debian)."""

IMAGE = EmulatedImage(
    repositories=("busybox", "registry.k8s.io/e2e-test-images/busybox"),
    programs=PROGRAMS,
    command=("sh",),
    files=FILES,
    known_tags=("1.37.0", "1.36.1", "latest"),
)
