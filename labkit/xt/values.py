"""The words behind flags: numbers, ports, masks, names; reading and writing.

Readers raise ``ValueError`` with half a sentence; the parser adds the line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SERVICES = {"ssh": 22, "domain": 53, "http": 80, "https": 443, "ntp": 123, "telnet": 23}
"""Names of ports that people write; the rest must be written as numbers."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of numbers, both ends in it, perhaps behind ``!``."""

    low: int
    high: int
    negated: bool = False

    def holds(self, value: int) -> bool:
        """Whether the value is in the range (or out of it, when negated)."""
        return ((value >= self.low) & (value <= self.high)) ^ self.negated

    def words(self, flag: str) -> str:
        """``! --dport 80:90``."""
        text = str(self.low) if self.low == self.high else f"{self.low}:{self.high}"
        return f"{'! ' if self.negated else ''}{flag} {text}"


@dataclass(frozen=True, slots=True)
class Masked:
    """A value under a mask, as in ``--mark 0x4000/0x4000``."""

    value: int
    mask: int = 0xFFFFFFFF

    def words(self) -> str:
        """As iptables prints it: the full mask is left out."""
        if self.mask == 0xFFFFFFFF:
            return f"{self.value:#x}"
        return f"{self.value:#x}/{self.mask:#x}"


def unsigned(low: int = 0, high: int = 0xFFFFFFFF) -> Callable[[str], int]:
    """A reader of whole numbers as strtoul reads them: decimal, 0x hexadecimal, 0 octal."""

    def read(text: str) -> int:
        value = integer(text)
        if not low <= value <= high:
            raise ValueError(f"{text} is not between {low} and {high}")
        return value

    return read


def integer(text: str) -> int:
    """A whole number: decimal, 0x hexadecimal or 0 octal."""
    if not text.isascii() or len(text) > 24 or not text.isalnum():
        raise ValueError(f"{text!r} is not a number")
    try:
        if text[:2].lower() == "0x":
            return int(text, 16)
        return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None


def port(text: str) -> int:
    """A port as a number or one of the few names that are known."""
    if text in SERVICES:
        return SERVICES[text]
    try:
        value = integer(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a port; write its number") from None
    if value > 65535:
        raise ValueError(f"{text} is not a port; ports go from 0 to 65535")
    return value


def ports(text: str) -> Span:
    """``80``, ``80:90``, ``:80`` (from 0) or ``1024:`` (to 65535)."""
    first, colon, last = text.partition(":")
    if not colon:
        value = port(text)
        return Span(value, value)
    low = port(first) if first else 0
    high = port(last) if last else 65535
    if low > high:
        raise ValueError(f"the range {text} goes backwards")
    return Span(low, high)


def span(top: int) -> Callable[[str], Span]:
    """A reader of ``N`` or ``N:M`` up to ``top``, as ``--length`` has it."""

    def read(text: str) -> Span:
        first, colon, last = text.partition(":")
        low = integer(first) if first or not colon else 0
        high = (integer(last) if last else top) if colon else low
        if not low <= high <= top:
            raise ValueError(f"{text} is not a range between 0 and {top}")
        return Span(low, high)

    return read


def masked(text: str) -> Masked:
    """``0x4000/0x4000`` or ``4``."""
    value, slash, mask = text.partition("/")
    read = unsigned()
    return Masked(read(value), read(mask) if slash else 0xFFFFFFFF)


def one_of(*names: str) -> Callable[[str], str]:
    """A reader of one of some names."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"{text!r} is none of {', '.join(names)}")
        return text

    return read


def set_of(*names: str, upper: bool = True) -> Callable[[str], tuple[str, ...]]:
    """A reader of a comma separated list of some names, each kept once, in written order."""

    def read(text: str) -> tuple[str, ...]:
        words = [(w.upper() if upper else w) for w in text.split(",")]
        for word in words:
            if word not in names:
                raise ValueError(f"{word!r} is none of {', '.join(names)}")
        return tuple(dict.fromkeys(words))

    return read


def text_up_to(length: int) -> Callable[[str], str]:
    """A reader of any text of at most so many characters."""

    def read(text: str) -> str:
        if len(text) > length:
            raise ValueError(f"the text has {len(text)} characters, at most {length} are allowed")
        return text

    return read


BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def quote(text: str) -> str:
    """As xtables_save_string writes it: bare only when all is [A-Za-z0-9_-], with blanks."""
    if text and set(text) <= BARE:
        return text
    escaped = "".join(f"\\{c}" if c in "\"\\'" else c for c in text)
    return f'"{escaped}"'
