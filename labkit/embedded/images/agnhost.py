"""registry.k8s.io/e2e-test-images/agnhost: the Kubernetes project's own test server."""

from labkit.embedded.dns.hosts import coredns
from labkit.embedded.http.tls import certificate_and_key
from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.images.busybox import LINUX_FILES
from labkit.embedded.programs.agnhost import agnhost
from labkit.embedded.programs.bind_nslookup import nslookup
from labkit.embedded.programs.busybox import PROGRAMS
from labkit.embedded.programs.curl import curl
from labkit.embedded.programs.dig import dig
from labkit.embedded.programs.getent import getent

CERTIFICATE, KEY = certificate_and_key()

IMAGE = EmulatedImage(
    repositories=("registry.k8s.io/e2e-test-images/agnhost",),
    programs={
        **PROGRAMS,
        "curl": curl,
        "dig": dig,
        "getent": getent,
        "nslookup": nslookup,
        "/agnhost": agnhost,
        "/coredns": coredns,
        "agnhost": agnhost,
    },
    entrypoint=("/agnhost",),
    command=("pause",),
    files={
        **LINUX_FILES,
        "/localhost.crt": CERTIFICATE,
        "/localhost.key": KEY,
        "/uploads/": b"",
    },
    size=53_500_000,
    known_tags=("2.53",),
)
