"""The lessons run under papermill with parameters of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.notebooks


@pytest.mark.parametrize("language", ["es", "en"])
def test_lesson_7_runs_with_parameters(language: str, tmp_path: Path) -> None:
    """60 requests instead of 200, on the back end named by a parameter, in that language."""
    lesson = ROOT / "notebooks" / language / "07-two-node-lab.ipynb"
    out = tmp_path / "out.ipynb"
    environment_home = tmp_path / "home"
    command = [
        sys.executable, "-m", "papermill", str(lesson), str(out), "--cwd", str(lesson.parent),
        "-p", "backend", "embedded", "-p", "requests", "60", "--execution-timeout", "120",
        "--no-progress-bar",
    ]  # fmt: skip

    environment = {**os.environ, "LABKIT_HOME": str(environment_home)}
    environment.pop("LABKIT_LANG", None)
    try:
        ran = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=300,
            encoding="utf-8",
        )
    finally:
        subprocess.run(
            [sys.executable, "-m", "labkit", "down"],
            env=environment,
            capture_output=True,
            check=False,
            timeout=60,
        )
    assert ran.returncode == 0, ran.stderr[-3000:]
    text = json.dumps(json.loads(out.read_text(encoding="utf-8")), ensure_ascii=False)
    assert ("60 respuestas" if language == "es" else "60 answers") in text
