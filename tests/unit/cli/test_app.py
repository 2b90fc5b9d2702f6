"""The command line itself: help, languages, mistakes, exit statuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from labkit import __version__
from labkit.cli.app import COMMANDS, file_of, run
from tests.support import ROOT

Capture = pytest.CaptureFixture[str]


def ask(capsys: Capture, *words: str, **environment: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of one command."""
    status = run(list(words), environment)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_every_command_is_listed(capsys: Capture) -> None:
    """``labkit --help`` names every command, in both languages; without a command the same text
    is shown and the status says that something was missing."""
    for language in ("es", "en"):
        status, out, _ = ask(capsys, "--help", LABKIT_LANG=language)
        assert status == 0
        assert all(f"\n  {name} " in out for name in COMMANDS)
    assert ask(capsys)[0] == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(capsys: Capture, name: str) -> None:
    """``labkit X --help`` has examples that begin with labkit, in both languages."""
    status, english, _ = ask(capsys, name, "--help", LABKIT_LANG="en")
    assert status == 0
    assert "examples:\n  " in english
    assert f"labkit {name}" in english.partition("examples:")[2]
    status, spanish, _ = ask(capsys, name, "--help", "--lang", "es", LABKIT_LANG="en")
    assert status == 0
    assert "ejemplos:\n  " in spanish
    assert "uso: " in spanish


@pytest.mark.parametrize("words", [("--lang", "es", "down"), ("down", "--lang=es")])
def test_language_may_stand_on_either_side(
    capsys: Capture, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """--lang is taken before and after the command."""
    _, out, _ = ask(capsys, *words, LABKIT_HOME=str(tmp_path), LABKIT_LANG="en")
    assert out == "No había nada que detener.\n"


def test_language_by_locale(capsys: Capture, tmp_path: Path) -> None:
    """Without --lang the environment's locale decides."""
    _, out, _ = ask(capsys, "down", LABKIT_HOME=str(tmp_path), LANG="es_MX.UTF-8")
    assert out.startswith("No había")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stauts",), "Did you mean `labkit status`?"),
        (("frobnicate",), "`labkit --help` lists them."),
        (("status", "--lang", "fr"), "--lang takes es or en, not 'fr'."),
        (("lab", "--requests", "many"), "`labkit lab --help` explains."),
        (("lab", "--backend", "cloud"), "cloud"),
        (("odds", "x.rules"), "--to"),
        (("lab", "--nonsense"), "--nonsense"),
    ],
)
def test_mistakes_are_one_line(
    capsys: Capture, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """A mistake on the command line: status 2, one line to stderr that names the next step."""
    status, out, err = ask(capsys, *words, LABKIT_LANG="en", LABKIT_HOME=str(tmp_path))
    assert status == 2
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["kubectl", "kubeconfig", "rules"])
def test_commands_that_need_a_cluster_say_so(capsys: Capture, tmp_path: Path, name: str) -> None:
    """Without a running cluster: status 1 and `labkit up` as the next step."""
    words = ("kubectl", "--", "get", "pods") if name == "kubectl" else (name,)
    status, _, err = ask(capsys, *words, LABKIT_LANG="en", LABKIT_HOME=str(tmp_path))
    assert status == 1
    assert "`labkit up`" in err


def test_status_of_nothing(capsys: Capture, tmp_path: Path) -> None:
    """Nothing runs: status 1, said in words and as JSON, and nothing is made."""
    environment = {"LABKIT_LANG": "en", "LABKIT_HOME": str(tmp_path)}
    assert ask(capsys, "status", **environment)[0] == 1
    status, out, _ = ask(capsys, "status", "--json", **environment)
    assert status == 1
    assert json.loads(out)["running"] is False
    assert list(tmp_path.iterdir()) == []


def test_home_that_cannot_be_written(capsys: Capture, tmp_path: Path) -> None:
    """A LABKIT_HOME that cannot be: status 1 and one line that says what to do."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    home = str(tmp_path / "file" / "home")
    for name in ("up", "lab", "status"):
        status, _, err = ask(capsys, name, LABKIT_LANG="en", LABKIT_HOME=home)
        assert status == 1
        assert "Set LABKIT_HOME" in err
        assert len(err.strip().splitlines()) == 1


def test_version(capsys: Capture) -> None:
    """--version prints the package's version."""
    assert ask(capsys, "--version") == (0, f"labkit {__version__}\n", "")


def test_help_imports_nothing_heavy() -> None:
    """``labkit --help`` starts fast: no library and none of the big rooms is imported."""
    heavy = (
        "numpy",
        "kubernetes",
        "yaml",
        "tornado",
        "asyncio",
        "argparse",
        "subprocess",
        "labkit.cluster",
        "labkit.lab",
        "labkit.kubeproxy",
        "labkit.netfilter",
    )
    code = (
        "import sys; from labkit.cli import main; main(['--help']); "
        f"sys.exit(','.join(set({heavy!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


def test_python_dash_m() -> None:
    """``python -m labkit`` is the same command, with its exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "labkit", "frobnicate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "frobnicate" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
@pytest.mark.parametrize("words", [("--help",), ("doctor", "--json")])
def test_reader_that_leaves(words: tuple[str, ...], tmp_path: Path) -> None:
    """``labkit ... | head``: when the reader has gone, an end without a traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, "-m", "labkit", *words],
            cwd=ROOT,
            env={**os.environ, "LABKIT_HOME": str(tmp_path)},
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == ""
    assert done.returncode != 0


def test_no_colours_where_nobody_looks(capsys: Capture, tmp_path: Path) -> None:
    """Output that is no terminal has no colours."""
    _, _, err = ask(capsys, "frobnicate", LABKIT_HOME=str(tmp_path))
    assert "\x1b" not in err


def test_each_command_is_a_file_of_its_own() -> None:
    """One command per file, each with a parser and a run."""
    for name in COMMANDS:
        module = import_module(file_of(name))
        assert callable(module.parser)
        assert callable(module.run)
