"""The guide of a lesson's session, in a folder with other people's numbered notebooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from labkit.kernel.guide import attach

FOREIGN = {"cells": [], "metadata": {"language_info": {"name": "python"}}, "nbformat": 4}


def test_other_peoples_notebooks_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No lesson, no word of the guide's: Ctrl-C and errors look as IPython shows them."""
    (tmp_path / "01-mine.ipynb").write_text(json.dumps(FOREIGN), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = Config({"HistoryManager": {"enabled": False}})
    shell: Any = InteractiveShell(config=settings)  # type: ignore[no-untyped-call]
    attach(shell)
    shell.run_cell("raise KeyboardInterrupt")
    shell.run_cell("nothing_of_that_name")
    said = capsys.readouterr()
    assert "KeyboardInterrupt" in said.out + said.err
    assert "NameError" in said.out
    assert "Stopped." not in said.out + said.err
