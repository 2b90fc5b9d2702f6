"""Commands that must run inside the shell itself, because they change it."""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from labkit.embedded.programs import kit, paths
from labkit.embedded.programs.signals import terminated
from labkit.embedded.shell import external
from labkit.embedded.shell.control import Break, Continue, Exit, Return

if TYPE_CHECKING:
    from labkit.embedded.shell.interpreter import Shell

Builtin = Callable[["Shell", list[str]], Awaitable[int]]
NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)


async def colon(shell: Shell, argv: list[str]) -> int:
    return 0


async def false(shell: Shell, argv: list[str]) -> int:
    return 1


def _status(shell: Shell, argv: list[str]) -> int:
    if len(argv) == 1:
        return shell.status
    if not argv[1].isdigit():
        shell.complain(f"{argv[0]}: Illegal number: {argv[1]}")
        return 2
    return int(argv[1]) & 255


async def leave(shell: Shell, argv: list[str]) -> int:
    raise Exit(_status(shell, argv), asked=True)


async def return_(shell: Shell, argv: list[str]) -> int:
    raise Return(_status(shell, argv))


async def break_(shell: Shell, argv: list[str]) -> int:
    if shell.depth:
        raise Break(min(int(argv[1]) if len(argv) > 1 else 1, shell.depth))
    return 0


async def continue_(shell: Shell, argv: list[str]) -> int:
    if shell.depth:
        raise Continue(min(int(argv[1]) if len(argv) > 1 else 1, shell.depth))
    return 0


async def export(shell: Shell, argv: list[str]) -> int:
    words = argv[1:]
    if not words or words == ["-p"]:
        for name in sorted(shell.exported & set(shell.variables)):
            kit.out(shell.process, f"export {name}={quoted(shell.variables[name])}\n")
        return 0
    for word in words:
        name, equals, value = word.partition("=")
        if not NAME.match(name):
            shell.complain(f"{argv[0]}: {word}: bad variable name")
            raise Exit(2)
        if equals:
            shell.assign(name, value)
        shell.exported.add(name)
    return 0


async def readonly(shell: Shell, argv: list[str]) -> int:
    for word in argv[1:]:
        name, equals, value = word.partition("=")
        if equals:
            shell.assign(name, value)
        shell.readonly.add(name)
    return 0


async def unset(shell: Shell, argv: list[str]) -> int:
    for name in argv[1:]:
        if name == "-f":
            continue
        if name in shell.readonly:
            shell.complain(f"unset: {name}: is read only")
            return 2
        shell.variables.pop(name, None)
        shell.exported.discard(name)
        if "-f" in argv:
            shell.functions.pop(name, None)
    return 0


async def set_(shell: Shell, argv: list[str]) -> int:
    words = argv[1:]
    if not words:
        for name in sorted(shell.variables):
            kit.out(shell.process, f"{name}={quoted(shell.variables[name])}\n")
        return 0
    while words and words[0][:1] in "+-" and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            shell.arguments = words
            return 0
        if word in ("-o", "+o"):
            words = words[1:]
            continue
        _switch(shell, word)
    if words:
        shell.arguments = words
    return 0


def _switch(shell: Shell, word: str) -> None:
    on = word[0] == "-"
    for letter in word[1:]:
        if letter == "e":
            shell.errexit = on
        elif letter == "u":
            shell.nounset = on
        elif letter == "x":
            shell.xtrace = on


async def shift(shell: Shell, argv: list[str]) -> int:
    count = int(argv[1]) if len(argv) > 1 and argv[1].isdigit() else 1
    if count > len(shell.arguments):
        return 1
    shell.arguments = shell.arguments[count:]
    return 0


async def eval_(shell: Shell, argv: list[str]) -> int:
    shell.status = 0
    return await shell.run_text(" ".join(argv[1:]))


async def source(shell: Shell, argv: list[str]) -> int:
    try:
        data = paths.read(shell.process, argv[1])
    except (OSError, IndexError):
        shell.complain(f".: can't open '{argv[1] if len(argv) > 1 else ''}'")
        raise Exit(2) from None
    try:
        return await shell.run_text(data.decode("utf-8", "surrogateescape"))
    except Return as leaving:
        return leaving.status


async def exec_(shell: Shell, argv: list[str]) -> int:
    if len(argv) == 1:
        return 0
    raise Exit(await external.program(shell, argv[1:], {}), asked=True)


async def trap(shell: Shell, argv: list[str]) -> int:
    """What to run at ``EXIT``, or when ``TERM`` comes; other signals never come."""
    for word in argv[2:]:
        name = {"0": "EXIT", "15": "TERM", "SIGTERM": "TERM"}.get(word, word)
        shell.traps.pop(name, None)
        if argv[1] != "-":
            shell.traps[name] = argv[1]
    return 0


async def cd(shell: Shell, argv: list[str]) -> int:
    target = argv[1] if len(argv) > 1 else shell.variables.get("HOME", "/")
    back = target == "-"
    target = shell.variables.get("OLDPWD", "") if back else target
    where = paths.absolute(shell.process, target)
    if not paths.is_dir(shell.process.files, where):
        shell.complain(f"cd: can't cd to {target}: No such file or directory")
        return 2
    shell.variables["OLDPWD"] = shell.process.workdir
    shell.process.workdir = shell.variables["PWD"] = where
    if back:
        kit.out(shell.process, where + "\n")
    return 0


async def pwd(shell: Shell, argv: list[str]) -> int:
    kit.out(shell.process, posixpath.normpath(shell.process.workdir) + "\n")
    return 0


async def read(shell: Shell, argv: list[str]) -> int:
    """One line into variables, split at IFS; without ``-r`` a backslash joins and quotes."""
    words = argv[1:]
    raw = False
    while words and words[0].startswith("-"):
        option = words.pop(0)
        raw = raw or "r" in option
        if option == "-p" and words:
            kit.err(shell.process, words.pop(0))
    stdin = shell.process.stdin
    line = await stdin.readline() if stdin is not None else b""
    ended = line.endswith(b"\n")
    text = line.rstrip(b"\n").decode("utf-8", "surrogateescape")
    while not raw and text.endswith("\\") and ended and stdin is not None:
        line = await stdin.readline()
        ended = line.endswith(b"\n")
        text = text[:-1] + line.rstrip(b"\n").decode("utf-8", "surrogateescape")
    if not raw:
        text = re.sub(r"\\(.)", r"\1", text)
    for name, value in _shared(text, words or ["REPLY"], shell.variables.get("IFS", " \t\n")):
        shell.assign(name, value)
    return 0 if ended else 1


def _shared(text: str, names: list[str], separators: str) -> list[tuple[str, str]]:
    """Fields to names; the last name takes the rest of the line."""
    blank = "".join(char for char in separators if char in " \t\n")
    rest = text.strip(blank) if blank else text
    found = []
    for name in names[:-1]:
        at = next((i for i, char in enumerate(rest) if char in separators), len(rest))
        field, rest = rest[:at], rest[at:]
        rest = rest.lstrip(blank)
        if rest and rest[0] in separators:
            rest = rest[1:].lstrip(blank)
        found.append((name, field))
    return [*found, (names[-1], rest)]


async def wait(shell: Shell, argv: list[str]) -> int:
    """Until all jobs are done, or TERM came and somebody wants to hear of it."""
    jobs = set(shell.jobs)
    if "TERM" in shell.traps:
        alarm = asyncio.ensure_future(terminated(shell.process).wait())
        while not alarm.done() and not all(job.done() for job in jobs):
            running = {job for job in jobs if not job.done()}
            await asyncio.wait([alarm, *running], return_when=asyncio.FIRST_COMPLETED)
        if not alarm.cancel():
            return 143
    statuses = await asyncio.gather(*shell.jobs)
    shell.jobs.clear()
    return statuses[-1] if statuses and len(argv) > 1 else 0


async def command(shell: Shell, argv: list[str]) -> int:
    """``command -v name`` says where it is; ``command name`` runs it."""
    if len(argv) > 2 and argv[1] in ("-v", "-V"):
        return _where(shell, argv[2])
    words = argv[1:]
    if not words:
        return 0
    builtin = SPECIAL.get(words[0]) or REGULAR.get(words[0])
    return await (builtin(shell, words) if builtin else external.program(shell, words, {}))


def _where(shell: Shell, name: str) -> int:
    if name in shell.functions or _is_builtin(name):
        kit.out(shell.process, name + "\n")
        return 0
    if kit.find(shell.process.programs, name) is None:
        return 127
    kit.out(shell.process, (name if "/" in name else f"/bin/{name}") + "\n")
    return 0


def _is_builtin(name: str) -> bool:
    return name in SPECIAL or name in REGULAR or name in external.APPLETS


async def type_(shell: Shell, argv: list[str]) -> int:
    status = 0
    for name in argv[1:]:
        if name in shell.functions:
            kit.out(shell.process, f"{name} is a function\n")
        elif _is_builtin(name):
            kit.out(shell.process, f"{name} is a shell builtin\n")
        elif kit.find(shell.process.programs, name) is not None:
            kit.out(shell.process, f"{name} is /bin/{name}\n")
        else:
            kit.out(shell.process, f"{name}: not found\n")
            status = 127
    return status


async def local(shell: Shell, argv: list[str]) -> int:
    """A variable that gets its old value back when the function ends."""
    if not shell.scopes:
        shell.complain("local: not in a function")
        return 1
    for word in argv[1:]:
        name, equals, value = word.partition("=")
        shell.scopes[-1].setdefault(name, shell.variables.get(name))
        if equals:
            shell.assign(name, value)
    return 0


def quoted(value: str) -> str:
    """As ash prints a value: in single quotes."""
    return "'" + value.replace("'", "'\"'\"'") + "'"


SPECIAL: dict[str, Builtin] = {
    ":": colon, "exit": leave, "return": return_, "break": break_, "continue": continue_,
    "export": export, "readonly": readonly, "unset": unset, "set": set_, "shift": shift,
    "eval": eval_, ".": source, "source": source, "exec": exec_, "trap": trap,
}  # fmt: skip
"""POSIX's special built-ins: assignments in front of them stay."""

REGULAR: dict[str, Builtin] = {
    "cd": cd, "pwd": pwd, "read": read, "wait": wait, "command": command, "type": type_,
    "local": local, "true": colon, "false": false,
}  # fmt: skip
