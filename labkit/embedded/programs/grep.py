"""``grep``: basic patterns are translated, extended ones are nearly Python's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths
from labkit.embedded.programs.usage import USAGE

NAMED = {
    "[:digit:]": "0-9", "[:alpha:]": "A-Za-z", "[:alnum:]": "A-Za-z0-9", "[:upper:]": "A-Z",
    "[:lower:]": "a-z", "[:space:]": r"\s", "[:punct:]": r"!-/:-@\[-`{-~",
    "[:xdigit:]": "0-9A-Fa-f",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """Flags of one call."""

    flags: frozenset[str]
    expression: re.Pattern[str]
    most: int
    several: bool


async def grep(process: Process) -> int:
    """0 when a line was chosen, 1 when none, 2 for a mistake."""
    try:
        found, words = kit.options(process, "HhnlLoqvsrRiwFExce:m:")
        patterns = [value for option, value in found if option == "-e"]
        if not patterns:
            patterns = [words.pop(0)]
    except (kit.UsageMistake, IndexError) as error:
        said = f"grep: {error}\n" if isinstance(error, kit.UsageMistake) else ""
        kit.err(process, said + USAGE["grep"])
        return 2
    flags = frozenset(option[1] for option, _ in found)
    flags |= {"egrep": {"E"}, "fgrep": {"F"}}.get(kit.name(process), set())
    try:
        expression = _expression(patterns, flags)
    except re.error:
        return kit.complain(process, f"bad regex '{patterns[0]}'", 2)
    most = int(dict(found).get("-m") or 0)
    if flags & {"r", "R"}:
        words = _files(process, words or ["."])
    contents, status = await kit.inputs(process, words)
    several = (len(words) > 1 or bool(flags & {"r", "R", "H"})) and "h" not in flags
    wish = Wish(flags, expression, most, several)
    hits = [_one(process, wish, path, data) for path, data in contents]
    return 0 if any(hits) else 2 if status else 1


def _files(process: Process, words: list[str]) -> list[str]:
    found = []
    for word in words:
        where = paths.absolute(process, word)
        if paths.is_dir(process.files, where):
            names = (name for name in paths.below(process.files, where) if not name.endswith("/"))
            found += [word.rstrip("/") + name[len(where.rstrip("/")) :] for name in names]
        else:
            found.append(word)
    return found


def _expression(patterns: list[str], flags: frozenset[str]) -> re.Pattern[str]:
    if "F" in flags:
        parts = [re.escape(one) for pattern in patterns for one in pattern.split("\n")]
    else:
        parts = [
            translated(one, extended="E" in flags)
            for pattern in patterns
            for one in pattern.split("\n")
        ]
    body = "|".join(f"(?:{part})" for part in parts)
    if "w" in flags:
        body = rf"(?<!\w)(?:{body})(?!\w)"
    if "x" in flags:
        body = rf"\A(?:{body})\Z"
    return re.compile(body, re.IGNORECASE if "i" in flags else 0)


def translated(pattern: str, *, extended: bool) -> str:
    """A POSIX expression as Python's; in basic ones ``\\(`` groups and ``(`` is plain."""
    for name, members in NAMED.items():
        pattern = pattern.replace(name, members)
    if extended:
        return pattern
    result, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            following = pattern[at + 1]
            result.append(following if following in "(){}|+?" else "\\" + following)
            at += 2
            continue
        if char == "[":
            end = pattern.find("]", at + 2)
            end = len(pattern) - 1 if end < 0 else end
            result.append(pattern[at : end + 1])
            at = end + 1
            continue
        plain = char in "(){}|+?" or (char == "*" and at == 0)
        result.append("\\" + char if plain else char)
        at += 1
    return "".join(result)


def _one(process: Process, wish: Wish, path: str, data: bytes) -> bool:
    """Look through one input and print what is wanted of it."""
    flags, count = wish.flags, 0
    shown = "(standard input)" if path == "-" else path
    for number, raw in enumerate(data.decode("utf-8", "surrogateescape").splitlines(), 1):
        if (wish.expression.search(raw) is None) != ("v" in flags):
            continue
        count += 1
        if "q" in flags:
            return True
        if not flags & {"c", "l", "L"}:
            front = (f"{shown}:" if wish.several else "") + (f"{number}:" if "n" in flags else "")
            texts = wish.expression.findall(raw) if "o" in flags else [raw]
            texts = [m.group() for m in wish.expression.finditer(raw)] if "o" in flags else texts
            kit.out(process, "".join(f"{front}{text}\n" for text in texts))
        if wish.most and count >= wish.most:
            break
    if "c" in flags:
        kit.out(process, (f"{shown}:" if wish.several else "") + f"{count}\n")
    if ("l" in flags and count) or ("L" in flags and not count):
        kit.out(process, f"{shown}\n")
    return count > 0
