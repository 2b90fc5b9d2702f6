"""Running a parsed script: the shell's state, its commands and redirections."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.signals import terminated
from labkit.embedded.shell import builtins, channels, expand, external
from labkit.embedded.shell.arithmetic import ArithmeticMistake
from labkit.embedded.shell.control import Break, Continue, Exit, Return
from labkit.embedded.shell.nodes import (
    AndOr,
    Case,
    Command,
    For,
    Function,
    Group,
    HereDocument,
    If,
    List,
    Loop,
    Pipeline,
    Redirect,
    Redirected,
    Simple,
    Word,
)
from labkit.embedded.shell.parser import Parser, reading
from labkit.embedded.shell.pipes import piped
from labkit.embedded.shell.reader import ShellSyntaxError
from labkit.embedded.shell.redirection import RedirectionFailed, opened, why_not

SIGPIPE_STATUS = 141


class Shell:
    """One shell: variables, functions, arguments, and the streams it has now.

    ``process`` is the template of everything it runs.  A subshell is a copy.
    """

    def __init__(self, process: Process, name: str = "sh", arguments: list[str] | None = None):
        self.process = process
        self.name = name
        self.arguments = arguments or []
        self.variables = dict(process.env)
        self.exported = set(process.env)
        self.readonly: set[str] = set()
        self.functions: dict[str, Command] = {}
        self.status = 0
        self.errexit = self.nounset = self.xtrace = False
        self.depth = 0
        self.tested = 0
        self.jobs: list[asyncio.Task[int]] = []
        self.last_job = 0
        self.traps: dict[str, str] = {}
        self.scopes: list[dict[str, str | None]] = []
        self.variables["PWD"] = process.workdir
        self.variables["IFS"] = " \t\n"
        self.variables["SHLVL"] = str(_level(process.env.get("SHLVL", "")) + 1)
        self.exported |= {"PWD", "SHLVL"}

    # -- parameters ------------------------------------------------------------------------

    def parameter(self, name: str) -> str | None:
        """The value of ``$name``; None when unset."""
        if name.isdigit():
            if name == "0":
                return self.name
            index = int(name) - 1
            return self.arguments[index] if index < len(self.arguments) else None
        special: dict[str, Callable[[], str]] = {
            "?": lambda: str(self.status),
            "#": lambda: str(len(self.arguments)),
            "$": lambda: "1",
            "!": lambda: str(self.last_job or ""),
            "-": lambda: "",
            "@": lambda: " ".join(self.arguments),
            "*": lambda: " ".join(self.arguments),
        }
        return special[name]() if name in special else self.variables.get(name)

    def assign(self, name: str, value: str) -> None:
        """Set a variable.  Raises ``ExpansionMistake`` for a read-only one."""
        if name in self.readonly:
            raise expand.ExpansionMistake(f"{name}: is read only")
        self.variables[name] = value

    def environment(self) -> dict[str, str]:
        """What programs get to see."""
        return {name: self.variables[name] for name in self.exported if name in self.variables}

    def complain(self, text: str) -> None:
        kit.err(self.process, f"{self.name}: {text}\n")

    def subshell(self, **streams: Any) -> Shell:
        """A copy with other streams."""
        child = Shell(replace(self.process, **streams), self.name, list(self.arguments))
        child.variables = dict(self.variables)
        child.exported = set(self.exported)
        child.readonly = set(self.readonly)
        child.functions = dict(self.functions)
        child.status = self.status
        child.errexit, child.nounset, child.xtrace = self.errexit, self.nounset, self.xtrace
        child.tested = self.tested
        return child

    # -- scripts ---------------------------------------------------------------------------

    async def run_text(self, text: str) -> int:
        """Run a script line by line, as ash reads it: a mistake further down shows up late."""
        parser = Parser(reading(text))
        try:
            while (line := parser.next_line()) is not None:
                await self.run_list(line)
        except ShellSyntaxError as error:
            self.complain(f"syntax error: {error}")
            self.status = 2
            raise Exit(2) from None
        return self.status

    async def run_list(self, commands: List) -> int:
        for item in commands.items:
            if item.background:
                self._background(item)
            else:
                await self.and_or(item)
        return self.status

    def _background(self, item: AndOr) -> None:
        child = self.subshell(stdin=None)
        task = asyncio.ensure_future(child.contained(child.and_or(item)))
        self.jobs.append(task)
        self.last_job = len(self.jobs) + 1
        self.status = 0

    async def contained(self, running: Coroutine[Any, Any, int]) -> int:
        """Run as a shell of its own: ``exit`` ends only this one."""
        try:
            self.status = await running
        except Exit as leaving:
            self.status = leaving.status
        except (Break, Continue, Return):
            pass
        except BrokenPipeError:
            self.status = SIGPIPE_STATUS
        return self.status

    async def and_or(self, item: AndOr) -> int:
        last = len(item.parts) - 1
        for index, (operator, pipeline) in enumerate(item.parts):
            if (operator == "&&" and self.status != 0) or (operator == "||" and self.status == 0):
                continue
            tested = index < last or pipeline.negated
            self.tested += tested
            try:
                await self.pipeline(pipeline)
            finally:
                self.tested -= tested
        return self.status

    async def pipeline(self, pipeline: Pipeline) -> int:
        if len(pipeline.commands) == 1:
            await self.command(pipeline.commands[0])
        else:
            self.status = await piped(self, pipeline.commands)
        if pipeline.negated:
            self.status = int(not self.status)
        elif self.status and self.errexit and not self.tested:
            raise Exit(self.status)
        await self._heed_signals()
        return self.status

    async def _heed_signals(self) -> None:
        """Between two commands: what ``trap ... TERM`` asked for, once, if TERM came."""
        if "TERM" in self.traps and terminated(self.process).is_set():
            action, status = self.traps.pop("TERM"), self.status
            await self.run_text(action)
            self.status = status

    async def capture(self, body: List) -> str:
        """Standard output of ``$(...)``; its status becomes ``$?``."""
        parts: list[bytes] = []
        child = self.subshell(stdout=parts.append)
        self.status = await child.contained(child.run_list(body))
        return b"".join(parts).replace(b"\0", b"").decode("utf-8", "surrogateescape")

    # -- commands --------------------------------------------------------------------------

    async def command(self, command: Command) -> int:
        """Run one command; expansion and redirection mistakes end up as its status."""
        try:
            self.status = await self._dispatch(command)
        except RedirectionFailed as error:
            self.complain(str(error))
            self.status = 1
        except (expand.ExpansionMistake, ArithmeticMistake) as error:
            self.complain(str(error))
            raise Exit(2) from None
        except ShellSyntaxError as error:
            self.complain(f"syntax error: {error}")
            raise Exit(2) from None
        return self.status

    async def _dispatch(self, command: Command) -> int:
        if isinstance(command, Simple):
            return await self.simple(command)
        if isinstance(command, If):
            return await self._if(command)
        if isinstance(command, Loop):
            return await self._loop(command)
        if isinstance(command, For):
            return await self._for(command)
        if isinstance(command, Case):
            return await self._case(command)
        if isinstance(command, Group):
            return await self._group(command)
        if isinstance(command, Function):
            self.functions[command.name] = command.body
            return 0
        return await self._redirected(command)

    async def _redirected(self, command: Redirected) -> int:
        before = self.process
        try:
            await self.redirect(command.redirects)
            return await self.command(command.body)
        finally:
            self.process = replace(before, workdir=self.process.workdir)

    async def _group(self, command: Group) -> int:
        if not command.subshell:
            return await self.run_list(command.body)
        child = self.subshell()
        return await child.contained(child.run_list(command.body))

    async def condition(self, body: List) -> bool:
        """Whether a condition holds; ``set -e`` does not look at it."""
        self.tested += 1
        try:
            return await self.run_list(body) == 0
        finally:
            self.tested -= 1

    async def _if(self, command: If) -> int:
        for condition, body in command.branches:
            if await self.condition(condition):
                return await self.run_list(body)
        if command.otherwise is None:
            return 0
        return await self.run_list(command.otherwise)

    async def _loop(self, command: Loop) -> int:
        status = 0
        self.depth += 1
        try:
            while await self.condition(command.condition) != command.until:
                await asyncio.sleep(0)
                try:
                    status = await self.run_list(command.body)
                except Continue as leaving:
                    status = leaving.outward()
                except Break as leaving:
                    return leaving.outward()
        finally:
            self.depth -= 1
        return status

    async def _for(self, command: For) -> int:
        values = list(self.arguments)
        if command.words is not None:
            values = [text for word in command.words for text in await expand.fields(self, word)]
        status = 0
        self.depth += 1
        try:
            for value in values:
                await asyncio.sleep(0)
                self.assign(command.name, value)
                try:
                    status = await self.run_list(command.body)
                except Continue as leaving:
                    status = leaving.outward()
                except Break as leaving:
                    return leaving.outward()
        finally:
            self.depth -= 1
        return status

    async def _case(self, command: Case) -> int:
        text = await expand.single(self, command.word)
        for words, body in command.branches:
            for word in words:
                if re.fullmatch(await expand.pattern(self, word), text):
                    self.status = 0
                    return await self.run_list(body)
        return 0

    async def simple(self, command: Simple) -> int:
        """Assignments, then a function, a builtin or a program."""
        argv = [text for word in command.words for text in await expand.fields(self, word)]
        substituted = any(_substitutes(word) for _, word in command.assignments)
        values = [(name, await expand.single(self, word)) for name, word in command.assignments]
        if self.xtrace:
            shown = " ".join([f"{name}={value}" for name, value in values] + argv)
            kit.err(self.process, f"+ {shown}\n")
        if not argv:
            for name, value in values:
                self.assign(name, value)
            await self._only_redirects(command.redirects)
            return self.status if substituted or command.words else 0
        before = self.process
        try:
            await self.redirect(command.redirects)
            return await self._call(argv, values)
        finally:
            kept: dict[str, Any] = {"workdir": self.process.workdir}
            if argv == ["exec"]:
                kept.update(
                    stdin=self.process.stdin,
                    stdout=self.process.stdout,
                    stderr=self.process.stderr,
                )
            self.process = replace(before, **kept)

    async def _only_redirects(self, redirects: tuple[Redirect, ...]) -> None:
        before = self.process
        try:
            await self.redirect(redirects)
        finally:
            self.process = before

    async def _call(self, argv: list[str], values: list[tuple[str, str]]) -> int:
        saved = {name: self.variables.get(name) for name, _ in values}
        special = builtins.SPECIAL.get(argv[0])
        if special is not None:
            for name, value in values:
                self.assign(name, value)
            return await special(self, argv)
        try:
            for name, value in values:
                self.assign(name, value)
            if argv[0] in self.functions:
                return await self._function(argv)
            regular = builtins.REGULAR.get(argv[0])
            if regular is not None:
                return await regular(self, argv)
            return await external.program(self, argv, dict(values))
        finally:
            self.restore(saved)

    async def _function(self, argv: list[str]) -> int:
        arguments, self.arguments = self.arguments, argv[1:]
        depth, self.depth = self.depth, 0
        self.scopes.append({})
        try:
            return await self.command(self.functions[argv[0]])
        except Return as leaving:
            return leaving.status
        finally:
            self.arguments, self.depth = arguments, depth
            self.restore(self.scopes.pop())

    def restore(self, saved: dict[str, str | None]) -> None:
        """Put variables back; None means that it was unset."""
        for name, value in saved.items():
            if value is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = value

    # -- redirections ----------------------------------------------------------------------

    async def redirect(self, redirects: tuple[Redirect, ...]) -> None:
        """Put other streams into ``self.process``, from left to right."""
        for item in redirects:
            if isinstance(item.target, HereDocument):
                text = await expand.single(self, item.target.word or Word(()))
                data = text.encode("utf-8", "surrogateescape")
                self.process = replace(self.process, stdin=channels.stream_of(data))
                continue
            target = await expand.single(self, item.target)
            try:
                self.process = replace(self.process, **opened(self.process, item, target))
            except OSError as error:
                raise RedirectionFailed(why_not(item, target, error)) from None


def _level(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _substitutes(word: Word) -> bool:
    return any(hasattr(part, "body") for part in word.parts)
