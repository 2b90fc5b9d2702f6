"""registry.k8s.io/e2e-test-images/jessie-dnsutils: what the documentation debugs DNS with."""

from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.images.busybox import FILES
from labkit.embedded.programs.bind_nslookup import nslookup
from labkit.embedded.programs.busybox import PROGRAMS
from labkit.embedded.programs.curl import curl
from labkit.embedded.programs.dig import dig
from labkit.embedded.programs.getent import getent

IMAGE = EmulatedImage(
    repositories=("registry.k8s.io/e2e-test-images/jessie-dnsutils",),
    programs={**PROGRAMS, "curl": curl, "dig": dig, "getent": getent, "nslookup": nslookup},
    command=("/bin/sleep", "infinity"),
    files=FILES,
    known_tags=("1.7",),
)
