"""Backslash escapes of ``echo -e`` and ``printf``."""

from __future__ import annotations

import re

SIMPLE = {
    "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", '"': '"', "'": "'",
}  # fmt: skip
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,4}|c|.)", re.DOTALL)


class Stop(Exception):
    """``\\c``: nothing more is written; ``text`` is what came before."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def unescape(text: str, *, zero_octal: bool = False) -> str:
    """Escapes replaced; octal ones are ``\\0nnn`` with ``zero_octal``, else ``\\nnn``.

    Bytes above 127 become surrogates, which are written as the bytes that they stand for.
    Raises ``Stop`` at ``\\c``.
    """
    parts, at = [], 0
    for found in ESCAPE.finditer(text):
        parts.append(text[at : found.start()])
        at = found.end()
        what = found.group(1)
        if what == "c":
            raise Stop("".join(parts))
        if what[0] == "x" and len(what) > 1:
            parts.append(_byte(int(what[1:], 16)))
        elif what[0] in "01234567":
            digits = what if what[0] == "0" and zero_octal else what[:3]
            parts.append(_byte(int(digits, 8) & 255))
            at -= len(what) - len(digits)
        else:
            parts.append(SIMPLE.get(what, "\\" + what))
    return "".join(parts) + text[at:]


def _byte(value: int) -> str:
    return bytes([value]).decode("utf-8", "surrogateescape")
