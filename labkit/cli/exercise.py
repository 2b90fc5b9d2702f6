"""``labkit exercise``: an exercise in a terminal; it is checked whenever its file is saved."""

from __future__ import annotations

import contextlib
import select
import sys
from argparse import Namespace
from pathlib import Path
from shutil import get_terminal_size
from threading import Event

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.writing import unwritable
from labkit.grading import catalog, verbs
from labkit.grading.learner import Learner
from labkit.grading.overview import Overview
from labkit.grading.watching import ExerciseFile, first_open, following
from labkit.words import LINE, Words, by_words

POLL = 0.3


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "exercise",
        ("labkit exercise", "labkit exercise 05.1", "labkit exercise 05.1 --once"),
    )
    made.option("id", key="grade.exercise.id", nargs="?", metavar="ID", default="")
    folder = "exercises-labkit"
    made.option("--folder", key="grade.exercise.folder", metavar="FOLDER", default=folder)
    made.flag("--once", "grade.exercise.once")
    made.flag("--hint", "grade.exercise.hint")
    made.flag("--list", "grade.exercise.list")
    return made


def run(options: Namespace, context: Context) -> int:
    """Watch, or do the one thing that was asked for."""
    learner = verbs.learner(context.words.language)
    if options.list:
        context.console.text(Overview(tuple(learner.rows()), context.words).text())
        return 0
    name = options.id or first_open(learner)
    if not name:
        context.console.print(context.words("grade.watch.all"))
        return 0
    found = catalog.find(name, context.words)
    if options.hint:
        context.console.print(by_words(learner.hint(found.id)))
        return 0
    file = ExerciseFile(found, Path(options.folder), context.words)
    try:
        file.ensure()
        if options.once:
            status, said = file.check()
            context.console.print(said)
            return status
        return Watch(file, learner, context).run()
    except OSError as error:
        raise unwritable(Path(error.filename or file.path), error, context.words) from error


class Watch:
    """The loop: a saved file is checked, a key is obeyed."""

    def __init__(self, file: ExerciseFile, learner: Learner, context: Context) -> None:
        self._learner = learner
        self._context = context
        self._words = context.words
        self._console = context.console
        self._open(file)

    def _open(self, file: ExerciseFile) -> None:
        file.ensure()
        self._file = file
        self._seen = self._stamp()
        self._console.print()
        self._console.print(self._words("grade.watch.file", file=file.path), "bold")
        self._check()

    def run(self) -> int:
        """Until ``q``, the end of the input, or Ctrl-C."""
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                key = self._key()
                if key in ("q", "\x04"):
                    break
                if key:
                    self._obey(key)
                elif self._stamp() != self._seen:
                    self._seen = self._stamp()
                    told = self._words("grade.watch.saved", id=self._file.exercise.id)
                    self._console.print(told, "dim")
                    self._check()
        return 0

    def _stamp(self) -> tuple[int, int]:
        try:
            state = self._file.path.stat()
        except OSError:
            return (0, 0)
        return (state.st_mtime_ns, state.st_size)

    def _key(self) -> str:
        """A line typed meanwhile ("" for none, Ctrl-D at the end of the input)."""
        if sys.platform == "win32":
            Event().wait(POLL)  # no select on a console there: only saving is watched
            return ""
        ready, _, _ = select.select([sys.stdin], [], [], POLL)
        if not ready:
            return ""
        line = sys.stdin.readline()
        return line.strip().lower()[:1] or "c" if line else "\x04"

    def _check(self) -> None:
        _, said = self._file.check()
        self._say(said)
        self._console.print(self._words("grade.watch.keys"), "dim")

    def _say(self, text: str) -> None:
        self._console.print(by_words(text, min(LINE, get_terminal_size().columns)))

    def _obey(self, key: str) -> None:
        name = self._file.exercise.id
        if key == "c":
            self._check()
        elif key == "h":
            self._say(self._learner.hint(name))
        elif key == "s":
            self._console.print(self._learner.solution(name))
        elif key == "n":
            other = catalog.exercises()[following(name)]
            self._open(ExerciseFile(other, self._file.folder, self._words))
        elif key == "r":
            kept = self._file.start_anew()
            self._learner.reset(name)
            how = "grade.watch.reset" if kept else "grade.watch.anew"
            told = self._words(how, file=self._file.path, kept=kept.name if kept else "")
            self._console.print(told)
            self._seen = self._stamp()
        else:
            self._console.print(self._words("grade.watch.unknown", typed=key))
