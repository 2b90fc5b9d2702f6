"""hashicorp/http-echo: a web server that answers one text."""

from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.programs.http_echo import http_echo

IMAGE = EmulatedImage(
    repositories=("hashicorp/http-echo", "mirror.gcr.io/hashicorp/http-echo"),
    programs={"/http-echo": http_echo, "http-echo": http_echo},
    entrypoint=("/http-echo",),
    user=(65532, 65532),
    size=3_900_000,
    known_tags=("1.0.0", "0.2.3", "latest"),
)
