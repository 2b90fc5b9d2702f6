"""What a shell script is made of, after parsing (names as in POSIX, Shell Command Language)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Characters as they stand; ``quoted`` ones are neither split nor patterns."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """``$name`` or ``${name<operator><word>}``; ``operator`` ``#len`` is ``${#name}``."""

    name: str
    operator: str = ""
    word: Word | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Substitution:
    """``$(...)`` or backticks."""

    body: List
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``$((...))``; the expression is expanded first."""

    expression: Word
    quoted: bool = False


Part = Text | Parameter | Substitution | Arithmetic


@dataclass(frozen=True, slots=True)
class Word:
    """Parts that stand together without a blank."""

    parts: tuple[Part, ...]

    def literal(self) -> str | None:
        """The text when nothing in the word is quoted or expanded (a reserved word is so)."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Text) and not self.parts[0].quoted:
            return self.parts[0].text
        return None


@dataclass(slots=True)
class HereDocument:
    """The text behind ``<<``; filled in when the parser gets there."""

    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """``fd<target`` and the like."""

    fd: int
    operator: str
    target: Word | HereDocument


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments, words and redirections."""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class If:
    """Pairs of condition and body; ``otherwise`` may be empty."""

    branches: tuple[tuple[List, List], ...]
    otherwise: List | None


@dataclass(frozen=True, slots=True)
class Loop:
    """``while``, or ``until``."""

    until: bool
    condition: List
    body: List


@dataclass(frozen=True, slots=True)
class For:
    """``for name in words``; ``words`` None means the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: List


@dataclass(frozen=True, slots=True)
class Case:
    """``case word in pattern|pattern) body;; esac``."""

    word: Word
    branches: tuple[tuple[tuple[Word, ...], List], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """``{ ...; }``, or ``( ... )`` in a shell of its own."""

    body: List
    subshell: bool


@dataclass(frozen=True, slots=True)
class Function:
    """``name() body``."""

    name: str
    body: Command


@dataclass(frozen=True, slots=True)
class Redirected:
    """A compound command with redirections behind it."""

    body: Command
    redirects: tuple[Redirect, ...]


Command = Simple | If | Loop | For | Case | Group | Function | Redirected


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by ``|``; ``negated`` by ``!``."""

    commands: tuple[Command, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class AndOr:
    """Pipelines joined by ``&&`` and ``||``; the first operator is empty."""

    parts: tuple[tuple[str, Pipeline], ...]
    background: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """And-or lists one after the other."""

    items: tuple[AndOr, ...]
