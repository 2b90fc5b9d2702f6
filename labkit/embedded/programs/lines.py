"""Programs that look at lines: head, tail, wc, sort, uniq, tee."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths
from labkit.embedded.programs.usage import USAGE

Choice = Callable[[list[bytes]], list[bytes]]


def _count(process: Process) -> tuple[int, bool, list[str]]:
    """``-n N``, ``-n +N`` or ``-N``; the operands.  Raises ``UsageMistake``."""
    words, count, from_start = list(process.argv[1:]), 10, False
    names = []
    while words:
        word = words.pop(0)
        if word == "-n" and words:
            word = "-" + words.pop(0)
        elif word.startswith("-n"):
            word = "-" + word[2:]
        if word[:1] == "-" and word[1:].lstrip("+-").isdigit():
            from_start = word[1:2] == "+"
            count = int(word[1:].lstrip("+-"))
        elif word[:1] == "-" and len(word) > 1 and word not in ("-q", "-f", "-v"):
            raise kit.UsageMistake(f"invalid option -- '{word[1]}'")
        elif word[:1] != "-" or word == "-":
            names.append(word)
    return count, from_start, names


async def head(process: Process) -> int:
    """The first lines; reads no more of standard input than it needs."""
    try:
        count, _, names = _count(process)
    except kit.UsageMistake as error:
        kit.err(process, f"head: {error}\n{USAGE['head']}")
        return 1
    if not names and process.stdin is not None:
        while count and (line := await process.stdin.readline()):
            process.stdout(line)
            count -= 1
        return 0
    return await _parts(process, names, lambda lines: lines[:count])


async def tail(process: Process) -> int:
    """The last lines, or with ``+N`` all from line N on."""
    try:
        count, from_start, names = _count(process)
    except kit.UsageMistake as error:
        kit.err(process, f"tail: {error}\n{USAGE['tail']}")
        return 1
    if from_start:
        return await _parts(process, names, lambda lines: lines[max(count - 1, 0) :])
    return await _parts(process, names, lambda lines: lines[-count:] if count else [])


async def _parts(process: Process, names: list[str], choose: Choice) -> int:
    found, status = await kit.inputs(process, names)
    for index, (path, data) in enumerate(found):
        if len(names) > 1:
            kit.out(process, ("\n" if index else "") + f"==> {path} <==\n")
        process.stdout(b"".join(choose(data.splitlines(keepends=True))))
    return status


async def wc(process: Process) -> int:
    """``wc [-lwcm]``."""
    letters = "".join(word[1:] for word in process.argv[1:] if word[:1] == "-" and word != "-")
    names = [word for word in process.argv[1:] if word[:1] != "-" or word == "-"]
    shown = [letter for letter in "lwcm" if letter in (letters or "lwc")]
    found, status = await kit.inputs(process, names)
    rows = []
    for path, data in found:
        text = data.decode("utf-8", "surrogateescape")
        counts = {"l": data.count(b"\n"), "w": len(data.split()), "c": len(data), "m": len(text)}
        rows.append(([counts[letter] for letter in shown], path if names else ""))
    if len(rows) > 1:
        columns = zip(*(row for row, _ in rows), strict=True)
        rows.append(([sum(column) for column in columns], "total"))
    for numbers, path in rows:
        alone = len(numbers) == 1
        text = str(numbers[0]) if alone else " ".join(f"{number:9}" for number in numbers)
        kit.out(process, f"{text} {path}".rstrip() + "\n")
    return status


async def sort(process: Process) -> int:
    """``sort [-nru] [-k N] [-t C]``."""
    try:
        found, names = kit.options(process, "nrufbk:t:o:")
    except kit.UsageMistake as error:
        return kit.complain(process, str(error), 2)
    flags, values = {option for option, _ in found}, dict(found)
    contents, status = await kit.inputs(process, names)
    texts = [data.decode("utf-8", "surrogateescape") for _, data in contents]
    lines = [line for text in texts for line in text.splitlines()]
    key = _sort_key(values, "-n" in flags or "n" in values.get("-k", ""))
    lines.sort(key=key, reverse="-r" in flags)
    if "-u" in flags:
        lines = [next(group) for _, group in groupby(lines, key)]
    kit.out(process, "".join(line + "\n" for line in lines))
    return status


def _sort_key(values: dict[str, str], numeric: bool) -> Callable[[str], tuple[float, bytes]]:
    column = values.get("-k", "").partition(",")[0].rstrip("nr").partition(".")[0]

    def key(line: str) -> tuple[float, bytes]:
        field = line
        if column.isdigit():
            fields = line.split(values["-t"]) if "-t" in values else line.split()
            field = fields[int(column) - 1] if int(column) <= len(fields) else ""
        plain = line.encode("utf-8", "surrogateescape")
        if not numeric:
            return 0.0, field.encode("utf-8", "surrogateescape")
        digits = field.strip().split(" ")[0]
        try:
            return float(digits), plain
        except ValueError:
            return 0.0, plain

    return key


async def uniq(process: Process) -> int:
    """``uniq [-cdu]``."""
    letters = "".join(word[1:] for word in process.argv[1:] if word[:1] == "-" and word != "-")
    names = [word for word in process.argv[1:] if word[:1] != "-"]
    found, status = await kit.inputs(process, names[:1])
    for _, data in found:
        for line, group in groupby(data.splitlines()):
            count = sum(1 for _ in group)
            if ("d" in letters and count < 2) or ("u" in letters and count > 1):
                continue
            front = f"{count:7} ".encode() if "c" in letters else b""
            process.stdout(front + line + b"\n")
    return status


async def tee(process: Process) -> int:
    """``tee [-a] FILE...``."""
    append = "-a" in process.argv
    names = [word for word in process.argv[1:] if word[:1] != "-"]
    for path in names:
        try:
            paths.write(process, path, b"", append=append)
        except OSError as error:
            return kit.complain(process, f"{path}: {paths.why(error)}")
    while process.stdin is not None and (data := await process.stdin.read()):
        process.stdout(data)
        for path in names:
            paths.write(process, path, data, append=True)
    return 0
