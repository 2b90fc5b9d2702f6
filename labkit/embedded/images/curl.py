"""curlimages/curl: curl on alpine; a command that is no program is given to curl."""

from __future__ import annotations

from dataclasses import replace

from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.images.busybox import FILES
from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.busybox import PROGRAMS
from labkit.embedded.programs.curl import curl


async def entrypoint(process: Process) -> int:
    """``/entrypoint.sh``: a flag or a URL goes to curl, a program is run."""
    words = list(process.argv[1:])
    program = kit.find(process.programs, words[0]) if words else None
    if program is None or words[0].startswith("-"):
        program, words = curl, ["curl", *words]
    return await program(replace(process, argv=words))


IMAGE = EmulatedImage(
    repositories=("curlimages/curl", "quay.io/curl/curl"),
    programs={**PROGRAMS, "curl": curl, "/entrypoint.sh": entrypoint},
    entrypoint=("/entrypoint.sh",),
    command=("curl",),
    files=FILES,
    user=(100, 101),
    size=9_300_000,
    known_tags=("8.11.1", "latest"),
)
