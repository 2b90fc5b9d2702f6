"""Making a kind cluster: named steps in order, each with its time limit."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from labkit.cluster import base
from labkit.cluster.kind import commands, images
from labkit.cluster.kind.config import NAME, Plan, config_text
from labkit.cluster.kind.engine import Engine
from labkit.cluster.kind.record import read_identities
from labkit.cluster.runner import Done, Runner
from labkit.errors import ClusterError, CommandFailed
from labkit.words import Words

STEP_MARKS = ("•", "✓", "✗")


class Making:
    """One start of a cluster.  Nothing here undoes anything: whoever runs it does."""

    def __init__(
        self, folder: Path, engine: Engine, plan: Plan, runner: Runner, words: Words
    ) -> None:
        self.notes: list[str] = []
        self._folder = folder
        self._engine = engine
        self._plan = plan
        self._runner = runner
        self._words = words

    @property
    def config(self) -> Path:
        return self._folder / "kind.yaml"

    @property
    def kubeconfig(self) -> Path:
        return self._folder / "kubeconfig"

    @property
    def _fields(self) -> Mapping[str, object]:
        return {"engine": self._engine.name, "name": NAME, "image": self._plan.image}

    def refuse_taken_name(self) -> None:
        """``ClusterError`` if kind knows a cluster of our name (whoever asks knows it is not
        ours)."""
        names = self._runner.check(commands.clusters(), self._fields).out.split()
        if NAME in names:
            raise ClusterError(
                self._words("failure.name_taken", name=NAME),
                self._words("failure.name_taken.fix", name=NAME),
            )

    def pull(self, progress: base.Progress) -> None:
        """Every image that is not here yet, before anything is made."""
        for image in (self._plan.image, *images.LAB):
            if self._runner.run(commands.has_image(self._engine.name, image)).ok:
                continue
            progress(self._words("kind.step.pull", image=image.partition("@")[0]))
            fields = {**self._fields, "image": image}
            self._runner.check(commands.pull(self._engine.name, image), fields)

    def create(self, progress: base.Progress, *, retain: bool) -> None:
        """The cluster itself; kind's own steps are passed on."""
        self.config.write_text(config_text(self._plan), encoding="utf-8")
        progress(self._words("kind.step.create"))

        def told(line: str) -> None:
            if line.strip().startswith(STEP_MARKS):
                progress(f"kind: {line.strip(' •✓✗.')}")

        command = commands.create(self.config, self.kubeconfig, retain=retain)
        self._runner.check(command, self._fields, told)
        self.kubeconfig.chmod(0o600)

    def identities(self) -> dict[str, str]:
        """The nodes' containers."""
        done = self._runner.check(commands.identities(self._engine.name), self._fields)
        return read_identities(done.out)

    def wait(self, kubectl: Path, progress: base.Progress) -> None:
        """Until both nodes, the DNS and the ServiceAccount that Pods need are there."""
        for name, command in commands.waits(str(kubectl), self.kubeconfig):
            progress(self._words(f"kind.step.wait.{name}"))
            done = self._runner.run(command)
            if not done.ok:
                raise self._not_ready(name, done)

    def _not_ready(self, name: str, done: Done) -> CommandFailed:
        """What kubectl says is about time alone; the step says what was waited for."""
        error = self._runner.failed(done, self._fields)
        what = self._words(f"kind.slow.{name}", seconds=commands.READY)
        fix = " ".join(
            (
                self._words("failure.not_ready.fix"),
                self._words("failure.log", log=self._runner.log),
            )
        )
        return CommandFailed(
            what, fix, command=error.command, status=error.status, output=error.output
        )

    def load(self, progress: base.Progress) -> None:
        """The lab's images into the nodes; where that fails the nodes pull them themselves, and
        a note says so."""
        progress(self._words("kind.step.load"))
        failed = self._load_archives() if self._engine.saves_archives else self._load_from_docker()
        if failed is not None:
            error = self._runner.failed(failed, self._fields)
            self.notes.append(self._words("kind.not_loaded", reason=error.what, fix=error.fix))

    def _load_from_docker(self) -> Done | None:
        """The command that failed; None when all is well.  A Docker whose containerd store we did
        not notice says so here, and gets the other way."""
        done = self._runner.run(commands.load(images.LAB))
        if done.ok:
            return None
        return self._load_archives() if "content digest" in done.text else done

    def _load_archives(self) -> Done | None:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            for number, image in enumerate(images.LAB):
                archive = Path(folder) / f"{number}.tar"
                engine, platform = self._engine.name, self._engine.platform
                for command in (
                    commands.save(engine, image, archive, platform),
                    commands.load_archive(archive),
                ):
                    done = self._runner.run(command)
                    if not done.ok:
                        return done
        return None
