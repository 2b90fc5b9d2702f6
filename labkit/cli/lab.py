"""``labkit lab``: the documented lab from start to clean-up, shown as it happens."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
from argparse import Namespace
from pathlib import Path

from labkit.cli.console import Console
from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.wishes import add_wishes, wishes_of
from labkit.cluster.base import MULTI_NODE, Cluster, Started
from labkit.cluster.registry import Choice
from labkit.errors import ClusterError, CommandFailed, LabError, LabkitError, UsageError
from labkit.lab.files import VARIANTS, unwritable
from labkit.lab.record import as_json
from labkit.lab.run import LabRun, Surroundings, manifests_folder
from labkit.words import Words

MOST_REQUESTS = 100_000
INTERRUPTED = 130


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "lab",
        (
            "labkit lab",
            "labkit lab --requests 1000 --seed 7",
            "labkit lab --manifests seed --keep",
            "labkit lab --backend kind",
            "labkit lab --context minikube",
            "labkit lab --json lab.json",
        ),
    )
    add_wishes(made)
    made.option("--requests", key="cli.lab.requests", type=int, default=200, metavar="N")
    made.option("--seed", key="cli.lab.seed", type=int, metavar="N")
    made.option("--manifests", key="cli.lab.manifests", choices=VARIANTS, default="fixed")
    made.flag("--keep", "cli.lab.keep")
    made.flag("--replace", "cli.lab.replace")
    made.option("--json", key="cli.lab.json", metavar="FILE", default="")
    return made


def run(options: Namespace, context: Context) -> int:
    """The lab; exit status 0 only if it did what it says."""
    if not 1 <= options.requests <= MOST_REQUESTS:
        raise UsageError(context.words("lab.requests", n=options.requests, most=MOST_REQUESTS))
    check_writable(options.json, context.words)
    context.console.quiet = options.json == "-"
    with contextlib.suppress(ValueError):  # not in the main thread: nobody sends it there
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    return LabCommand(options, context).run()


def check_writable(name: str, words: Words) -> None:
    """``LabError`` now, not after the lab, for a record that could not be written."""
    path = Path(name)
    if name in ("", "-") or os.access(path if path.exists() else path.parent, os.W_OK):
        return
    number = errno.EACCES if path.parent.is_dir() else errno.ENOENT
    raise unwritable(path, OSError(number, os.strerror(number)), words)


def surroundings(cluster: Cluster) -> Surroundings:
    """What the lab must know of the cluster around it."""
    return Surroundings(2 if MULTI_NODE in cluster.capabilities else 1, cluster.labels)


class Teller:
    """Shows the lab on a console, as a terminal would have shown it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def heading(self, text: str) -> None:
        self._console.print()
        self._console.print(text, "bold")

    def command(self, text: str) -> None:
        self._console.print(f"$ {text}", "cyan")

    def output(self, text: str) -> None:
        self._console.print(text)

    def note(self, text: str) -> None:
        self._console.print(text, "dim")

    def progress(self, text: str) -> None:
        self._console.progress(text)


class LabCommand:
    """One run: the cluster before and after, the steps between, the record in the end."""

    def __init__(self, options: Namespace, context: Context) -> None:
        self._options = options
        self._context = context
        self._words = context.words
        self._teller = Teller(context.console)
        self._built = False

    def run(self) -> int:
        began = self._context.clock.monotonic()
        choice = self._context.choose(self._options.backend, wishes_of(self._options))
        kubectl = self._context.kubectl(choice.cluster)
        started = choice.cluster.up(self._teller.progress, seed=self._options.seed)
        lab = LabRun(
            kubectl.inside(manifests_folder(self._options.manifests)),
            self._teller,
            self._context.clock,
            self._words,
            self._options.requests,
            surroundings(choice.cluster),
        )
        error: LabkitError | None = None
        try:
            self._introduce(choice, started)
            self._steps(lab)
        except LabkitError as caught:
            error = self._explained(caught, choice.cluster)
            self._recover(lab, choice.cluster)
        except KeyboardInterrupt:
            self._context.console.warn(self._words("lab.interrupted"))
            self._recover(lab, choice.cluster)
            self._leave(choice.cluster, started)
            return INTERRUPTED
        except BrokenPipeError:  # whoever read our output has gone (``| head``)
            self._context.console.quiet = True
            self._recover(lab, choice.cluster)
            self._leave(choice.cluster, started)
            raise
        self._leave(choice.cluster, started)
        seconds = self._context.clock.monotonic() - began
        self._write(lab, choice.cluster, seconds, error)
        if error is not None:
            raise error
        self._teller.note(self._words("lab.seconds", seconds=seconds))
        return 0

    def _introduce(self, choice: Choice, started: Started) -> None:
        words, cluster = self._words, choice.cluster
        console = self._context.console
        console.print(words("lab.title", cluster=cluster.describe()), "bold")
        for one in choice.passed_over:
            self._teller.note(words("lab.passed_over", name=one.name, reason=one.reason))
        self._teller.note(cluster.differs())
        for note in started.notes:
            self._teller.note(note)
        if started.found or started.recovered:
            self._teller.note(words("lab.found" if started.found else "lab.recovered"))
        which = self._options.manifests
        folder = manifests_folder(which)
        self._teller.note(words("lab.folder", folder=folder))
        self._teller.note(words(f"lab.variant.{which}"))

    def _steps(self, lab: LabRun) -> None:
        if self._options.replace:
            lab.remove_leftovers()
        lab.refuse_leftovers()
        self._built = True
        places = lab.build()
        lab.conclude(lab.measure(places))
        if not self._options.keep:
            lab.clean_up()
            self._built = False

    def _explained(self, error: LabkitError, cluster: Cluster) -> LabkitError:
        """A command that failed because the cluster has died says so instead."""
        if isinstance(error, (CommandFailed, LabError)) and not cluster.status().running:
            return ClusterError(self._words("cluster.gone"), self._words("cluster.gone.fix"))
        return error

    def _recover(self, lab: LabRun, cluster: Cluster) -> None:
        """After a failure: remove what was built, as far as the cluster still answers."""
        if not self._built or self._options.keep or not cluster.status().running:
            return
        try:
            lab.remove_leftovers()
            self._built = False
        except LabkitError as error:
            self._context.console.warn(str(error))

    def _leave(self, cluster: Cluster, started: Started) -> None:
        """Stop the cluster if this run started it; one that died keeps its objects for ``up``."""
        words = self._words
        if self._options.keep:
            self._teller.note(words("lab.kept"))
        elif started.found or started.recovered:
            self._teller.note(words("lab.left"))
        elif cluster.status().running:
            cluster.down()
            self._teller.note(words("lab.removed"))

    def _write(
        self, lab: LabRun, cluster: Cluster, seconds: float, error: LabkitError | None
    ) -> None:
        """The record as JSON, for a failed lab too."""
        if not self._options.json:
            return
        record = as_json(
            lab.record,
            backend=cluster.name,
            manifests=self._options.manifests,
            requests=self._options.requests,
            seconds=seconds,
            error=str(error) if error is not None else "",
        )
        if self._options.json == "-":
            self._context.console.json(record)
            return
        path = Path(self._options.json)
        try:
            text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
            path.write_text(text, encoding="utf-8")
        except OSError as caught:
            raise unwritable(path, caught, self._words) from caught
