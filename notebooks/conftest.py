"""Each notebook that nbval runs has a lab of its own, taken down when the notebook is done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

NAMES = ("LABKIT_HOME", "LABKIT_LANG", "LABKIT_SEED")
RUNNING = pytest.StashKey[tuple[Path, dict[str, str | None]]]()
"""The notebook whose cells run now, and the variables as they were before it."""


SANITIZERS = Path(__file__).parent.parent / "tests" / "notebooks" / "sanitize.cfg"


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """nbval passes over ages, ports and folders, wherever pytest is started from."""
    config.option.nbval_sanitize_with = str(SANITIZERS)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before the first cell of a notebook: an empty runtime folder, and the notebook's language."""
    if item.path.suffix != ".ipynb" or RUNNING in item.session.stash:
        return
    before = {name: os.environ.get(name) for name in NAMES}
    item.session.stash[RUNNING] = (item.path, before)
    os.environ["LABKIT_HOME"] = tempfile.mkdtemp(prefix="labkit-nbval-")
    os.environ["LABKIT_LANG"] = item.path.parent.name
    os.environ["LABKIT_SEED"] = "7"  # as tools/build_notebooks.py: the outputs are compared


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After the last cell: the lab goes, and the variables are as they were."""
    yield
    running = item.session.stash.get(RUNNING, None)
    if running is None or (nextitem is not None and nextitem.path == running[0]):
        return
    home = os.environ["LABKIT_HOME"]
    command = [sys.executable, "-m", "labkit", "down"]
    subprocess.run(command, capture_output=True, check=False, timeout=60)
    shutil.rmtree(home, ignore_errors=True)
    for name, value in running[1].items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    del item.session.stash[RUNNING]
