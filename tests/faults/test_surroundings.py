"""Odd machines: proxies, strange paths and locales, two terminals at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import Machine

pytestmark = pytest.mark.kubectl

NOWHERE = "http://127.0.0.1:9"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def test_lab_behind_proxies(machine: Machine) -> None:
    """With every proxy variable set to a port where nobody listens, the whole lab just works."""
    machine.environment |= dict.fromkeys(PROXIES, NOWHERE)
    machine.environment |= {"NO_PROXY": "", "no_proxy": "example.org"}
    said = machine.labkit("lab", "--requests", "40")
    assert said.status == 0, said
    assert "40 answers" in said.out


def test_folder_with_blanks_and_accents(machine: Machine, tmp_path: Path) -> None:
    """A runtime folder with blanks and accents, in a locale that knows ASCII alone: it works, and
    what the terminal cannot show is replaced."""
    machine.home = tmp_path / "año nuevo 'x'"
    machine.environment |= {
        "LABKIT_HOME": str(machine.home),
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
        "LABKIT_LANG": "es",
    }
    said = machine.labkit("lab", "--requests", "5")
    assert said.status == 0, said
    assert "Traceback" not in said.err
    assert "Qui?n respondi?" in said.out


def test_two_terminals_at_once(machine: Machine) -> None:
    """``labkit up`` in several terminals at the same moment: all succeed, one server runs."""
    command = [sys.executable, "-m", "labkit", "up"]
    children = [
        subprocess.Popen(command, env=machine.environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [child.communicate(timeout=60)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    assert sum(text.startswith("Up in") for text in said) == 1
    assert sum(text.startswith("Running already") for text in said) == 2


def test_down_twice(machine: Machine) -> None:
    """A second down, and a down where nothing ever was, are fine and say so."""
    assert machine.labkit("down").status == 0
    machine.up()
    assert machine.labkit("down").status == 0
    again = machine.labkit("down")
    assert again.status == 0
    assert "nothing to stop" in again.out
