"""The manifests of the lessons, a folder for each set.

``seed`` and ``fixed`` hold the documented lab's three: word for word, and corrected.
"""

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
"""The sets with the documented lab's three."""


def text_of(which: str, name: str) -> str:
    """The text of one manifest."""
    return (files("labkit.lab") / "manifests" / which / name).read_text(encoding="utf-8")


def variants() -> list[str]:
    """The names of the sets, ``fixed`` and ``seed`` among them."""
    found = (files("labkit.lab") / "manifests").iterdir()
    return sorted(one.name for one in found if one.is_dir() and not one.name.startswith(("_", ".")))


def base_of(folder: Path) -> Path:
    """The folder that the sets lie below: this one, or, inside ``manifests/SET``, the one above."""
    inside = folder.parent.name == "manifests" and folder.name in variants()
    return folder.parent.parent if inside else folder


def check_variant(which: str, words: Words) -> None:
    """``UsageError`` unless ``which`` is the name of a set."""
    if which not in variants():
        raise UsageError(
            words("lab.variant", which=which), words("lab.variant.fix", names=", ".join(variants()))
        )


def names_of(which: str) -> list[str]:
    """The files of a set."""
    return sorted(one.name for one in (files("labkit.lab") / "manifests" / which).iterdir())


def texts_of(which: str, rights_in: str = "") -> dict[str, str]:
    """The files of a set, with the roles of its Pods (``SET-rights``) for that namespace."""
    found = {name: text_of(which, name) for name in names_of(which)}
    rights = f"{which}-rights"
    if rights_in and rights in variants():
        for name in names_of(rights):
            text = text_of(rights, name)
            found[name] = text.replace("namespace: default", f"namespace: {rights_in}")
    return found


def copy_into(folder: Path, which: str, words: Words, *, rights_in: str = "") -> list[Path]:
    """Put the manifests of a set into ``folder``; a file that is there already stays as it is.

    ``rights_in`` is the namespace of a cluster that checks rights: the set's roles come along.
    Gives the files that were written.
    """
    check_variant(which, words)
    written: list[Path] = []
    for name, text in texts_of(which, rights_in).items():
        path = folder / name
        if path.exists():
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise unwritable(path, error, words) from error
        written.append(path)
    return written


def unwritable(path: Path, error: OSError, words: Words) -> LabError:
    """What to say of a file that somebody asked for and that cannot be written."""
    reason = error.strerror or type(error).__name__
    return LabError(words("lab.unwritable", path=path, reason=reason), words("lab.unwritable.fix"))
