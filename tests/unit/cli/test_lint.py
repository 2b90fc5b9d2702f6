"""``labkit lint``: findings on the terminal, as JSON, and in the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.cli.app import run

BAD = """*nat
:A - [0:0]
:MARKER - [0:0]
-A PREROUTING -j A
-A A -m statistic --mode random --probability 0.5 -j ACCEPT
-A A -m statistic --mode random --probability 0.5 -j ACCEPT
-A PREROUTING -j NOWHERE
COMMIT
"""


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of one command."""
    status = run(list(words), {"LABKIT_LANG": "en"})
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def bad(tmp_path: Path) -> str:
    """A file of rules with mistakes."""
    path = tmp_path / "bad.rules"
    path.write_text(BAD, encoding="utf-8")
    return str(path)


def test_findings_are_lines_with_their_place(capsys: pytest.CaptureFixture[str], bad: str) -> None:
    """One line for each finding, errors first, status 1; in Spanish as well."""
    status, out, err = ask(capsys, "lint", bad)
    assert status == 1
    assert [line.split(" ")[0] for line in out.splitlines()] == ["error:", "warning:", "note:"]
    assert "line 7, nat/PREROUTING: jumps to NOWHERE" in out
    assert "line 6, nat/A: 25.0%" in out
    assert "errors: 1, warnings: 1, notes: 1" in err
    _, spanish, _ = ask(capsys, "lint", bad, "--lang", "es")
    assert "línea 7, nat/PREROUTING: salta a NOWHERE" in spanish


def test_findings_as_json(capsys: pytest.CaptureFixture[str], bad: str) -> None:
    """--json holds the same findings, with the same status."""
    status, out, _ = ask(capsys, "lint", bad, "--json")
    found = [(one["level"], one["code"], one["line"]) for one in json.loads(out)["findings"]]
    assert status == 1
    assert found == [
        ("error", "dangling-jump", 7),
        ("warning", "lost-packets", 6),
        ("note", "empty-chain", 0),
    ]


def test_what_only_one_back_end_refuses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A rule at a hook that is not its own, and TRACE outside raw, which legacy alone refuses."""
    path = tmp_path / "hooks.rules"
    path.write_text("*filter\n:A - [0:0]\n-A FORWARD -j A\n-A A -j TRACE\nCOMMIT\n")
    assert ask(capsys, "lint", str(path), "--backend", "nft")[0] == 0
    status, out, _ = ask(capsys, "lint", str(path))
    assert status == 1
    assert "line 4, filter/A: Linux does not load this" in out and "iptables-legacy" in out


def test_nothing_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Good rules and notes alone leave the status at 0; what is no text of rules makes it 2."""
    path = tmp_path / "good.rules"
    path.write_text("*filter\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n")
    status, out, _ = ask(capsys, "lint", str(path))
    assert (status, out) == (0, "Nothing wrong with 1 rules in 3 chains.\n")
    path.write_text("*filter\n:MARKER - [0:0]\nCOMMIT\n")
    assert ask(capsys, "lint", str(path))[0] == 0
    path.write_text("*filter\n-A INPUT -j LOG --nonsense\n")
    status, _, err = ask(capsys, "lint", str(path))
    assert status == 2
    assert "line 2, '--nonsense'" in err
