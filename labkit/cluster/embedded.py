"""The embedded cluster as a back end: found, started, brought back, stopped and removed.

::

    HOME/lock             held while somebody starts or stops (see lock.py)
    HOME/embedded/        mode 0700
        state.json        pid, port, secret: written by the server when it is ready
        kubeconfig        the lab's own; ~/.kube/config is never touched
        server.log        what the server prints
        *.db              the objects; a server that was killed comes back with all of them
        logs/             what the containers print
        kube-cache/       kubectl's cache of this cluster (KUBECACHEDIR)
"""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from threading import Event
from typing import Any

from labkit import plan
from labkit.cluster import base, control, process
from labkit.cluster.environment import lab_environment
from labkit.cluster.kept import Kept
from labkit.cluster.lock import locked
from labkit.cluster.paths import changed, folder_error, make_private
from labkit.cluster.switches import Switches
from labkit.errors import ClusterError, UsageError

START_LIMIT = 30.0
STOP_LIMIT = 15.0
POLL = 0.02
SEED = "LABKIT_SEED"
ROOM = 2 << 20
"""Bytes that must be free before a cluster is started: objects, logs, kubectl's cache."""

NEEDED = ("tornado", "yaml")
NODE_NAMES = tuple(node.name for node in plan.NODES)
MADE = ("state.json*", "kubeconfig*", "server.log", "*.db", "*.db-*", "*.sqlite", "*.sqlite-*")
MADE_FOLDERS = ("kube-cache", "logs")


class EmbeddedCluster(Kept):
    """One embedded cluster per runtime folder, shared by notebooks and terminals."""

    name = "embedded"
    namespace = "default"
    labels: Mapping[str, str] = {}
    server_command = staticmethod(process.server_command)
    grants = frozenset({"keep", "proxy_mode"})
    capabilities = frozenset(
        {
            base.NODE_RULES, base.MULTI_NODE, base.EXEC, base.REPEATABLE, base.LOOPBACK,
            base.WHOLE_CLUSTER, base.NODE_POWER, base.ASK_ANYWHERE, base.NODE_SYNCS,
            base.PLAIN_API,
        }
    )  # fmt: skip

    _child: Popen[bytes] | None = None
    """The server's process, when this object started it."""

    @property
    def log(self) -> Path:
        """What the server printed."""
        return self.folder / "server.log"

    def describe(self) -> str:
        mode = self._wishes.proxy_mode or self._running_mode()
        said = self._words("cluster.embedded")
        if mode in ("", "iptables"):
            return said
        return f"{said}, {self._words('cluster.embedded.mode', mode=mode)}"

    def _running_mode(self) -> str:
        """The mode of a running cluster's kube-proxy; "" where nothing answers."""
        state = control.read_state(self._state_file)
        said = control.info(state, timeout=2.0) if state is not None else None
        return str(said.get("proxyMode", "")) if said else ""

    def differs(self) -> str:
        return self._words("cluster.embedded.differs")

    def available(self) -> base.Availability:
        for package in NEEDED:
            if find_spec(package) is None:
                return base.Availability(
                    False,
                    self._words("cluster.no_tornado", package=package),
                    self._words("cluster.no_tornado.fix", package=package, python=sys.executable),
                )
        return base.Availability(True)

    def environment(self) -> Mapping[str, str]:
        return lab_environment(self._environment, self.kubeconfig, self.folder / "kube-cache")

    def commands(self) -> tuple[str, ...]:
        return (shlex.join(self.server_command(self.folder, None, self._wishes.proxy_mode)),)

    # ---- up ------------------------------------------------------------------------------

    def up(self, progress: base.Progress = base.quiet, *, seed: int | None = None) -> base.Started:
        with locked(self.home.folder / "lock", self._clock, self._words):
            state = control.read_state(self._state_file)
            said = control.info(state, timeout=5.0) if state is not None else None
            if said is not None:
                self._refuse_seed(seed)
                self._refuse_mode(str(said.get("proxyMode", "")))
                return base.Started(found=True)
            recovered = self._has_objects()
            self._refuse_hung(state)
            if recovered:
                progress(self._words("cluster.step.stale"))
                self._refuse_seed(seed)
            self._forget_dead()
            progress(self._words("cluster.step.start"))
            self._start(seed)
            progress(self._words("cluster.step.ready"))
            self._wait_ready_or_stop()
            return base.Started(found=False, recovered=recovered)

    def _refuse_mode(self, mode: str) -> None:
        """kube-proxy reads its mode when it starts: a running one keeps what it has."""
        wish = self._wishes.proxy_mode
        if wish and mode and wish != mode:
            raise UsageError(
                self._words("cluster.mode", mode=mode, wish=wish), self._words("cluster.seed.fix")
            )

    def _refuse_seed(self, seed: int | None) -> None:
        if seed is not None:
            raise UsageError(self._words("cluster.seed"), self._words("cluster.seed.fix"))

    def _wished_seed(self) -> int | None:
        """What ``LABKIT_SEED`` says: the draws of every new cluster, as in a class or a test."""
        said = self._environment.get(SEED, "").strip()
        if said and not said.lstrip("-").isdigit():
            raise UsageError(
                self._words("cluster.seed.number", said=said),
                self._words("cluster.seed.number.fix"),
            )
        return int(said) if said else None

    def alive(self) -> bool | None:
        """Whether its server lives; None when none was left running (``labkit down``)."""
        state = control.read_state(self._state_file)
        return None if state is None else process.is_alive(state.pid)

    def _has_objects(self) -> bool:
        return bool(self._objects())

    def _objects(self) -> list[Path]:
        """The files that hold the objects."""
        return [*self.folder.glob("*.db"), *self.folder.glob("*.sqlite")]

    def _refuse_hung(self, state: control.State | None) -> None:
        """A server of ours that lives but says nothing still holds the objects: do not double."""
        if state is not None and process.is_our_server(state.pid, self.folder):
            raise self._no_answer(state)

    def _no_answer(self, state: control.State) -> ClusterError:
        return ClusterError(
            self._words("cluster.no_answer", pid=state.pid), self._words("cluster.no_answer.fix")
        )

    def _forget_dead(self) -> None:
        """What a server that is gone left behind and the next one writes anew."""
        for path in (self._state_file, self.kubeconfig):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "kube-cache", ignore_errors=True)

    def _start(self, seed: int | None) -> None:
        make_private(self.folder, self._words, room=ROOM)
        try:
            self._child = process.start_detached(
                self.server_command(
                    self.folder,
                    self._wished_seed() if seed is None else seed,
                    self._wishes.proxy_mode,
                ),
                process.server_environment(self._environment),
                self.folder,
                self.log,
            )
        except OSError as error:
            raise folder_error(self.folder, error, self._words) from error

    def _wait_ready_or_stop(self) -> None:
        """A server that nobody waits for any more (an error, Ctrl-C) is not left behind."""
        try:
            self._wait_ready()
        except BaseException:
            self._stop_child()
            self._forget_dead()
            raise

    def _wait_ready(self) -> None:
        end = self._clock.monotonic() + START_LIMIT
        while self._clock.monotonic() < end:
            state = control.read_state(self._state_file)
            if state is not None and control.is_ready(state) and self.kubeconfig.exists():
                return
            if self._child_ended():
                raise self._died()
        raise ClusterError(
            self._words("cluster.slow", seconds=int(START_LIMIT)),
            self._words("cluster.log.fix", log=self.log),
        )

    def _child_ended(self) -> bool:
        """Wait a moment for the server that we started; whether it has ended."""
        if self._child is None:
            return True
        try:
            self._child.wait(POLL)
            return True
        except TimeoutExpired:
            return False

    def _stop_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def _died(self) -> ClusterError:
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            lines = []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        status = self._child.returncode if self._child is not None else "?"
        return ClusterError(
            self._words(
                "cluster.died",
                status=status,
                last=last.rstrip(".") or self._words("cluster.silent"),
            ),
            self._words("cluster.log.fix", log=self.log),
        )

    # ---- down ----------------------------------------------------------------------------

    def down(self) -> tuple[str, ...]:
        gone: tuple[str, ...] = ()
        if self.folder.is_dir():
            with locked(self.home.folder / "lock", self._clock, self._words):
                state = control.read_state(self._state_file)
                if state is not None:
                    self._stop(state)
                gone = self._remove()
        if not self.home.chosen:
            with contextlib.suppress(OSError):  # something else lies in it
                self.home.folder.rmdir()
        return gone

    def _stop(self, state: control.State) -> None:
        """Ask politely by its own secret; then by signal, if it surely is ours."""
        asked = control.ask(state, "/labkit/v1/shutdown", "POST").status in range(200, 300)
        if asked and self._gone(state, STOP_LIMIT):
            return
        if not process.is_our_server(state.pid, self.folder):
            if asked and not self._gone(state, 0.0):
                raise self._not_stopped(state)
            return
        process.end(state.pid)
        if not self._gone(state, 3.0):
            process.kill(state.pid)
        if not self._gone(state, 5.0):
            raise self._not_stopped(state)

    def _gone(self, state: control.State, limit: float) -> bool:
        """Whether the server has ended, waiting up to ``limit`` seconds for it."""
        end = self._clock.monotonic() + limit
        while self._lives(state):
            if self._clock.monotonic() >= end:
                return False
            Event().wait(POLL)
        return True

    def _lives(self, state: control.State) -> bool:
        if self._child is not None:
            self._child.poll()  # reap it, if it was ours
        return process.is_alive(state.pid) and (
            process.is_our_server(state.pid, self.folder)
            or not control.ask(state, "/readyz", timeout=2.0).refused
        )

    def _not_stopped(self, state: control.State) -> ClusterError:
        return ClusterError(
            self._words("cluster.not_stopped", pid=state.pid, seconds=int(STOP_LIMIT)),
            self._words("cluster.not_stopped.fix", pid=state.pid),
        )

    def _remove(self) -> tuple[str, ...]:
        """Delete what was made here by name; a file of somebody else keeps the folder alive."""
        gone: list[str] = []
        for pattern in MADE:
            for path in sorted(self.folder.glob(pattern)):
                path.unlink(missing_ok=True)
                gone.append(path.name)
        for folder in MADE_FOLDERS:
            if (self.folder / folder).is_dir():
                shutil.rmtree(self.folder / folder, ignore_errors=True)
                gone.append(folder)
        try:
            self.folder.rmdir()
        except OSError:
            pass
        return tuple(gone)

    # ---- questions -----------------------------------------------------------------------

    def recorded(self) -> float:
        if control.read_state(self._state_file) is not None:
            return changed(self._state_file)
        return max(map(changed, self._objects()), default=0.0)

    def status(self) -> base.Status:
        state = control.read_state(self._state_file)
        recorded = self.recorded() > 0
        said = control.info(state) if state is not None else None
        if state is None or said is None:
            return base.Status(self.name, running=False, recorded=recorded)
        return base.Status(
            self.name,
            running=True,
            recorded=True,
            pid=state.pid,
            version=str(said.get("kubernetesVersion") or state.version),
            started=str(said.get("started") or state.started),
            nodes=tuple(str(name) for name in said.get("nodes") or NODE_NAMES),
            proxy_mode=str(said.get("proxyMode", "")),
        )

    def power(self, node: str, *, on: bool, grace: float | None = None) -> None:
        """Switch a node off or on (capability ``node-power``)."""
        Switches(self._state_file, self._words).power(node, on, grace)

    def ask_from(self, origin: str, host: str, port: int, path: str, limit: float) -> Any:
        """One request from anywhere (capability ``ask-anywhere``)."""
        switches = Switches(self._state_file, self._words)
        return switches.ask_from(origin, host, port, path, limit)

    def api(self, path: str, method: str = "GET", body: str | None = None) -> Any:
        """The API server's answer as JSON, whatever its status (capability ``plain-api``).

        Raises ``ClusterError`` when nobody answers.
        """
        state = control.read_state(self._state_file)
        reply = control.ask(state, path, method, 30.0, body) if state is not None else None
        try:
            if reply is not None and reply.status:
                return json.loads(reply.body)
        except ValueError:
            pass
        raise ClusterError(self._words("cluster.gone"), self._words("cluster.gone.fix"))

    def node_rules(self, node: str, *, counters: bool = False) -> str:
        return self._of_node(node, control.rules_path(node, counters))

    def last_sync(self, node: str) -> Mapping[str, Any]:
        """What kube-proxy wrote last on that node (capability ``node-syncs``)."""
        said: Mapping[str, Any] = json.loads(self._of_node(node, control.sync_path(node)))
        return said

    def rules_follow(self) -> bool:
        """See ``base.Cluster``."""
        return not any(self.last_sync(node)["pending"] for node in self.status().nodes)

    def _of_node(self, node: str, path: str) -> str:
        """The answer to a question about a node; ``ClusterError`` for one that is not there."""
        state = control.read_state(self._state_file)
        if state is None:
            raise ClusterError(
                self._words("cluster.not_running"), self._words("cluster.not_running.fix")
            )
        reply = control.ask(state, path, timeout=30.0)
        if reply.status == 200:
            return reply.body
        if reply.status == 0:
            raise ClusterError(self._words("cluster.gone"), self._words("cluster.gone.fix"))
        if reply.status == 404:
            names = ", ".join(NODE_NAMES)
            raise ClusterError(
                self._words("cluster.no_node", node=node),
                self._words("cluster.no_node.fix", nodes=names),
            )
        answer = " ".join(reply.body.split())[:200]
        raise ClusterError(
            self._words("cluster.refused", status=reply.status, path=path, answer=answer)
        )
