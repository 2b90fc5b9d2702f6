"""registry.k8s.io/e2e-test-images/glibc-dns-testing: names as a Debian with glibc resolves them.

Kubernetes' own tests probe DNS in it beside agnhost (Alpine, musl); it was jessie-dnsutils once.
"""

from labkit.embedded.dns.hosts import coredns
from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.images.busybox import LINUX_FILES
from labkit.embedded.programs.bind_nslookup import nslookup
from labkit.embedded.programs.busybox import PROGRAMS
from labkit.embedded.programs.dig import dig
from labkit.embedded.programs.getent import getent

IMAGE = EmulatedImage(
    repositories=("registry.k8s.io/e2e-test-images/glibc-dns-testing",),
    programs={
        **PROGRAMS, "dig": dig, "getent": getent, "nslookup": nslookup, "/coredns": coredns,
    },
    command=("sh",),
    files=LINUX_FILES,
    size=66_000_000,
    known_tags=("2.0.0",),
)  # fmt: skip
