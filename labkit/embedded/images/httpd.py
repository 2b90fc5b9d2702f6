"""httpd: the Apache web server, also in the edition of Kubernetes' own tests."""

from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.images.busybox import LINUX_FILES
from labkit.embedded.programs.busybox import PROGRAMS
from labkit.embedded.programs.httpd import ROOT, VERSION, WELCOME, httpd

BIN = "/usr/local/apache2/bin"

IMAGE = EmulatedImage(
    repositories=("httpd", "registry.k8s.io/e2e-test-images/httpd"),
    programs={**PROGRAMS, "httpd-foreground": httpd, "httpd": httpd, f"{BIN}/httpd": httpd},
    command=("httpd-foreground",),
    env={
        "PATH": f"{BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HTTPD_PREFIX": "/usr/local/apache2",
        "HTTPD_VERSION": VERSION,
    },
    files={
        **LINUX_FILES,
        f"{ROOT}/index.html": WELCOME,
        "/usr/local/apache2/conf/httpd.conf": b"# The emulated httpd reads no configuration.\n",
        "/usr/local/apache2/logs/": b"",
    },
    size=41_900_000,
    known_tags=("2.4",),
)
