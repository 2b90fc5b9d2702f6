"""A text of nftables as words, each with its line, and a reader that walks along them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.errors import RulesError, UnsupportedExtension

_WORD = re.compile(r'"[^"\n]*"|[{},;]|\n|#[^\n]*|[^\s{},;"]+|"')
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_TIME = re.compile(r"(\d+)(ms|[dhms])")


@dataclass(frozen=True, slots=True)
class Word:
    """One word; the end of a line and ``;`` are words too."""

    text: str
    line: int
    start: int = 0
    end: int = 0


def split(text: str, source: str = "") -> list[Word]:
    """All words of a text.  Raises ``RulesError`` for a quote that does not close."""
    words, line = [], 1
    for found in _WORD.finditer(text):
        word = found.group()
        if word == '"':
            raise RulesError("A quote does not close.", source=source, line=line, word=word)
        if not word.startswith("#"):
            words.append(Word(word, line, found.start(), found.end()))
        line += word == "\n"
    return words


class Reader:
    """A place among the words."""

    __slots__ = ("words", "at", "source", "text")

    def __init__(self, text: str, source: str = "") -> None:
        self.words = split(text, source)
        self.text = text
        self.source = source
        self.at = 0

    @property
    def next(self) -> str:
        """The next word, not taken; empty at the end of the text."""
        return self.words[self.at].text if self.at < len(self.words) else ""

    def ahead(self, count: int) -> str:
        """The next ``count`` words with blanks between them."""
        return " ".join(word.text for word in self.words[self.at : self.at + count])

    @property
    def line(self) -> int:
        """The line that the next word stands in."""
        place = min(self.at, len(self.words) - 1)
        return self.words[place].line if self.words else 0

    @property
    def at_end(self) -> bool:
        """Whether the statement ends here."""
        return self.next in ("\n", ";", "}", "")

    def take(self) -> str:
        """The next word."""
        if self.at >= len(self.words):
            raise self.error("The text ends in the middle of something.", "")
        self.at += 1
        return self.words[self.at - 1].text

    def skip(self, word: str) -> bool:
        """Take the word if it comes next."""
        if self.next != word:
            return False
        self.at += 1
        return True

    def need(self, word: str) -> None:
        """The word must come next."""
        if not self.skip(word):
            raise self.error(f"Here {word!r} should stand.")

    def blank(self) -> None:
        """Go on to the next line that holds anything."""
        while self.next in ("\n", ";"):
            self.at += 1

    def quoted(self) -> str:
        """A text in quotes (or a bare word), without them."""
        return self.take().strip('"')

    def number(self) -> int:
        """A whole number."""
        word = self.next
        if not (word.isascii() and word.isdigit()):
            raise self.error("This should be a number.")
        return int(self.take())

    def seconds(self) -> float:
        """``1h30m`` in seconds."""
        word = self.next
        if not word or not re.fullmatch(r"(\d+(ms|[dhms]))+", word):
            raise self.error("This should be a time such as 3h.")
        self.at += 1
        return sum(int(count) * _UNITS[unit] for count, unit in _TIME.findall(word))

    def raw(self, start: int) -> str:
        """The text from word number ``start`` up to here, as it was written."""
        if start >= self.at:
            return ""
        return self.text[self.words[start].start : self.words[self.at - 1].end]

    def error(self, what: str, fix: str = "", word: str | None = None) -> RulesError:
        """Bad text, with its place."""
        seen = self.next if word is None else word
        return RulesError(what, fix, source=self.source, line=self.line, word=seen.strip())

    def unknown(self, what: str) -> UnsupportedExtension:
        """Something that may well be right but is not known here."""
        return UnsupportedExtension(
            what,
            "labkit knows the nftables that kube-proxy writes; take this out.",
            source=self.source,
            line=self.line,
            word=self.next.strip(),
        )
