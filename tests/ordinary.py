"""Run a command as a user without rights, whoever runs the tests.

As root: user 65534, in a mount namespace of its own, in which folders that only root may enter
(``/root``) are replaced by empty ones that show no more than Python and this checkout.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.support import ROOT

NOBODY = "65534"


def missing() -> str:
    """What is missing to do so; "" for nothing."""
    if sys.platform != "linux":
        return "Linux only"
    programs = ("unshare", "setpriv", "mount") if os.geteuid() == 0 else ()
    lacking = [name for name in programs if shutil.which(name) is None]
    if lacking:
        return f"no {', '.join(lacking)} (apt install util-linux)"
    done = run_ordinary(["unshare", "--user", "true"], Path("/"), {"PATH": os.environ["PATH"]})
    return "" if done.returncode == 0 else f"no user namespaces for others ({done.stderr.strip()})"


def run_ordinary(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float = 180
) -> subprocess.CompletedProcess[str]:
    """The command in ``folder``, with this environment alone."""
    words = list(command)
    if os.geteuid() == 0:
        user = ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--no-new-privs"]
        rest = shlex.join(["setpriv", *user, *command])
        script = "\n".join(["set -e", *_shown(), f"cd {shlex.quote(str(folder))}", f"exec {rest}"])
        words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    return subprocess.run(
        words,
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _shown() -> Iterator[str]:
    """Mounts that let everybody reach Python and the checkout."""
    wanted = [Path(sys.base_prefix), Path(sys.prefix), ROOT]
    closed = {top for path in wanted if (top := _closed(path)) is not None}
    kept = [path for path in wanted if _closed(path) is not None]
    if not kept:
        return
    yield "hold=$(mktemp -d) && mount -t tmpfs -o mode=755 tmpfs $hold"
    for number, path in enumerate(kept):
        yield f"mkdir $hold/{number} && mount --bind {shlex.quote(str(path))} $hold/{number}"
    for top in sorted(closed):
        yield f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(top))}"
    for number, path in enumerate(kept):
        place = shlex.quote(str(path))
        yield f"mkdir -p {place} && mount --bind $hold/{number} {place}"


def _closed(path: Path) -> Path | None:
    """The topmost folder on the way to ``path`` that others may not enter."""
    for folder in (*reversed(path.parents), path):
        if not folder.stat().st_mode & 0o001:
            return folder
    return None
