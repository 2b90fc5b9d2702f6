"""Words of a line, as iptables-restore takes it apart."""

from __future__ import annotations

import pytest

from labkit.ruleset.words import split
from labkit.xt.values import quote


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-A INPUT  -j\tDROP", ["-A", "INPUT", "-j", "DROP"]),
        ('-m comment --comment "a b"', ["-m", "comment", "--comment", "a b"]),
        (r'"it\'s \"so\" \\ here" x', ['it\'s "so" \\ here', "x"]),
        ('""', [""]),
        ('a"b c"d e', ["ab cd", "e"]),
        (r"back\slash 'single q'", ["back\\slash", "'single", "q'"]),
        ("", []),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    """Double quotes quote, a backslash counts only within them, single quotes are letters."""
    assert split(line) == words


@pytest.mark.parametrize("line", ['"open', 'a "b" "c', r'"x\"'])
def test_open_quote_is_refused(line: str) -> None:
    """A quote must be closed."""
    with pytest.raises(ValueError, match="quote"):
        split(line)


@pytest.mark.parametrize("text", ["plain", "two words", 'q"q', "it's", "b\\", "ns/svc:p", "ñ", ""])
def test_what_was_quoted_reads_back(text: str) -> None:
    """quote() and split() are each other's inverse."""
    assert split(quote(text)) == [text]
