"""What an emulated image is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit.embedded.interfaces import Program

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(slots=True, eq=False)
class EmulatedImage:
    """``interfaces.Image``; see there.  ``known_tags`` are only for showing."""

    repositories: tuple[str, ...]
    programs: Mapping[str, Program]
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: {"PATH": PATH})
    files: Mapping[str, bytes] = field(default_factory=dict)
    known_tags: tuple[str, ...] = ("latest",)
    user: tuple[int, int] = (0, 0)
    size: int = 2_200_000
    """Bytes that a pull of it takes, about."""
