"""Reading a script character by character: blanks, operators, words with their expansions."""

from __future__ import annotations

from collections.abc import Callable

from labkit.embedded.shell.nodes import Arithmetic, List, Parameter, Part, Substitution, Text, Word

OPERATORS = (
    "&&", "||", ";;", "<<-", "<<", ">>", "<&", ">&", "<>", ">|", "&", "|", ";", "<", ">", "(", ")",
)  # fmt: skip
ENDS_WORD = frozenset(" \t\n|&;<>()")
SPECIAL = "@*#?-$!"
PARAMETER_OPERATORS = (":-", ":=", ":?", ":+", "##", "%%", "-", "=", "?", "+", "#", "%", ":", "/")


Nested = Callable[["Reader", str], List]
"""Parses commands from a reader up to an end (``)``, or nothing for all)."""


class ShellSyntaxError(Exception):
    """The script cannot be parsed; the text is what ash says behind ``syntax error: ``."""


class Incomplete(ShellSyntaxError):
    """The script ends in the middle of something (an interactive shell reads on)."""


class Reader:
    """A position in a script.  ``nested`` parses the commands inside an expansion."""

    def __init__(self, text: str, nested: Nested) -> None:
        self.text = text
        self.at = 0
        self.nested = nested

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def skip_blanks(self) -> None:
        """Spaces, tabs, joined lines and a comment."""
        while True:
            if self.peek() in (" ", "\t"):
                self.at += 1
            elif self.peek(2) == "\\\n":
                self.at += 2
            elif self.peek() == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def operator(self) -> str:
        """The operator that stands here, or an empty text; nothing is consumed."""
        if self.peek() not in "|&;<>()":
            return ""
        return next((op for op in OPERATORS if self.text.startswith(op, self.at)), "")

    def word(self) -> Word | None:
        """The word that stands here, or None."""
        parts: list[Part] = []
        start = self.at
        while (char := self.peek()) and char not in ENDS_WORD:
            self._part(parts, char)
        return Word(tuple(parts)) if self.at > start else None

    def _part(self, parts: list[Part], char: str) -> None:
        if char == "'":
            parts.append(Text(self._single_quoted(), True))
        elif char == '"':
            self.at += 1
            parts.extend(self._double_quoted('"'))
            self.at += 1
        elif char == "\\":
            self._escaped(parts)
        elif char == "$":
            parts.append(self.dollar(False))
        elif char == "`":
            parts.append(self._backticks(False))
        else:
            self._plain(parts)

    def _plain(self, parts: list[Part]) -> None:
        start = self.at
        while (char := self.peek()) and char not in ENDS_WORD and char not in "'\"\\$`":
            self.at += 1
        parts.append(Text(self.text[start : self.at]))

    def _escaped(self, parts: list[Part]) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        self.at += 2 if following else 1
        if following != "\n":
            parts.append(Text(following or "\\", True))

    def _single_quoted(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise Incomplete("unterminated quoted string")
        inside = self.text[self.at + 1 : end]
        self.at = end + 1
        return inside

    def _double_quoted(self, end: str) -> list[Part]:
        """Parts up to ``end`` (not consumed); an empty string counts as a quoted text."""
        parts: list[Part] = []
        plain: list[str] = []
        while not (end and self.peek() == end):
            char = self.peek()
            if not char:
                if not end:
                    break
                raise Incomplete("unterminated quoted string")
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in tuple('$`"\\\n'):
                if self.text[self.at + 1] != "\n":
                    plain.append(self.text[self.at + 1])
                self.at += 2
            elif char in "$`":
                _flush(plain, parts)
                parts.append(self.dollar(True) if char == "$" else self._backticks(True))
            else:
                plain.append(char)
                self.at += 1
        _flush(plain, parts, always=not parts)
        return parts

    def dollar(self, quoted: bool) -> Part:
        """What a ``$`` begins."""
        if self.peek(3) == "$((":
            arithmetic = self._arithmetic(quoted)
            if arithmetic is not None:
                return arithmetic
        if self.peek(2) == "$(":
            return self._substitution(quoted)
        if self.peek(2) == "${":
            return self._braced(quoted)
        self.at += 1
        name = self._name()
        if not name and (char := self.peek()) and (char in SPECIAL or char.isdigit()):
            name = char
            self.at += 1
        return Parameter(name, quoted=quoted) if name else Text("$", quoted)

    def _name(self) -> str:
        start = self.at
        while (char := self.peek()) and (char == "_" or (char.isalnum() and char.isascii())):
            if self.at == start and char.isdigit():
                break
            self.at += 1
        return self.text[start : self.at]

    def _braced(self, quoted: bool) -> Part:
        self.at += 2
        if self.peek() == "#" and self.peek(2) not in ("#}", "#:", "#-"):
            self.at += 1
            name = self._braced_name()
            self._expect_brace()
            return Parameter(name, "#len", None, quoted)
        name = self._braced_name()
        operator = next((op for op in PARAMETER_OPERATORS if self.text.startswith(op, self.at)), "")
        self.at += len(operator)
        word = self._braced_word(quoted) if operator else None
        self._expect_brace()
        return Parameter(name, operator, word, quoted)

    def _braced_name(self) -> str:
        name = self._name()
        if not name:
            start = self.at
            while self.peek().isdigit():
                self.at += 1
            name = self.text[start : self.at]
        if not name and self.peek() and self.peek() in SPECIAL:
            name = self.peek()
            self.at += 1
        if not name:
            if not self.peek():
                raise Incomplete("missing '}'")
            raise ShellSyntaxError("bad substitution")
        return name

    def _braced_word(self, quoted: bool) -> Word:
        parts: list[Part] = []
        while (char := self.peek()) != "}":
            if not char:
                raise Incomplete("missing '}'")
            if char in '"\\$`' or (char == "'" and not quoted):
                self._part(parts, char)
            else:
                parts.append(Text(char, quoted))
                self.at += 1
        return Word(tuple(parts))

    def _expect_brace(self) -> None:
        if not self.peek():
            raise Incomplete("missing '}'")
        if self.peek() != "}":
            raise ShellSyntaxError("bad substitution")
        self.at += 1

    def _arithmetic(self, quoted: bool) -> Part | None:
        """``$((...))``; None when it turns out to be ``$( (...) )``."""
        depth, end = 0, self.at + 3
        while end < len(self.text):
            char = self.text[end]
            if char == "(":
                depth += 1
            elif char == ")":
                if depth == 0:
                    break
                depth -= 1
            end += 1
        if end >= len(self.text):
            raise Incomplete("missing '))'")
        if self.text[end : end + 2] != "))":
            return None
        inside = Reader(self.text[self.at + 3 : end], self.nested)
        self.at = end + 2
        return Arithmetic(Word(tuple(inside._double_quoted(""))), quoted)

    def _substitution(self, quoted: bool) -> Part:
        self.at += 2
        body = self.nested(self, ")")
        self.at += 1
        return Substitution(body, quoted)

    def _backticks(self, quoted: bool) -> Part:
        inside: list[str] = []
        self.at += 1
        while (char := self.peek()) != "`":
            if not char:
                raise Incomplete("EOF in backquote substitution")
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ("`", "\\", "$"):
                self.at += 1
                char = self.peek()
            inside.append(char)
            self.at += 1
        self.at += 1
        return Substitution(self.nested(Reader("".join(inside), self.nested), ""), quoted)


def here_document(text: str, nested: Nested) -> Word:
    """The body of an unquoted here-document: as in double quotes, but quotes are plain."""
    return Word(tuple(Reader(text, nested)._double_quoted("")))


def _flush(plain: list[str], parts: list[Part], *, always: bool = False) -> None:
    if plain or always:
        parts.append(Text("".join(plain), True))
        plain.clear()
