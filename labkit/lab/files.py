"""The lab's three manifests, in two variants: the seed's word for word, and the corrected ones."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from labkit.errors import LabError, UsageError
from labkit.words import Words

BACKEND = "backend-deployment.yaml"
SERVICE = "backend-service.yaml"
CLIENT = "client-pod.yaml"
FILES = (BACKEND, SERVICE, CLIENT)
VARIANTS = ("fixed", "seed")


def text_of(which: str, name: str) -> str:
    """The text of one manifest."""
    return (files("labkit.lab") / "manifests" / which / name).read_text(encoding="utf-8")


def check_variant(which: str, words: Words) -> None:
    """``UsageError`` unless ``which`` is ``fixed`` or ``seed``."""
    if which not in VARIANTS:
        raise UsageError(
            words("lab.variant", which=which), words("lab.variant.fix", names=", ".join(VARIANTS))
        )


def copy_into(folder: Path, which: str, words: Words) -> list[Path]:
    """Put the three manifests into ``folder``; a file that is there already is left as it is.

    Gives the files that were written.
    """
    check_variant(which, words)
    written: list[Path] = []
    for name in FILES:
        path = folder / name
        if path.exists():
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text_of(which, name), encoding="utf-8", newline="\n")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise LabError(
                words("lab.unwritable", path=path, reason=reason), words("lab.unwritable.fix")
            ) from error
        written.append(path)
    return written
