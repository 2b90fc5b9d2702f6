"""Programs that look at characters: cut, tr, rev."""

from __future__ import annotations

import re

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.escapes import unescape
from labkit.embedded.programs.usage import USAGE


async def cut(process: Process) -> int:
    """``cut -d SEP -f LIST`` or ``cut -c LIST``."""
    try:
        found, names = kit.options(process, "b:c:f:d:s")
    except kit.UsageMistake as error:
        return kit.complain(process, str(error))
    values = dict(found)
    wanted = values.get("-f") or values.get("-c") or values.get("-b")
    if not wanted:
        kit.err(process, USAGE["cut"])
        return 1
    try:
        ranges = [_range(part) for part in wanted.split(",")]
    except ValueError:
        return kit.complain(process, f"invalid range '{wanted}'")
    contents, status = await kit.inputs(process, names)
    for _, data in contents:
        for line in data.decode("utf-8", "surrogateescape").splitlines():
            text = _cut(line, ranges, values)
            if text is not None:
                kit.out(process, text + "\n")
    return status


def _range(text: str) -> tuple[int, int]:
    """``2``, ``2-4``, ``-3``, ``5-`` as first and last, counted from 1."""
    first, dash, last = text.partition("-")
    if not dash:
        return int(first), int(first)
    return int(first or 1), int(last) if last else 1 << 30


def _cut(line: str, ranges: list[tuple[int, int]], values: dict[str, str]) -> str | None:
    def chosen(at: int) -> bool:
        return any(first <= at <= last for first, last in ranges)

    if "-f" not in values:
        return "".join(char for at, char in enumerate(line, 1) if chosen(at))
    separator = values.get("-d", "\t")
    if separator not in line:
        return None if "-s" in values else line
    parts = line.split(separator)
    return separator.join(part for at, part in enumerate(parts, 1) if chosen(at))


async def tr(process: Process) -> int:
    """``tr [-cds] STRING1 [STRING2]``."""
    try:
        found, words = kit.options(process, "cCds", mixed=False)
    except kit.UsageMistake as error:
        return kit.complain(process, str(error))
    flags = "".join(option[1] for option, _ in found).lower()
    if not words or (len(words) < 2 and "d" not in flags and "s" not in flags):
        kit.err(process, USAGE["tr"])
        return 1
    old = _members(words[0])
    new = _members(words[1]) if len(words) > 1 else ""
    text = (await kit.read_all(process)).decode("utf-8", "surrogateescape")
    kit.out(process, _translated(text, old, new, flags))
    return 0


def _translated(text: str, old: str, new: str, flags: str) -> str:
    def inside(char: str) -> bool:
        return (char in old) != ("c" in flags)

    if "d" in flags:
        text = "".join(char for char in text if not inside(char))
    elif new:
        padded = new + new[-1] * (len(old) - len(new))
        table = {char: padded[at] for at, char in reversed(list(enumerate(old)))}
        if "c" in flags:
            text = "".join(new[-1] if inside(char) else char for char in text)
        else:
            text = "".join(table.get(char, char) for char in text)
    if "s" in flags:
        squeezed = new if new else old
        pattern = "|".join(re.escape(char) for char in dict.fromkeys(squeezed))
        text = re.sub(rf"({pattern})\1+", r"\1", text) if pattern else text
    return text


def _members(text: str) -> str:
    """``a-z``, ``[:upper:]`` and escapes written out."""
    classes = {
        "[:upper:]": "A-Z", "[:lower:]": "a-z", "[:digit:]": "0-9", "[:alpha:]": "A-Za-z",
        "[:alnum:]": "A-Za-z0-9", "[:space:]": " \\t\\n\\r\\v\\f",
    }  # fmt: skip
    for name, members in classes.items():
        text = text.replace(name, members)
    text = unescape(text)
    return re.sub(
        r"(.)-(.)",
        lambda m: "".join(map(chr, range(ord(m.group(1)), ord(m.group(2)) + 1))),
        text,
        flags=re.DOTALL,
    )


async def rev(process: Process) -> int:
    """Each line backwards."""
    contents, status = await kit.inputs(process, process.argv[1:])
    for _, data in contents:
        for line in data.decode("utf-8", "surrogateescape").splitlines():
            kit.out(process, line[::-1] + "\n")
    return status
