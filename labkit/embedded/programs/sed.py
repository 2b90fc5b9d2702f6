"""``sed [-nEi] [-e] SCRIPT [FILE...]``: s, p, d, q, = with line and pattern addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths
from labkit.embedded.programs.grep import translated

ADDRESS = re.compile(r"\s*(\d+|\$|/((?:[^/\\]|\\.)*)/)")


class Mistake(Exception):
    """The script cannot be read; the text is what busybox says."""


@dataclass(slots=True)
class Command:
    """One command with its addresses; ``inside`` remembers an open range."""

    addresses: list[str | re.Pattern[str]]
    negated: bool
    letter: str
    pattern: re.Pattern[str] | None = None
    replacement: str = ""
    flags: str = ""
    inside: bool = False

    def applies(self, text: str, number: int, last: bool) -> bool:
        """Whether the line is addressed."""
        return self._addressed(text, number, last) != self.negated

    def _addressed(self, text: str, number: int, last: bool) -> bool:
        if not self.addresses:
            return True
        if len(self.addresses) == 1:
            return _hits(self.addresses[0], text, number, last)
        if self.inside:
            self.inside = not _hits(self.addresses[1], text, number, last)
            return True
        if not _hits(self.addresses[0], text, number, last):
            return False
        end = self.addresses[1]
        self.inside = not (isinstance(end, str) and end != "$" and int(end) <= number)
        return True


def _hits(address: str | re.Pattern[str], text: str, number: int, last: bool) -> bool:
    if isinstance(address, re.Pattern):
        return address.search(text) is not None
    return last if address == "$" else int(address) == number


async def sed(process: Process) -> int:
    """0, or 1 for a script or a file that cannot be read."""
    try:
        found, words = kit.options(process, "nErie:", mixed=True)
        flags = {option for option, _ in found}
        scripts = [value for option, value in found if option == "-e"]
        scripts = scripts or [words.pop(0)]
        extended = bool(flags & {"-E", "-r"})
        commands = [one for text in scripts for one in _commands(text, extended)]
    except (kit.UsageMistake, Mistake, re.error) as error:
        return kit.complain(process, str(error))
    except IndexError:
        return kit.complain(process, "no script")
    contents, status = await kit.inputs(process, words)
    for path, data in contents:
        text = _edited(data.decode("utf-8", "surrogateescape"), commands, "-n" in flags)
        if "-i" in flags and path != "-":
            paths.write(process, path, text.encode("utf-8", "surrogateescape"))
        else:
            kit.out(process, text)
    return status


def _commands(text: str, extended: bool) -> list[Command]:
    commands = []
    while text := text.lstrip("; \n\t"):
        command, text = _command(text, extended)
        commands.append(command)
    return commands


def _command(text: str, extended: bool) -> tuple[Command, str]:
    addresses: list[str | re.Pattern[str]] = []
    while found := ADDRESS.match(text):
        inside = found.group(2)
        plain = inside is None
        address = found.group(1) if plain else re.compile(translated(inside, extended=extended))
        addresses.append(address)
        text = text[found.end() :]
        if not text.startswith(","):
            break
        text = text[1:]
    text = text.lstrip()
    negated = text.startswith("!")
    text = text.removeprefix("!").lstrip()
    letter, rest = text[:1], text[1:]
    if letter == "s":
        return _substitution(addresses, negated, rest, extended)
    if letter not in "pdq=" or not letter:
        raise Mistake(f"unsupported command {letter}")
    return Command(addresses, negated, letter), rest


def _substitution(
    addresses: list[str | re.Pattern[str]], negated: bool, rest: str, extended: bool
) -> tuple[Command, str]:
    mark = rest[:1]
    parts = re.match(rf"((?:[^{re.escape(mark)}\\]|\\.)*)", rest[1:], re.DOTALL) if mark else None
    pieces = re.split(rf"(?<!\\){re.escape(mark)}", rest[1:], maxsplit=2) if mark else []
    if parts is None or len(pieces) < 3:
        raise Mistake("unmatched '" + (mark or "s") + "'")
    flags = re.match(r"[gpIi0-9]*", pieces[2])
    assert flags is not None
    body = pieces[0].replace("\\" + mark, mark)
    options = re.IGNORECASE if set(flags.group()) & {"I", "i"} else 0
    pattern = re.compile(translated(body, extended=extended), options)
    replacement = pieces[1].replace("\\" + mark, mark)
    command = Command(addresses, negated, "s", pattern, replacement, flags.group())
    return command, pieces[2][flags.end() :]


def _replaced(found: re.Match[str], replacement: str) -> str:
    """``&`` is the whole match, ``\\1`` a group."""

    def one(piece: re.Match[str]) -> str:
        text = piece.group()
        if text == "&":
            return found.group()
        if text[1].isdigit():
            return found.group(int(text[1])) or ""
        return {"n": "\n", "t": "\t"}.get(text[1], text[1])

    return re.sub(r"\\.|&", one, replacement)


def _edited(text: str, commands: list[Command], quiet: bool) -> str:
    lines = text.splitlines()
    shown: list[str] = []
    for number, line in enumerate(lines, 1):
        keep, stop = True, False
        for command in commands:
            if not command.applies(line, number, number == len(lines)):
                continue
            if command.letter == "d":
                keep = False
                break
            line, stop = _applied(command, line, number, shown)
            if stop:
                break
        if keep and not quiet:
            shown.append(line)
        if stop:
            break
    return "".join(line + "\n" for line in shown)


def _applied(command: Command, line: str, number: int, shown: list[str]) -> tuple[str, bool]:
    """The line after a command, and whether it is the last one."""
    if command.letter == "p":
        shown.append(line)
    elif command.letter == "=":
        shown.append(str(number))
    elif command.pattern is not None:
        count = 0 if "g" in command.flags else 1
        replacement = command.replacement
        new, hits = command.pattern.subn(lambda m: _replaced(m, replacement), line, count=count)
        if hits and "p" in command.flags:
            shown.append(new)
        line = new
    return line, command.letter == "q"
