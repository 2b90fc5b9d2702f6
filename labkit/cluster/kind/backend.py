"""kind as a back end: a real two-node Kubernetes, found, made, brought back and removed.

::

    HOME/kind/            mode 0700
        state.json        engine, image, mode and the nodes' containers: by these labkit knows
                          its own cluster again, and touches no other of the same name
        kind.yaml         what kind was asked for
        kubeconfig        the lab's own; ~/.kube/config is never touched
        kube-cache/       kubectl's cache of this cluster
    HOME/logs/kind.log    all that kind and the engine printed; gone after ``down``
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from labkit.cluster import base
from labkit.cluster.environment import lab_environment
from labkit.cluster.kept import Kept
from labkit.cluster.kind import commands, images
from labkit.cluster.kind.config import NAME, Plan
from labkit.cluster.kind.dryrun import planned
from labkit.cluster.kind.engine import VARIABLE, Engine, find_engine
from labkit.cluster.kind.making import Making
from labkit.cluster.kind.record import Record, read_record, write_record
from labkit.cluster.kind.tool import find_kind
from labkit.cluster.kubectl import find_program
from labkit.cluster.lock import locked
from labkit.cluster.paths import make_private
from labkit.cluster.runner import Runner, uninterrupted
from labkit.errors import ClusterError, LabkitError, UsageError

PATIENCE = 1500.0
"""How long another labkit may hold the lock: it may be pulling the nodes' image."""


class KindCluster(Kept):
    """One kind cluster for each user and machine; its name is the same for all, as kind's is."""

    name = "kind"
    made = ("state.json", "state.new", "kind.yaml", "kubeconfig", "kubeconfig.lock")
    namespace = "default"
    labels: Mapping[str, str] = {}
    grants = frozenset({"proxy_mode", "image", "engine", "keep"})
    capabilities = frozenset(
        {
            base.NODE_RULES,
            base.MULTI_NODE,
            base.EXEC,
            base.LOOPBACK,
            base.WHOLE_CLUSTER,
            base.RIGHTS,
        }
    )

    def describe(self) -> str:
        record = read_record(self._state_file)
        image = record.image if record else self._wishes.image or images.NODE
        mode = record.proxy_mode if record else self._wishes.proxy_mode or "iptables"
        tag = image.partition("@")[0].rpartition(":")[2]
        return self._words("kind.describe", version=tag, mode=mode)

    def differs(self) -> str:
        return self._words("kind.differs")

    def available(self) -> base.Availability:
        try:
            self._engine(self._quiet_runner())
            find_kind(self._environment, self._words)
        except LabkitError as error:
            return base.Availability(False, error.what, self._also_kind(error.fix))
        return base.Availability(True)

    def _also_kind(self, fix: str) -> str:
        """The next step; where kind is missing too, that is said at once."""
        try:
            find_kind(self._environment, self._words)
        except ClusterError as error:
            return fix if error.fix in fix else f"{fix} {self._words('kind.also_missing')}"
        return fix

    def environment(self) -> Mapping[str, str]:
        return lab_environment(self._environment, self.kubeconfig, self.folder / "kube-cache")

    def commands(self) -> tuple[str, ...]:
        return planned(self.folder, self._wishes, self._environment, self._words)

    # ---- programs ------------------------------------------------------------------------

    def _engine(self, runner: Runner) -> Engine:
        return find_engine(self._wishes.engine, runner, self._words)

    def _quiet_runner(self) -> Runner:
        """For questions: no log."""
        return Runner(self._environment, self._clock, self._words)

    def _runner(self, engine: str) -> Runner:
        """For everything else; kind uses the engine that we talked to."""
        environment = {**self._environment, VARIABLE: engine}
        return Runner(environment, self._clock, self._words, self.log)

    # ---- up ------------------------------------------------------------------------------

    def up(self, progress: base.Progress = base.quiet, *, seed: int | None = None) -> base.Started:
        if seed is not None:
            raise UsageError(self._words("kind.seed"), self._words("kind.seed.fix"))
        if self._wishes.proxy_mode == "ipvs":
            raise UsageError(self._words("kind.ipvs"), self._words("kind.ipvs.fix"))
        with locked(self.home.folder / "lock", self._clock, self._words, PATIENCE):
            record = read_record(self._state_file)
            if record is not None and record.ready:
                self._refuse_other_wishes(record)
                if self._nodes() is not None:
                    return base.Started(found=True)
                return self._bring_back(record, progress)
            if record is not None:  # a start that was never finished, perhaps killed
                progress(self._words("kind.step.undo"))
                self._undo(record)
            return self._make(progress)

    def _refuse_other_wishes(self, record: Record) -> None:
        """``UsageError`` when the cluster that is up is not the one that was asked for."""
        asked = (
            ("--proxy-mode", self._wishes.proxy_mode, record.proxy_mode),
            ("--image", self._wishes.image, record.image),
            ("--engine", self._wishes.engine, record.engine),
        )
        for flag, wish, there in asked:
            if wish and wish != there:
                raise UsageError(
                    self._words("kind.other", flag=flag, there=there),
                    self._words("kind.other.fix"),
                )

    def _make(self, progress: base.Progress) -> base.Started:
        self.log.unlink(missing_ok=True)
        progress(self._words("kind.step.check"))
        engine = self._engine(Runner(self._environment, self._clock, self._words, self.log))
        find_kind(self._environment, self._words)
        kubectl = find_program(self._environment, self._words).path
        plan = self._plan(engine)
        make_private(self.folder, self._words)
        runner = self._runner(engine.name)
        making = Making(self.folder, engine, plan, runner, self._words)
        making.notes.extend(self._warnings(engine, plan))
        making.refuse_taken_name()
        making.pull(progress)
        started = datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="seconds")
        record = Record(engine.name, plan.image, plan.proxy_mode, started)
        write_record(self._state_file, record)
        try:
            making.create(progress, retain=self._wishes.keep)
            record = replace(record, nodes=making.identities())
            write_record(self._state_file, record)
            making.wait(kubectl, progress)
            making.load(progress)
            write_record(self._state_file, replace(record, ready=True))
        except BaseException as error:
            raise self._given_up(record, error, progress) from error
        return base.Started(found=False, notes=tuple(making.notes))

    def _plan(self, engine: Engine) -> Plan:
        """What kind is asked for; ``UsageError`` for what that Kubernetes does not have."""
        image = self._wishes.image or images.NODE
        mode = self._wishes.proxy_mode or "iptables"
        if mode == "nftables" and not images.is_at_least(image, images.NFTABLES_FROM):
            raise UsageError(self._words("kind.no_nftables", image=image))
        return Plan(image, mode, engine.cgroup_v1)

    def _warnings(self, engine: Engine, plan: Plan) -> list[str]:
        """What the user should know before it takes a minute."""
        notes = []
        if plan.patches_kubelet:
            notes.append(self._words("kind.cgroup_v1"))
        if engine.little_memory:
            gigabytes = engine.memory / (1 << 30)
            notes.append(self._words("kind.memory", engine=engine.name, gb=f"{gigabytes:.1f}"))
        return notes

    def _given_up(
        self, record: Record, error: BaseException, progress: base.Progress
    ) -> BaseException:
        """Undo what was made, unless it is to be kept (or turned out to be somebody else's)."""
        if taken_by_other(error):
            self._forget()
        elif self._wishes.keep and isinstance(error, LabkitError):
            error.fix = f"{error.fix} {self._words('kind.kept', name=NAME)}".strip()
            error.args = (error.what, error.fix)
        else:
            progress(self._words("kind.step.undo"))
            try:
                self._undo(record)
            except LabkitError as second:
                return second if isinstance(error, KeyboardInterrupt) else error
        return error

    def _undo(self, record: Record) -> None:
        """Take away a cluster of ours, finished or not; Ctrl-C does not stop it."""
        with uninterrupted():
            self._refuse_somebody_elses(record)
            runner = self._runner(record.engine)
            runner.check(commands.delete(self.kubeconfig), fields_of(record))
            self._forget()

    def _bring_back(self, record: Record, progress: base.Progress) -> base.Started:
        """Nodes that are stopped (the machine was) are started again, objects and all."""
        self._refuse_somebody_elses(record)
        progress(self._words("kind.step.start"))
        engine = Engine(record.engine)
        runner = self._runner(record.engine)
        runner.check(commands.start(record.engine), fields_of(record))
        plan = Plan(record.image, record.proxy_mode)
        making = Making(self.folder, engine, plan, runner, self._words)
        making.wait(find_program(self._environment, self._words).path, progress)
        return base.Started(found=False, recovered=True)

    def _refuse_somebody_elses(self, record: Record) -> None:
        """``ClusterError`` when the nodes of our name are not the ones that we made."""
        runner = self._runner(record.engine)
        plan = Plan(record.image, record.proxy_mode)
        now = Making(self.folder, Engine(record.engine), plan, runner, self._words).identities()
        known = set(record.nodes.values())
        if known and now and not known & set(now.values()):
            raise ClusterError(
                self._words("kind.not_ours", name=NAME, folder=self.folder),
                self._words("kind.not_ours.fix", name=NAME, folder=self.folder),
            )

    # ---- down ----------------------------------------------------------------------------

    def down(self) -> tuple[str, ...]:
        record = read_record(self._state_file)
        if record is None:
            return ()
        with locked(self.home.folder / "lock", self._clock, self._words, PATIENCE):
            find_kind(self._environment, self._words)
            self._undo(record)
            self.log.unlink(missing_ok=True)
        for folder in (self.log.parent, *(() if self.home.chosen else (self.home.folder,))):
            with suppress(OSError):  # something else lies in it
                folder.rmdir()
        return (*(record.nodes or commands.NODES), "kubeconfig")

    # ---- questions -----------------------------------------------------------------------

    def status(self) -> base.Status:
        record = read_record(self._state_file)
        if record is None:
            return base.Status(self.name, running=False)
        found = self._nodes()
        if found is None:
            return base.Status(self.name, running=False, recorded=True)
        version = next(iter(found.values()), "")
        return base.Status(
            self.name,
            running=True,
            recorded=True,
            version=version,
            started=record.started,
            nodes=tuple(found),
        )

    def _nodes(self) -> dict[str, str] | None:
        """Node to its Kubernetes version; None when the cluster does not answer."""
        if not self.kubeconfig.exists():
            return None
        kubectl = find_program(self._environment, self._words).path
        runner = Runner(self.environment(), self._clock, self._words)
        done = runner.run(commands.nodes(str(kubectl), self.kubeconfig))
        try:
            items = json.loads(done.out)["items"] if done.ok else None
            if items is None:
                return None
            return {
                one["metadata"]["name"]: one["status"]["nodeInfo"]["kubeletVersion"]
                for one in items
            }
        except (ValueError, KeyError, TypeError):
            return None

    def node_rules(self, node: str, *, counters: bool = False) -> str:
        record = read_record(self._state_file)
        if record is None:
            raise ClusterError(
                self._words("cluster.not_running"), self._words("cluster.not_running.fix")
            )
        names = tuple(record.nodes) or commands.NODES
        if node not in names:
            raise ClusterError(
                self._words("cluster.no_node", node=node),
                self._words("cluster.no_node.fix", nodes=", ".join(names)),
            )
        command = commands.node_rules(record.engine, node, record.proxy_mode, counters=counters)
        return self._quiet_runner().check(command, fields_of(record)).out


def fields_of(record: Record) -> Mapping[str, object]:
    """What an explanation of a failure may name."""
    return {"engine": record.engine, "name": NAME, "image": record.image}


def taken_by_other(error: BaseException) -> bool:
    """Whether kind found nodes of our name that we did not make: they must stay."""
    return "already exist for a cluster" in str(getattr(error, "output", ""))
