"""From text to ``List``: the grammar of POSIX, Shell Command Language 2.10, recursively."""

from __future__ import annotations

import re

from labkit.embedded.shell.nodes import (
    AndOr,
    Case,
    Command,
    For,
    Function,
    Group,
    HereDocument,
    If,
    List,
    Loop,
    Pipeline,
    Redirect,
    Redirected,
    Simple,
    Text,
    Word,
)
from labkit.embedded.shell.reader import Incomplete, Reader, ShellSyntaxError, here_document

CLOSING = frozenset({"then", "else", "elif", "fi", "do", "done", "esac", "}"})
OPENING = frozenset({"if", "while", "until", "for", "case", "{", "!"})
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
REDIRECTS = frozenset({"<", ">", ">>", "<<", "<<-", "<&", ">&", "<>", ">|"})


def parse(text: str) -> List:
    """A whole script.  Raises ``ShellSyntaxError`` (``Incomplete`` when more could follow)."""
    return Parser(reading(text), more=True).list_until("", empty=True)


def reading(text: str) -> Reader:
    """A reader at the start of a script."""
    return Reader(text, lambda reader, end: Parser(reader).list_until(end, empty=True))


class Parser:
    """Reads commands from a ``Reader``; with ``more`` a here-document must have its end."""

    def __init__(self, reader: Reader, *, more: bool = False) -> None:
        self.reader = reader
        self.more = more
        self._pending: list[tuple[HereDocument, str, bool, bool]] = []

    def next_line(self) -> List | None:
        """The commands up to the end of the next line that completes one; None at the end."""
        self._skip_newlines()
        if not self.reader.peek():
            return None
        items = []
        while True:
            items.append(self._and_or())
            self._separator(items)
            self.reader.skip_blanks()
            if self.reader.peek() in ("", "\n"):
                self._newline()
                return List(tuple(items))

    def list_until(self, *ends: str, empty: bool = False) -> List:
        """Commands up to one of ``ends``: ``)``, ``;;``, a closing word (left unread).

        Only some lists may be ``empty``: scripts, substitutions, branches of ``case``.
        """
        items: list[AndOr] = []
        while True:
            self._skip_newlines()
            here = self.reader.operator() or self._reserved()
            if here in ends and (items or empty):
                return List(tuple(items))
            if not self.reader.peek():
                raise Incomplete(_expecting("end of file", ends))
            if here in CLOSING or here in (")", ";;", ";", "&"):
                raise ShellSyntaxError(_expecting(f'"{here}"', ends if items else ()))
            items.append(self._and_or())
            self._separator(items)

    def _separator(self, items: list[AndOr]) -> None:
        """``;`` or ``&`` behind a command, if one is there; anything else must end it."""
        self.reader.skip_blanks()
        operator = self.reader.operator()
        if operator == "&":
            items[-1] = AndOr(items[-1].parts, True)
        if operator in (";", "&"):
            self.reader.at += 1
        elif self.reader.peek() not in ("", "\n") and operator not in (")", ";;"):
            raise ShellSyntaxError(f'unexpected "{operator or self._here()}"')

    def _here(self) -> str:
        """What stands here, for an error."""
        found = re.match(r"\S+", self.reader.text[self.reader.at :])
        return found.group() if found else "newline"

    def _skip_newlines(self) -> None:
        self.reader.skip_blanks()
        while self.reader.peek() == "\n":
            self._newline()
            self.reader.skip_blanks()

    def _newline(self) -> None:
        """Step over a newline and read the here-documents that begin behind it."""
        self.reader.at += 1
        pending, self._pending = self._pending, []
        for document, delimiter, strip, literal in pending:
            body = self._here_document(delimiter, strip)
            plain = Word((Text(body, True),))
            document.word = plain if literal else here_document(body, self.reader.nested)

    def _here_document(self, delimiter: str, strip: bool) -> str:
        lines: list[str] = []
        reader = self.reader
        while reader.at < len(reader.text):
            end = reader.text.find("\n", reader.at)
            end = len(reader.text) if end < 0 else end
            line = reader.text[reader.at : end]
            reader.at = end + 1
            line = line.lstrip("\t") if strip else line
            if line == delimiter:
                return "".join(lines)
            lines.append(line + "\n")
        if self.more:
            raise Incomplete("unexpected end of file")
        return "".join(lines)

    def _reserved(self) -> str:
        """The plain word that stands here, for comparison; nothing is consumed."""
        start = self.reader.at
        found = re.compile(r"[^\s|&;<>()'\"\\$`]+").match(self.reader.text, start)
        if not found:
            return ""
        behind = self.reader.text[found.end() : found.end() + 1]
        return found.group() if behind == "" or behind in " \t\n|&;<>()" else ""

    def _expect(self, word: str) -> None:
        """Step over a reserved word or an operator."""
        self._skip_newlines()
        if (self.reader.operator() or self._reserved()) != word:
            if not self.reader.peek():
                raise Incomplete(_expecting("end of file", (word,)))
            raise ShellSyntaxError(_expecting(f'"{self._here()}"', (word,)))
        self.reader.at += len(word)

    def _and_or(self) -> AndOr:
        parts = [("", self._pipeline())]
        while True:
            self.reader.skip_blanks()
            operator = self.reader.operator()
            if operator not in ("&&", "||"):
                return AndOr(tuple(parts))
            self.reader.at += 2
            self._skip_newlines()
            parts.append((operator, self._pipeline()))

    def _pipeline(self) -> Pipeline:
        self.reader.skip_blanks()
        negated = self._reserved() == "!"
        if negated:
            self.reader.at += 1
        commands = [self._command()]
        while True:
            self.reader.skip_blanks()
            if self.reader.operator() != "|":
                return Pipeline(tuple(commands), negated)
            self.reader.at += 1
            self._skip_newlines()
            commands.append(self._command())

    def _command(self) -> Command:
        self.reader.skip_blanks()
        compound = self._compound()
        if compound is None:
            return self._simple()
        redirects: list[Redirect] = []
        while self._redirect(redirects):
            pass
        return Redirected(compound, tuple(redirects)) if redirects else compound

    def _compound(self) -> Command | None:
        here = self.reader.operator() or self._reserved()
        if here == "function":
            self.reader.at += len(here)
            return self._simple(keyword=True)
        readers = {
            "(": self._group, "{": self._group, "if": self._if, "for": self._for,
            "case": self._case, "while": self._loop, "until": self._loop,
        }  # fmt: skip
        if here not in readers:
            return None
        self.reader.at += len(here)
        return readers[here](here)

    def _group(self, opening: str) -> Command:
        closing = ")" if opening == "(" else "}"
        body = self.list_until(closing)
        self.reader.at += 1
        return Group(body, opening == "(")

    def _if(self, _: str) -> Command:
        branches = []
        while True:
            condition = self.list_until("then")
            self._expect("then")
            body = self.list_until("elif", "else", "fi")
            branches.append((condition, body))
            here = self._reserved()
            self.reader.at += len(here)
            if here != "elif":
                break
        otherwise = None
        if here == "else":
            otherwise = self.list_until("fi")
            self._expect("fi")
        return If(tuple(branches), otherwise)

    def _loop(self, kind: str) -> Command:
        condition = self.list_until("do")
        self._expect("do")
        body = self.list_until("done")
        self._expect("done")
        return Loop(kind == "until", condition, body)

    def _for(self, _: str) -> Command:
        self.reader.skip_blanks()
        name = self._reserved()
        if not NAME.match(name):
            raise ShellSyntaxError("bad for loop variable")
        self.reader.at += len(name)
        self._skip_newlines()
        words: tuple[Word, ...] | None = None
        if self._reserved() == "in":
            self.reader.at += 2
            words = self._words()
        self.reader.skip_blanks()
        if self.reader.operator() == ";":
            self.reader.at += 1
        elif not self.reader.peek():
            raise Incomplete("unexpected end of file")
        self._expect("do")
        body = self.list_until("done")
        self._expect("done")
        return For(name, words, body)

    def _words(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while True:
            self.reader.skip_blanks()
            word = self.reader.word()
            if word is None:
                return tuple(words)
            words.append(word)

    def _case(self, _: str) -> Command:
        self.reader.skip_blanks()
        word = self.reader.word()
        if word is None:
            raise ShellSyntaxError(f'unexpected "{self._here()}"')
        self._expect("in")
        branches: list[tuple[tuple[Word, ...], List]] = []
        while True:
            self._skip_newlines()
            if self._reserved() == "esac":
                self.reader.at += 4
                return Case(word, tuple(branches))
            if not self.reader.peek():
                raise Incomplete(_expecting("end of file", (")",)))
            branches.append((self._patterns(), self.list_until(";;", "esac", empty=True)))
            if self.reader.operator() == ";;":
                self.reader.at += 2

    def _patterns(self) -> tuple[Word, ...]:
        if self.reader.operator() == "(":
            self.reader.at += 1
        patterns = []
        while True:
            self.reader.skip_blanks()
            word = self.reader.word()
            if word is None:
                raise ShellSyntaxError(_expecting(f'"{self._here()}"', (")",)))
            patterns.append(word)
            self.reader.skip_blanks()
            if not self.reader.peek():
                raise Incomplete(_expecting("end of file", (")",)))
            if self.reader.operator() == ")":
                self.reader.at += 1
                return tuple(patterns)
            if self.reader.operator() != "|":
                raise ShellSyntaxError(_expecting(f'"{self._here()}"', (")",)))
            self.reader.at += 1

    def _simple(self, *, keyword: bool = False) -> Command:
        """A simple command, or a function; ``keyword``: ``function`` stood in front."""
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        here = self._reserved()
        if here in CLOSING:
            raise ShellSyntaxError(f'unexpected "{here}"')
        while True:
            self.reader.skip_blanks()
            if self._redirect(redirects):
                continue
            word = self.reader.word()
            if word is None:
                break
            pair = _assignment(word) if not words else None
            if pair:
                assignments.append(pair)
            else:
                words.append(word)
            if len(words) == 1 and not assignments and (keyword or self._is_function()):
                return self._function(words[0].literal() or "")
        if not (assignments or words or redirects):
            what = self.reader.operator() or self._here()
            named = {"": "end of file"}.get(what, "newline" if what == "newline" else f'"{what}"')
            if not self.reader.peek():
                raise Incomplete("unexpected end of file")
            raise ShellSyntaxError(f"unexpected {named}")
        return Simple(tuple(assignments), tuple(words), tuple(redirects))

    def _is_function(self) -> bool:
        return re.compile(r"[ \t]*\([ \t]*\)").match(self.reader.text, self.reader.at) is not None

    def _function(self, name: str) -> Command:
        if not NAME.match(name.replace("-", "_")):
            raise ShellSyntaxError("bad function name")
        if self._is_function():
            self.reader.at = self.reader.text.index(")", self.reader.at) + 1
        self._skip_newlines()
        return Function(name, self._command())

    def _redirect(self, redirects: list[Redirect]) -> bool:
        """Read one redirection into ``redirects``, if one stands here."""
        self.reader.skip_blanks()
        found = re.compile(r"\d?(?=[<>])").match(self.reader.text, self.reader.at)
        if not found:
            return False
        start = self.reader.at
        self.reader.at = found.end()
        operator = self.reader.operator()
        if operator not in REDIRECTS:
            self.reader.at = start
            return False
        self.reader.at += len(operator)
        fd = int(found.group()) if found.group() else (0 if operator.startswith("<") else 1)
        self.reader.skip_blanks()
        word = self.reader.word()
        if word is None:
            what = "newline" if self.reader.peek() == "\n" else f'"{self._here()}"'
            if not self.reader.peek():
                raise Incomplete("unexpected end of file")
            raise ShellSyntaxError(f"unexpected {what}")
        redirects.append(Redirect(fd, operator, self._target(operator, word)))
        return True

    def _target(self, operator: str, word: Word) -> Word | HereDocument:
        """The word, or the here-document that it ends (read when the line is over)."""
        if operator not in ("<<", "<<-"):
            return word
        literal = any(isinstance(part, Text) and part.quoted for part in word.parts)
        delimiter = "".join(part.text for part in word.parts if isinstance(part, Text))
        document = HereDocument()
        self._pending.append((document, delimiter, operator == "<<-", literal))
        return document


def _assignment(word: Word) -> tuple[str, Word] | None:
    """``name=value`` taken apart, when the word is one."""
    first = word.parts[0]
    if not isinstance(first, Text) or first.quoted or not ASSIGNMENT.match(first.text):
        return None
    name, _, value = first.text.partition("=")
    rest = word.parts[1:]
    return name, Word(((Text(value),) if value else ()) + rest)


def _expecting(what: str, ends: tuple[str, ...]) -> str:
    """``unexpected X (expecting Y)``: what ash waits for in the end (``fi`` after ``then``)."""
    known = [end for end in ends if end and end != "esac"] or ["esac"] * ("esac" in ends)
    return f"unexpected {what}" + (f' (expecting "{known[-1]}")' if known else "")
