"""A cluster of the user's as a back end: the lab lives in a namespace of its own.

::

    HOME/kubeconfig/      mode 0700
        state.json        context, namespace and its uid: by these labkit knows it again
        kubeconfig        the one context, with the lab's namespace; ~/.kube/config is only read
        kube-cache/       kubectl's cache of this cluster
    HOME/logs/kubeconfig.log   all that kubectl printed for us; gone after ``down``

Everything goes through kubectl and the official API: there is no back door.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from labkit.cluster import base
from labkit.cluster.environment import lab_variables
from labkit.cluster.kept import Kept
from labkit.cluster.kubeconfig import access, reach
from labkit.cluster.kubeconfig.choosing import Asked, asked_for, copied
from labkit.cluster.kubeconfig.commands import Commands
from labkit.cluster.kubeconfig.nodepod import NodeReader
from labkit.cluster.kubeconfig.record import (
    Record,
    read_record,
    write_private,
    write_record,
)
from labkit.cluster.kubectl import find_program
from labkit.cluster.lock import locked
from labkit.cluster.paths import make_private
from labkit.cluster.runner import Done, Runner, uninterrupted
from labkit.errors import ClusterError, LabkitError, UsageError

Json = dict[str, Any]
MANAGED = "app.kubernetes.io/managed-by"
INSTANCE = "labkit.dev/instance"
SECURITY = "pod-security.kubernetes.io/enforce"
GONE_LIMIT = 120
MANY = 20


class KubeconfigCluster(Kept):
    """One namespace in one cluster of the user's."""

    name = "kubeconfig"
    made = ("state.json", "state.new", "kubeconfig", "kubeconfig.new", "kubeconfig.lock")
    grants = frozenset({"context", "namespace", "yes_this_one", "allow_node_pod", "keep"})

    # ---- what was asked and what is there ------------------------------------------------

    @property
    def _record(self) -> Record | None:
        return read_record(self._state_file)

    @property
    def _asked(self) -> Asked:
        return asked_for(self._wishes, self._environment, self._record)

    @property
    def context(self) -> str:
        """The context that was asked for, or that is in use; "" if none."""
        return self._asked.context

    @property
    def namespace(self) -> str:
        return self._asked.namespace

    @property
    def labels(self) -> Mapping[str, str]:
        record = self._record
        return {MANAGED: "labkit", **({INSTANCE: record.instance} if record else {})}

    @property
    def capabilities(self) -> frozenset[str]:
        record = self._record
        found = {base.EXEC, base.RIGHTS}
        if record is not None and record.schedulable > 1:
            found.add(base.MULTI_NODE)
        if self._asked.node_pod:
            found.add(base.NODE_RULES)
        return frozenset(found)

    def describe(self) -> str:
        return self._words("kubeconfig.describe", context=self.context, namespace=self.namespace)

    def differs(self) -> str:
        said = self._words("kubeconfig.differs", namespace=self.namespace)
        if base.NODE_RULES not in self.capabilities:
            said += " " + self._words("kubeconfig.differs.computed")
        return said

    # ---- before anything is made ---------------------------------------------------------

    def available(self) -> base.Availability:
        try:
            self._copied()
        except LabkitError as error:
            return base.Availability(False, error.what, error.fix)
        return base.Availability(True)

    def _copied(self) -> str:
        """The context as a kubeconfig of its own; an error if it may not be used."""
        runner = Runner(self._environment, self._clock, self._words)  # no log: credentials
        return copied(self._asked, runner, self._commands(), self._words)

    # ---- programs ------------------------------------------------------------------------

    def environment(self) -> Mapping[str, str]:
        """The lab's kubeconfig; proxies stay: the cluster may only be reached through one."""
        cache = self.folder / "kube-cache"
        mine = lab_variables(self._environment, self.kubeconfig, cache)
        return {**self._environment, **mine}

    def _runner(self, environment: Mapping[str, str]) -> Runner:
        return Runner(environment, self._clock, self._words, self.log, reach.explain)

    def _lab_runner(self) -> Runner:
        return self._runner(self.environment())

    def _commands(self) -> Commands:
        return Commands(str(find_program(self._environment, self._words).path))

    def commands(self) -> tuple[str, ...]:
        """Against the user's kubeconfig for the first two, against the lab's own for the rest."""
        commands = self._commands()
        labels = {MANAGED: "labkit", SECURITY: self._security()}
        planned = (
            commands.contexts(),
            commands.copy(self.context or "CONTEXT"),
            commands.version(),
            commands.namespace(self.namespace),
            commands.review("..."),
            commands.make_namespace(self.namespace, labels),
            commands.wait_account(),
            commands.nodes(),
        )
        return tuple(
            one.shown() + (f"  # stdin: {one.stdin}" if one.stdin else "") for one in planned
        )

    @property
    def _fields(self) -> Mapping[str, object]:
        return {"context": self.context}

    # ---- up ------------------------------------------------------------------------------

    def up(self, progress: base.Progress = base.quiet, *, seed: int | None = None) -> base.Started:
        if seed is not None:
            raise UsageError(self._words("kubeconfig.seed"), self._words("kubeconfig.seed.fix"))
        with locked(self.home.folder / "lock", self._clock, self._words):
            record = self._record
            if record is not None:
                self._refuse_elsewhere(record)
                if self._is_there(record):
                    self._allow_node_pod(record)
                    return base.Started(found=True)
                self._forget()
            return self._open(progress)

    def _refuse_elsewhere(self, record: Record) -> None:
        if (self.context, self.namespace) != (record.context, record.namespace):
            raise UsageError(
                self._words("kubeconfig.other", context=record.context, namespace=record.namespace),
                self._words("kubeconfig.other.fix"),
            )

    def _is_there(self, record: Record) -> bool:
        """Whether our namespace still exists; raises when the cluster does not answer."""
        done = self._lab_runner().check(self._commands().namespace(record.namespace), self._fields)
        found = json.loads(done.out) if done.out.strip() else {}
        return bool(found) and found["metadata"]["uid"] == record.uid

    def _allow_node_pod(self, record: Record) -> None:
        """A second ``up`` may allow what the first did not (never the other way round)."""
        if self._asked.node_pod and not record.node_pod:
            if record.made:
                command = self._commands().allow_privileged(record.namespace, SECURITY)
                self._lab_runner().check(command, self._fields)
            write_record(self._state_file, replace(record, node_pod=True))

    def _open(self, progress: base.Progress) -> base.Started:
        self.log.unlink(missing_ok=True)
        progress(self._words("kubeconfig.step.copy"))
        text = self._copied()
        make_private(self.folder, self._words)
        write_private(self.kubeconfig, text)
        made: Record | None = None
        try:
            progress(self._words("kubeconfig.step.reach"))
            version = self._version()
            progress(self._words("kubeconfig.step.rights"))
            there = self._namespace_there()
            self._check_rights(namespace_there=there is not None)
            progress(self._words("kubeconfig.step.namespace", namespace=self.namespace))
            made = self._made_or_found(there, version)
            write_record(self._state_file, made)
            progress(self._words("kubeconfig.step.account"))
            self._lab_runner().check(self._commands().wait_account(), self._fields)
            nodes = self._nodes()
            made = replace(made, nodes=node_names(nodes), schedulable=count_schedulable(nodes))
            write_record(self._state_file, made)
        except BaseException:
            self._give_up(made, progress)
            raise
        return base.Started(found=False, notes=self._notes(made))

    def _version(self) -> str:
        done = self._lab_runner().check(self._commands().version(), self._fields)
        return str((json.loads(done.out).get("serverVersion") or {}).get("gitVersion", ""))

    def _namespace_there(self) -> Json | None:
        """The namespace if it exists and is labkit's; ``ClusterError`` if it is somebody's."""
        done = self._lab_runner().run(self._commands().namespace(self.namespace))
        if not done.ok or not done.out.strip():
            return None  # not there, or not ours to see: then the rights will say so
        found: Json = json.loads(done.out)
        labels = found["metadata"].get("labels") or {}
        if labels.get(MANAGED) != "labkit" or labels.get(INSTANCE):
            raise ClusterError(
                self._words("kubeconfig.taken", namespace=self.namespace, context=self.context),
                self._words("kubeconfig.taken.fix"),
            )
        return found

    def _check_rights(self, *, namespace_there: bool) -> None:
        """``ClusterError`` that names every right that is missing."""
        rights = access.needed(namespace_there=namespace_there)
        questions = access.reviews(rights, self.namespace)
        done = self._lab_runner().check(self._commands().review(questions), self._fields)
        lacking = access.missing(rights, done.out)
        if lacking:
            names = ", ".join(str(right) for right in lacking)
            raise ClusterError(
                self._words("kubeconfig.rights", context=self.context, rights=names),
                self._words("kubeconfig.rights.fix", namespace=self.namespace),
            )

    def _security(self) -> str:
        """The lab's Pods are ordinary; the one that reads a node's rules is privileged."""
        return "privileged" if self._asked.node_pod else "baseline"

    def _made_or_found(self, there: Json | None, version: str) -> Record:
        instance = secrets.token_hex(4)
        if there is None:
            labels = {MANAGED: "labkit", INSTANCE: instance, SECURITY: self._security()}
            command = self._commands().make_namespace(self.namespace, labels)
            found = json.loads(self._lab_runner().check(command, self._fields).out)
        else:
            found = there
        return Record(
            context=self.context,
            namespace=self.namespace,
            uid=found["metadata"]["uid"],
            made=there is None,
            instance=instance,
            node_pod=self._asked.node_pod,
            started=datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="seconds"),
            version=version,
        )

    def _nodes(self) -> list[Json]:
        done = self._lab_runner().check(self._commands().nodes(), self._fields)
        items: list[Json] = json.loads(done.out)["items"]
        return items

    def _notes(self, record: Record) -> tuple[str, ...]:
        """What differs in a cluster of this size."""
        if record.schedulable < 2:
            return (self._words("kubeconfig.one_node"),)
        if len(record.nodes) > MANY:
            return (self._words("kubeconfig.many_nodes", n=len(record.nodes)),)
        return ()

    def _give_up(self, made: Record | None, progress: base.Progress) -> None:
        """Undo a start that failed; what cannot be undone stays on record for ``down``."""
        if made is None:
            self._forget()
        elif not self._wishes.keep:
            progress(self._words("kubeconfig.step.undo"))
            with suppress(LabkitError), uninterrupted():
                self._remove(made)
                self._forget()

    # ---- down ----------------------------------------------------------------------------

    def down(self) -> tuple[str, ...]:
        record = self._record
        if record is None:
            return ()
        with locked(self.home.folder / "lock", self._clock, self._words), uninterrupted():
            gone = self._remove(record)
            self._forget()
            self.log.unlink(missing_ok=True)
        for folder in (self.log.parent, *(() if self.home.chosen else (self.home.folder,))):
            with suppress(OSError):  # something else lies in it
                folder.rmdir()
        return (*gone, "kubeconfig")

    def _remove(self, record: Record) -> tuple[str, ...]:
        """The namespace that we made, this very one; in one that was prepared, our objects."""
        runner, commands = self._lab_runner(), self._commands()
        fields = {"context": record.context}
        if not record.made:
            runner.check(commands.delete_labelled(f"{INSTANCE}={record.instance}"), fields)
            return (f"{INSTANCE}={record.instance}",)
        done = runner.run(commands.delete_namespace(record.namespace, record.uid))
        if not done.ok and not is_gone(done):
            raise runner.failed(done, fields)
        if done.ok:
            waited = runner.run(commands.wait_gone(record.namespace, GONE_LIMIT))
            if not waited.ok:
                raise ClusterError(
                    self._words(
                        "kubeconfig.not_gone", namespace=record.namespace, seconds=GONE_LIMIT
                    ),
                    self._words("kubeconfig.not_gone.fix", namespace=record.namespace),
                )
        return (f"namespace/{record.namespace}",)

    # ---- questions -----------------------------------------------------------------------

    def status(self) -> base.Status:
        record = self._record
        if record is None:
            return base.Status(self.name, running=False)
        try:
            there = self._is_there(record)
        except LabkitError:
            there = False
        return base.Status(
            self.name,
            running=there,
            recorded=True,
            version=record.version,
            started=record.started,
            nodes=record.nodes,
        )

    def node_rules(self, node: str, *, counters: bool = False) -> str:
        record = self._record
        if record is None:
            raise ClusterError(
                self._words("cluster.not_running"), self._words("cluster.not_running.fix")
            )
        if base.NODE_RULES not in self.capabilities:
            raise ClusterError(
                self._words("kubeconfig.no_node_pod"), self._words("kubeconfig.no_node_pod.fix")
            )
        if node not in record.nodes:
            raise ClusterError(
                self._words("cluster.no_node", node=node),
                self._words("cluster.no_node.fix", nodes=", ".join(record.nodes)),
            )
        reader = NodeReader(self._lab_runner(), self._commands(), self._words, self.labels)
        return reader.read(node, self._fields, counters=counters)


def node_names(nodes: list[Json]) -> tuple[str, ...]:
    """Their names, in the API's order."""
    return tuple(one["metadata"]["name"] for one in nodes)


def count_schedulable(nodes: list[Json]) -> int:
    """How many nodes take a Pod that tolerates nothing."""
    return sum(
        not one["spec"].get("unschedulable")
        and not any(
            taint["effect"] in ("NoSchedule", "NoExecute")
            for taint in one["spec"].get("taints") or []
        )
        for one in nodes
    )


def is_gone(done: Done) -> bool:
    """Whether the namespace was gone already, or another one now bears its name."""
    return any(word in done.text for word in ("NotFound", "not found", "Conflict", "Precondition"))
