"""``echo [-neE] [ARG...]`` as busybox has it."""

from __future__ import annotations

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.escapes import Stop, unescape


async def echo(process: Process) -> int:
    words = list(process.argv[1:])
    newline, escapes = True, False
    while words and words[0][:1] == "-" and len(words[0]) > 1 and set(words[0][1:]) <= set("neE"):
        for letter in words.pop(0)[1:]:
            if letter == "n":
                newline = False
            else:
                escapes = letter == "e"
    text = " ".join(words)
    if escapes:
        try:
            text = unescape(text, zero_octal=True)
        except Stop as stopped:
            kit.out(process, stopped.text)
            return 0
    kit.out(process, text + ("\n" if newline else ""))
    return 0
