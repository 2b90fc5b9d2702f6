"""``printf FORMAT [ARG...]``: the format is used again until the arguments run out."""

from __future__ import annotations

import re

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.escapes import Stop, unescape

DIRECTIVE = re.compile(r"%([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?([diouxXscbeEfgG%])")


async def printf(process: Process) -> int:
    if len(process.argv) < 2:
        kit.err(process, "printf: usage: printf FORMAT [ARG...]\n")
        return 1
    form, arguments = process.argv[1], list(process.argv[2:])
    run = _Run(process, arguments)
    try:
        run.once(form)
        while run.arguments and run.used:
            run.used = False
            run.once(form)
    except Stop as stopped:
        run.parts.append(stopped.text)
    kit.out(process, "".join(run.parts))
    return run.status


class _Run:
    """What is left of the arguments, and what was written."""

    def __init__(self, process: Process, arguments: list[str]) -> None:
        self.process = process
        self.arguments = arguments
        self.parts: list[str] = []
        self.status = 0
        self.used = False

    def take(self, default: str = "") -> str:
        self.used = True
        return self.arguments.pop(0) if self.arguments else default

    def once(self, form: str) -> None:
        at = 0
        for found in DIRECTIVE.finditer(form):
            self.parts.append(unescape(form[at : found.start()]))
            at = found.end()
            self.parts.append(self.one(found))
        self.parts.append(unescape(form[at:]))

    def one(self, found: re.Match[str]) -> str:
        flags, width, precision, kind = found.groups()
        if kind == "%":
            return "%"
        width = self.take("0") if width == "*" else width or ""
        precision = self.take("0") if precision == "*" else precision
        spec = "%" + flags + width + (f".{precision}" if precision is not None else "")
        if kind == "s":
            return str((spec + "s") % self.take())
        if kind == "b":
            return str((spec + "s") % unescape(self.take(), zero_octal=True))
        if kind == "c":
            return str((spec + "s") % self.take()[:1])
        if kind in "diouxX":
            return str((spec + {"i": "d", "u": "d"}.get(kind, kind)) % int(self.number(int)))
        return str((spec + kind) % self.number(float))

    def number(self, kind: type) -> float:
        text = self.take("0") or "0"
        if text[:1] in "'\"":
            return ord(text[1:2] or "\0")
        try:
            return int(text, 0) if kind is int else float(text)
        except ValueError:
            pass
        try:
            return int(text, 8)
        except ValueError:
            self.status = 1
            kit.err(self.process, f"printf: invalid number '{text}'\n")
            found = re.match(r"[+-]?\d+", text)
            return int(found.group()) if found else 0
