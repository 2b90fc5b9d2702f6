"""The process of the embedded cluster: puts the parts together, listens, says where.

State folder::

    cluster.db    every object and the log of changes (locked while a server runs)
    state.json    pid, port, secret, when it started, version (mode 0600)
    kubeconfig    for kubectl (mode 0600)
    server.log    what went wrong
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from labkit import plan
from labkit.clock import Clock, SystemClock
from labkit.embedded import chance
from labkit.embedded.api.app import application
from labkit.embedded.api.site import Site
from labkit.embedded.kinds.ages import rfc3339
from labkit.embedded.machinery import Machinery
from labkit.embedded.store import Store
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from labkit.embedded.system import System

HOST = "127.0.0.1"
IDLE = 3600.0
SHORT_GRACE = 1.0
"""So that a lesson is not held up; a real node waits as long as the Pod says, 30 s by default."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server is started; ``seed`` makes names, addresses and placement repeatable;
    without ``system`` there is an API server and nothing behind it (for tests).

    ``proxy_mode`` is kube-proxy's; empty: what the cluster had before, else iptables.  ``grace``
    is the longest that a container may take to end after SIGTERM, in seconds.
    """

    state_dir: Path
    seed: int | None = None
    port: int = 0
    system: bool = True
    proxy_mode: str = ""
    grace: float = SHORT_GRACE


class NoDelay(HTTPServer):
    """A server that sends small answers at once (TCP_NODELAY)."""

    def handle_stream(self, stream: Any, address: tuple[Any, ...]) -> None:
        stream.set_nodelay(True)
        super().handle_stream(stream, address)


def labkit_version() -> str:
    """The version of the installed package."""
    try:
        return version("labkit")
    except PackageNotFoundError:
        return "0"


class Server:
    """A running API server and the cluster behind it."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self._stopped = asyncio.Event()
        self._system: System | None = None

    async def start(self) -> None:
        """Open the store, start the parts, listen, write state file and kubeconfig."""
        folder = self.settings.state_dir
        make_folder(folder)
        open_private(folder / "cluster.db")
        self.store = Store(str(folder / "cluster.db"))
        self._started = self.clock.now()
        self.proxy_mode = self._mode()
        machinery = Machinery(self.store, self.clock, chance.chance(self.settings.seed))
        self.site = Site(machinery, self._secret(), info=self.info, stop=self._stopped.set)
        self._http = NoDelay(application(self.site), idle_connection_timeout=IDLE)
        sockets = self._listening()
        self.site.port = sockets[0].getsockname()[1]
        self._http.add_sockets(sockets)
        await self._start_system(machinery)
        self._write_files()

    def _listening(self) -> list[socket.socket]:
        """The port of the last run, so that clients go on by themselves after ``kill -9``; any
        other one if somebody else has it now."""
        last = self.settings.port or int(self.store.fact("port") or 0)
        try:
            sockets = bind_sockets(last, HOST, socket.AF_INET)
        except OSError:
            if self.settings.port or not last:
                raise
            sockets = bind_sockets(0, HOST, socket.AF_INET)
        self.store.remember("port", str(sockets[0].getsockname()[1]))
        return sockets

    async def _start_system(self, machinery: Machinery) -> None:
        """Controllers, scheduler, kubelets and network; imported late, they are most of it."""
        if not self.settings.system:
            return
        from labkit.embedded import system

        folder = self.settings.state_dir
        self._system = await system.start(
            machinery,
            self.clock,
            seed=self.settings.seed,
            proxy_mode=self.proxy_mode,
            runtime_dir=folder,
            max_grace_seconds=self.settings.grace,
        )
        self.site.runtime = self._system.runtime
        self.site.rules = self._system.node_rules
        self.site.control = self._system.control
        self.site.net = self._system.control.net_of(f"node/{plan.NODES[0].name}")

    def _mode(self) -> str:
        """kube-proxy's mode, remembered with the objects."""
        mode = self.settings.proxy_mode or self.store.fact("proxyMode") or "iptables"
        self.store.remember("proxyMode", mode)
        return mode

    def _secret(self) -> str:
        found = self.store.fact("secret")
        if found is None:
            found = secrets.token_urlsafe(24)
            self.store.remember("secret", found)
        return found

    @property
    def url(self) -> str:
        """Where clients find the API, the secret included."""
        return f"http://{HOST}:{self.site.port}/{self.site.secret}"

    def info(self) -> dict[str, Any]:
        """What ``labkit/v1/info`` shows."""
        return {
            "pid": os.getpid(),
            "version": labkit_version(),
            "kubernetesVersion": plan.KUBERNETES_VERSION,
            "proxyMode": self.proxy_mode,
            "started": rfc3339(self._started),
            "uptimeSeconds": round(self.clock.now() - self._started, 3),
        }

    def _write_files(self) -> None:
        folder = self.settings.state_dir
        state = {
            "pid": os.getpid(),
            "port": self.site.port,
            "secret": self.site.secret,
            "started": rfc3339(self._started),
            "version": labkit_version(),
        }
        write_private(folder / "kubeconfig", kubeconfig(self.url))
        write_private(folder / "state.json", json.dumps(state, indent=2) + "\n")

    async def wait(self) -> None:
        """Until somebody stops the server."""
        await self._stopped.wait()

    def stop_soon(self) -> None:
        self._stopped.set()

    async def stop(self) -> None:
        """End in good order; the state file goes, objects stay."""
        self._http.stop()
        await self._http.close_all_connections()
        if self._system is not None:
            await self._system.stop()
        with contextlib.suppress(OSError):
            (self.settings.state_dir / "state.json").unlink()
        self.store.close()


def kubeconfig(url: str) -> str:
    """A kubeconfig (JSON is YAML) with one context, ``labkit``."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "labkit",
        "clusters": [{"name": "labkit", "cluster": {"server": url}}],
        "contexts": [{"name": "labkit", "context": {"cluster": "labkit", "user": "labkit"}}],
        "users": [{"name": "labkit", "user": {}}],
    }
    return json.dumps(config, indent=2) + "\n"


def make_folder(folder: Path) -> None:
    """The state folder, for its owner alone; ``ClusterError`` when it cannot be made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ClusterError(
            f"The state folder {folder} cannot be made: {error.strerror}.",
            "Choose a folder that you may write to.",
        ) from error


def open_private(path: Path) -> None:
    """Make sure that a file is there and only its owner can read it."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise ClusterError(
            f"{path} cannot be written: {error.strerror}.",
            "Make it writable, or choose another folder.",
        ) from error


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        raise ClusterError(
            f"{path} cannot be written: {error.strerror}.", "Make room, or choose another folder."
        ) from error


async def serve(settings: Settings) -> None:
    """Run a server until SIGTERM, SIGINT or ``POST shutdown``."""
    server = Server(settings)
    await server.start()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: its loops handle no signals
            loop.add_signal_handler(number, server.stop_soon)
    try:
        await server.wait()
    finally:
        await server.stop()
