"""No test and no notebook reads or writes the settings, or the cluster, of whoever runs it.

Kernels of notebooks inherit the environment, so it is set here, once for each process.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

USERS = "LABKIT_USERS_"
"""Where the user's own settings are kept for the one suite that is asked for them by name
(``LABKIT_PARITY``): variables with this in front."""

FOLDERS = pytest.StashKey[Path]()
OWN = {
    "LABKIT_HOME": "lab",
    "JUPYTER_CONFIG_DIR": "jupyter-config",
    "JUPYTER_DATA_DIR": "jupyter-data",
    "IPYTHONDIR": "ipython",
    "MPLCONFIGDIR": "matplotlib",
}


def pytest_configure(config: pytest.Config) -> None:
    """Every process of the run (xdist starts several) has folders of its own."""
    folder = Path(tempfile.mkdtemp(prefix="labkit-tests-"))
    config.stash[FOLDERS] = folder
    for name in ("LABKIT_HOME", "KUBECONFIG"):
        os.environ.setdefault(USERS + name, os.environ.get(name, ""))
    for name, place in OWN.items():
        os.environ[name] = str(folder / place)
    os.environ.pop("KUBECONFIG", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """A cluster that a notebook left running in these folders ends here."""
    folder = config.stash.get(FOLDERS, None)
    if folder is None:
        return
    if any((folder / "lab").glob("*")):
        down = [sys.executable, "-c", "import sys, labkit.cli; sys.exit(labkit.cli.main(['down']))"]
        subprocess.run(down, check=False, capture_output=True, timeout=30)
    shutil.rmtree(folder, ignore_errors=True)
