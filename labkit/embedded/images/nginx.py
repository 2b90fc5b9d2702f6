"""nginx: a web server for files."""

from labkit.embedded.images.base import PATH, EmulatedImage
from labkit.embedded.images.busybox import LINUX_FILES
from labkit.embedded.programs.busybox import PROGRAMS
from labkit.embedded.programs.curl import curl
from labkit.embedded.programs.nginx import ROOT, VERSION, WELCOME, entrypoint, nginx

CONFIGURATION = b"""# The emulated nginx reads no configuration; this is what it does.
server {
    listen 80;
    root /usr/share/nginx/html;
}
"""

IMAGE = EmulatedImage(
    repositories=("nginx", "registry.k8s.io/e2e-test-images/nginx"),
    programs={
        **PROGRAMS,
        "curl": curl,
        "nginx": nginx,
        "/docker-entrypoint.sh": entrypoint,
    },
    entrypoint=("/docker-entrypoint.sh",),
    command=("nginx", "-g", "daemon off;"),
    env={"PATH": PATH, "NGINX_VERSION": VERSION},
    files={
        **LINUX_FILES,
        f"{ROOT}/index.html": WELCOME,
        "/etc/nginx/nginx.conf": b"# See conf.d/default.conf.\n",
        "/etc/nginx/conf.d/default.conf": CONFIGURATION,
    },
    size=72_200_000,
    known_tags=("1.29", "1.27", "latest"),
)
