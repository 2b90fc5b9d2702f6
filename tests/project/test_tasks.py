"""The tasks of run.py pass on what the programs behind them say."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tools import tasks


class Said:
    """Stands in for the programs: keeps each command, answers with one status."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], **_: Any) -> int:
        """Take the place of ``tasks.call``."""
        self.commands.append(command)
        return self.status


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """Nothing is installed or started; what would be is kept."""
    stand_in = Said()
    monkeypatch.setattr(tasks, "prepare", lambda: None)
    monkeypatch.setattr(tasks, "call", stand_in)
    monkeypatch.setenv("LABKIT_LANG", "en")
    return stand_in


@pytest.mark.parametrize(
    ("terminal", "words", "opened"),
    [(True, [], True), (True, ["--no-open"], False), (False, [], False)],
)
def test_the_course_opens_only_in_a_terminal(
    said: Said,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    terminal: bool,
    words: list[str],
    opened: bool,
) -> None:
    """After the lab JupyterLab starts in a terminal, not in a pipe, and not with --no-open."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    assert tasks.lab([*words, "--requests", "50"]) == 0
    lab, *more = said.commands
    assert lab[1:] == ["lab", "--requests", "50"]
    assert ["jupyterlab" in command for command in more] == ([True] if opened else [])
    assert "Open the course:" in capsys.readouterr().out


def test_a_failed_lab_opens_nothing(said: Said, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit status of the lab is that of run.py, and nothing is announced after a failure."""
    said.status = 3
    assert tasks.lab([]) == 3
    assert len(said.commands) == 1
    assert "Open the course:" not in capsys.readouterr().out


def test_json_on_stdout_stays_alone(said: Said, capsys: pytest.CaptureFixture[str]) -> None:
    """With ``--json -`` another program reads stdout: run.py adds nothing to it."""
    assert tasks.lab(["--json", "-"]) == 0
    assert capsys.readouterr().out == ""


def test_a_lesson_opens_in_the_language_asked_for(said: Said) -> None:
    """``open 7 --lang es`` opens the Spanish lesson 7."""
    assert tasks.open_course(["7", "--lang", "es"]) == 0
    (command,) = said.commands
    assert any("/lab/tree/notebooks/es/07-" in word for word in command)


@pytest.mark.parametrize(
    ("checks", "pytest_status", "status"),
    [([], 0, 0), (["mypy --strict"], 0, 1), ([], 1, 1), (["ruff check"], 5, 5)],
)
def test_tests_pass_only_if_everything_passes(
    said: Said,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    checks: list[str],
    pytest_status: int,
    status: int,
) -> None:
    """A failing check or test decides the status, is named, and pytest's line comes last."""
    closing = "==== 3 passed in 2.50s ===="
    monkeypatch.setattr(tasks, "failed_checks", lambda: checks)
    monkeypatch.setattr(tasks, "run_pytest", lambda words: (pytest_status, closing))
    assert tasks.test([]) == status
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == closing
    assert all(name in out for name in checks)
    assert ("FAILED" in out) == (status != 0)


@pytest.mark.parametrize(
    ("words", "few"),
    [([], False), (["-k", "x"], False), (["tests/project"], True), (["--pdb"], True)],
)
def test_two_processes_only_for_many_tests(words: list[str], few: bool) -> None:
    """Named files and debuggers run in one process, everything else in two."""
    assert tasks.picks_few(words) == few
