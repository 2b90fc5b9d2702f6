"""Colours and progress are for terminals that want them."""

from __future__ import annotations

import io

import pytest

from labkit.cli.console import Console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "coloured"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colours(stream: io.StringIO, environment: dict[str, str], coloured: bool) -> None:
    """On a terminal, unless NO_COLOR is set and not empty (no-color.org)."""
    Console(stream, io.StringIO(), environment).print("text", "bold")
    assert ("\x1b[1m" in stream.getvalue()) == coloured


def test_progress_only_on_a_terminal() -> None:
    """Progress goes to stderr, replaces itself, and leaves nothing behind."""
    out, err = io.StringIO(), Terminal()
    console = Console(out, err, {})
    console.progress("working hard")
    console.progress("done")
    console.print("result")
    assert out.getvalue() == "result\n"
    assert err.getvalue().endswith("\r    \r")
    file = io.StringIO()
    Console(out, file, {}).progress("working hard")
    assert file.getvalue() == ""


def test_quiet_keeps_stdout_for_json() -> None:
    """What people read goes to stderr when stdout is JSON."""
    out, err = io.StringIO(), io.StringIO()
    console = Console(out, err, {})
    console.quiet = True
    console.print("for people")
    console.json({"a": "ñ"})
    assert out.getvalue() == '{\n  "a": "ñ"\n}\n'
    assert err.getvalue() == "for people\n"


def test_table_is_aligned() -> None:
    """Columns line up, numbers to the right."""
    out = io.StringIO()
    Console(out, io.StringIO(), {}).table(("NAME", "N"), [("a", "1"), ("long", "1000")], " r")
    assert out.getvalue() == "NAME     N\na        1\nlong  1000\n"


def test_wide_signs_and_foreign_lines_keep_the_table_whole() -> None:
    """Chinese signs take two columns, combining accents none, and a cell is one line."""
    out = io.StringIO()
    rows = [["李雷", "1"], ["Jose\u0301", "2"], ["a\nbob  10", "3"]]
    Console(out, io.StringIO(), {}).table(["who", "n"], rows)
    assert out.getvalue().splitlines()[1:] == ["李雷       1", "Jose\u0301       2", "a bob  10  3"]


def test_progress_with_wide_signs_leaves_nothing_behind() -> None:
    """The line is cleared as wide as the terminal drew it."""
    err = Terminal()
    console = Console(io.StringIO(), err, {})
    console.progress("李雷")
    console.clear_progress()
    assert err.getvalue() == "\r李雷\r    \r"
