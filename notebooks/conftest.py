"""Each notebook that nbval runs has a lab of its own, taken down when the notebook is done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

KEY = pytest.StashKey[tuple[Path, str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before the first cell of a notebook: an empty runtime folder, and the notebook's language.

    The hook of a conftest sees every test of the run; only those below this folder matter.
    """
    if not _is_cell(item):
        return
    before = item.session.stash.get(KEY, None)
    if before is not None and before[1] == str(item.path):
        return
    _take_down(item.session)
    home = Path(tempfile.mkdtemp(prefix="labkit-nbval-"))
    item.session.stash[KEY] = (home, str(item.path))
    os.environ["LABKIT_HOME"] = str(home)
    os.environ["LABKIT_LANG"] = item.path.parent.name


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """After the last notebook."""
    result = yield
    _take_down(session)
    return result


def _is_cell(item: pytest.Item) -> bool:
    return item.path.suffix == ".ipynb"


def _take_down(session: pytest.Session) -> None:
    home, _ = session.stash.get(KEY, (None, ""))
    if home is None:
        return
    environment: dict[str, Any] = {**os.environ, "LABKIT_HOME": str(home)}
    subprocess.run(
        [sys.executable, "-m", "labkit", "down"],
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
    shutil.rmtree(home, ignore_errors=True)
    del session.stash[KEY]
