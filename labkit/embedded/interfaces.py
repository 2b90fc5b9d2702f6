"""The seams inside the embedded cluster: who may ask what of whom.

::

    tornado (api/) ──┐                       ┌── kube-proxy, one per node (proxy.py)
    controllers/ ────┼──> Api (machinery.py) ┤
    scheduler.py ────┘         │ store.py    └── DNS (dns.py)
                               v
    kubelet.py (Runtime) ── runs programs of images/ ── Net (network.py): every packet
                                                        walks through the node's rules

Resources are named as kubectl names them: ``pods``, ``deployments.apps``,
``endpointslices.discovery.k8s.io``.  Objects are plain JSON dicts and are never changed in
place by anyone: copy, then write back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from labkit.clock import Clock
from labkit.embedded.streams import Stream

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """``type`` is ADDED, MODIFIED, DELETED, BOOKMARK or ERROR; ``version`` the change's number."""

    type: str
    object: Json
    version: int


class Watch(Protocol):
    """A running watch: ``async for event in watch``; ``close`` ends it."""

    def __aiter__(self) -> AsyncIterator[WatchEvent]: ...

    def close(self) -> None: ...


class Api(Protocol):
    """The API server's verbs, in process: the same admission, defaults, validation and words as
    over HTTP.  All raise ``StatusError``.  Synchronous: SQLite answers in microseconds."""

    def get(self, resource: str, namespace: str | None, name: str) -> Json: ...

    def list(
        self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> list[Json]: ...

    def version(self) -> int:
        """The number of the newest change (the resourceVersion of a list taken now)."""
        ...

    def create(
        self, resource: str, namespace: str | None, obj: Json, *, manager: str = "labkit"
    ) -> Json: ...

    def update(
        self,
        resource: str,
        namespace: str | None,
        name: str,
        obj: Json,
        *,
        subresource: str = "",
        manager: str = "labkit",
    ) -> Json:
        """Replace; a ``metadata.resourceVersion`` in ``obj`` is the optimistic lock (409)."""
        ...

    def patch(
        self,
        resource: str,
        namespace: str | None,
        name: str,
        patch: Any,
        *,
        kind: str = "merge",
        subresource: str = "",
        manager: str = "labkit",
    ) -> Json:
        """``kind`` is merge, strategic or apply (an object), or json (a list of operations)."""
        ...

    def delete(
        self,
        resource: str,
        namespace: str | None,
        name: str,
        *,
        grace_seconds: int | None = None,
        propagation: str | None = None,
        uid: str | None = None,
    ) -> Json: ...

    def watch(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        since: int | None = None,
        labels: str = "",
        fields: str = "",
    ) -> Watch:
        """Changes after number ``since``; ``None`` first gives an ADDED for all that exists."""
        ...


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end, as the packet says it (after NAT)."""

    address: str
    port: int


TcpHandler = Callable[[Stream, Peer], Awaitable[None]]
UdpHandler = Callable[[bytes, Peer], Awaitable[bytes | None]]


class Listener(Protocol):
    """An open port; ``close`` refuses new connections and leaves the others alone."""

    def close(self) -> None: ...


class Net(Protocol):
    """The network as one Pod (or one node) sees it.  ``host`` is a name or an address.

    ``connect`` raises ``ConnectionRefusedError`` (reset, or REJECT), ``TimeoutError`` (dropped),
    ``OSError(ENETUNREACH/EHOSTUNREACH)``, ``NameNotFound``.
    """

    address: str

    @property
    def virtual_addresses(self) -> tuple[str, ...]:
        """The addresses on ``kube-ipvs0``, on a node whose kube-proxy is in IPVS mode."""
        ...

    async def connect(
        self, host: str, port: int, *, timeout: float | None = None, source: str = ""
    ) -> Stream:
        """``source``: from this address of its own (``OSError(EADDRNOTAVAIL)`` if it is none)."""
        ...

    def listen(self, port: int, handler: TcpHandler, *, address: str = "0.0.0.0") -> Listener: ...

    def listen_udp(
        self, port: int, handler: UdpHandler, *, address: str = "0.0.0.0"
    ) -> Listener: ...

    async def datagram(self, host: str, port: int, data: bytes, *, timeout: float) -> bytes:
        """Send one UDP datagram and give back the first answer."""
        ...

    async def resolve(self, name: str) -> list[str]:
        """IPv4 addresses of a name by /etc/hosts and the cluster DNS; ``NameNotFound``."""
        ...

    async def ping(self, address: str, *, timeout: float) -> bool: ...


class NameNotFound(OSError):
    """The resolver knows no such name."""


@dataclass(slots=True)
class Process:
    """What a running program of an emulated image has: arguments, environment, streams, network.

    ``stdout`` and ``stderr`` take bytes.  ``files`` is the container's file system: absolute
    path to content.  ``programs`` are the others of the image (for its shell).  A program is
    stopped by cancelling its task, as SIGKILL does; ``terminate`` is set first, as SIGTERM.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    stdin: Stream | None
    stdout: Callable[[bytes], None]
    stderr: Callable[[bytes], None]
    net: Net
    files: MutableMapping[str, bytes]
    clock: Clock
    hostname: str
    programs: Mapping[str, Program]
    workdir: str = "/"
    tty: bool = False
    state: dict[str, Any] = field(default_factory=dict)
    """Shared by all processes of one container (for example a server's counters)."""


class Program(Protocol):
    """A program of an image: runs until done, returns its exit status (0-255)."""

    async def __call__(self, process: Process) -> int: ...


class Image(Protocol):
    """An emulated image: names it answers to, what it starts, the programs it holds.

    ``tags`` empty means that any tag exists.  ``programs`` maps ``wget`` or ``/http-echo`` to
    what runs; a command is looked up by its full path, then by its base name.  ``user`` is the
    number of the user and of the group that its processes run as, ``size`` what a pull takes.
    """

    repositories: tuple[str, ...]
    tags: tuple[str, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    env: Mapping[str, str]
    programs: Mapping[str, Program]
    files: Mapping[str, bytes]
    user: tuple[int, int]
    size: int


class Images(Protocol):
    """The registry of what exists here."""

    def find(self, reference: str) -> Image | None: ...

    def names(self) -> list[str]:
        """Every reference that can be pulled here, for the event of an unknown image."""
        ...


class Network(Protocol):
    """All nodes, their rules and their Pods' addresses."""

    def attach(self, node: str, address: str, pod: Json) -> Net:
        """Give a Pod its interface on a node; with ``hostNetwork`` the node's own."""
        ...

    def detach(self, node: str, address: str) -> None: ...

    def node_net(self, node: str) -> Net:
        """The network as the node itself sees it (probes of the kubelet, host processes)."""
        ...


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Query of ``.../pods/NAME/log``; seconds, lines and bytes as in the API."""

    container: str = ""
    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail_lines: int | None = None
    since_seconds: int | None = None
    since_time: str | None = None
    limit_bytes: int | None = None


class Runtime(Protocol):
    """What the kubelets offer to the API server for logs, exec, attach and port-forward.

    All raise ``StatusError`` with the kubelet's words when the container is not there.
    """

    def logs(self, pod: Json, options: LogOptions) -> AsyncIterator[bytes]: ...

    async def exec(
        self,
        pod: Json,
        container: str,
        command: Sequence[str],
        *,
        stdin: Stream | None,
        stdout: Callable[[bytes], None],
        stderr: Callable[[bytes], None],
        tty: bool = False,
    ) -> int: ...

    async def attach(
        self,
        pod: Json,
        container: str,
        *,
        stdin: Stream | None,
        stdout: Callable[[bytes], None],
        stderr: Callable[[bytes], None],
    ) -> int: ...

    async def dial(self, pod: Json, port: int) -> Stream:
        """A connection to a port on the Pod's own loopback (port-forward)."""
        ...


class NodeRules(Protocol):
    """What the labkit-only paths of the API server show of a node."""

    def rules_text(self, node: str, *, counters: bool = False) -> str:
        """What ``iptables-save`` would print on that node (or ``nft list ruleset``, or what
        IPVS mode keeps, by the mode of kube-proxy)."""
        ...

    def conntrack_lines(self, node: str) -> list[str]:
        """What ``conntrack -L`` would print on that node."""
        ...

    def last_sync(self, node: str) -> Json:
        """What kube-proxy wrote last on that node, and which Services that was about."""
        ...


class Power(Protocol):
    """The parts of the emulated network that no object of the API describes."""

    def switch_off(self, node: str) -> None:
        """The node neither sends nor hears anything any more."""
        ...

    def switch_on(self, node: str) -> None: ...

    def node_net(self, node: str) -> Net: ...

    def outside_net(self) -> Net:
        """The network as the host sees it on which the nodes run."""
        ...


class Switches(Protocol):
    """What can be done to an emulated cluster that no object of the API says.

    Both raise ``StatusError``.
    """

    async def switch(self, node: str, on: bool, grace: float | None = None) -> None:
        """A node's power; ``grace`` are the seconds until a silent node is NotReady."""
        ...

    async def ask(self, wish: Json) -> Json:
        """One HTTP request from somewhere in the emulated network; what came of it."""
        ...
