"""redis: a small key-value server."""

from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.images.busybox import FILES
from labkit.embedded.programs import redis
from labkit.embedded.programs.busybox import PROGRAMS

IMAGE = EmulatedImage(
    repositories=("redis",),
    programs={**PROGRAMS, "redis-server": redis.server, "redis-cli": redis.cli},
    command=("redis-server",),
    files=FILES,
    size=45_000_000,
    known_tags=("7", "latest"),
)
