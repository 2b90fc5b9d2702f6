"""Telling Jupyter of the kernel, and taking exactly that back."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from labkit.errors import UsageError
from labkit.words import Words

NAME = "clusterip-lab"
TITLE = "ClusterIP Lab"
MODULE = "labkit.kernel"
FILE, LOGO = "kernel.json", "logo-svg.svg"
SPEC = {
    "argv": [sys.executable, "-m", MODULE, "-f", "{connection_file}"],
    "display_name": TITLE,
    "language": "python",
    "metadata": {"debugger": True},
}
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img">'
    "<title>ClusterIP Lab</title>"
    '<rect x="4" y="20" width="24" height="24" rx="5" fill="#0072B2"/>'
    '<circle cx="50" cy="14" r="9" fill="#E69F00"/>'
    '<path d="M41 41h18v18H41z" fill="#009E73"/>'
    '<path d="M28 28L42 18M28 36L42 46" stroke="#57606A" stroke-width="4"/></svg>\n'
)


def folder_of(prefix: str | None, user: bool) -> Path:
    """Where the kernel lies: of the user, below a prefix, or below this Python's own."""
    if user and prefix:
        raise UsageError("--user and --prefix exclude each other.", "Take one of them.")
    if user:
        from jupyter_core.paths import jupyter_data_dir

        return Path(jupyter_data_dir()) / "kernels" / NAME
    return Path(prefix or sys.prefix) / "share" / "jupyter" / "kernels" / NAME


def install(words: Words, *, prefix: str | None = None, user: bool = False) -> Path:
    """Write the kernel's files; gives their folder.  An older one of ours is replaced.

    Raises ``UsageError`` when somebody else's files lie there, or nothing can be written.
    """
    folder = folder_of(prefix, user)
    if folder.exists() and not is_ours(folder):
        raise UsageError(words("kernel.not_ours", folder=folder))
    from jupyter_client.kernelspec import KernelSpecManager

    with tempfile.TemporaryDirectory(prefix="labkit-kernel-") as made:
        (Path(made) / FILE).write_text(json.dumps(SPEC, indent=1) + "\n", encoding="utf-8")
        (Path(made) / LOGO).write_text(DRAWING, encoding="utf-8")
        place = None if user else (prefix or sys.prefix)
        try:
            written = KernelSpecManager().install_kernel_spec(made, NAME, user=user, prefix=place)
        except OSError as error:
            raise UsageError(
                words("kernel.cannot", folder=folder, why=error.strerror or error),
                words("kernel.cannot.fix"),
            ) from error
    return Path(written)


def uninstall(words: Words, *, prefix: str | None = None, user: bool = False) -> Path:
    """Remove the two files that were written, and their folder unless something else is in it.

    Raises ``UsageError`` when there is none of ours.
    """
    folder = folder_of(prefix, user)
    if not folder.exists():
        raise UsageError(words("kernel.none", folder=folder))
    if not is_ours(folder):
        raise UsageError(words("kernel.not_ours", folder=folder))
    for name in (FILE, LOGO):
        (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
    return folder


def is_ours(folder: Path) -> bool:
    """Whether the kernel there is the one that labkit installs."""
    try:
        spec = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return MODULE in spec["argv"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
