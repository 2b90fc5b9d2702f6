"""Names to addresses, as the C library of a container does it.

First ``/etc/hosts``, then the name servers of ``/etc/resolv.conf`` with its search list:
a name with fewer dots than ``ndots`` is tried with each suffix first (resolv.conf(5)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from labkit.embedded.dns import wire
from labkit.embedded.interfaces import NameNotFound
from labkit.plan import CLUSTER_DOMAIN, DNS_SERVICE_IP, NODE_GATEWAY


@dataclass(frozen=True, slots=True)
class Config:
    """What the resolver reads."""

    servers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    ndots: int = 1
    timeout: float = 5.0
    attempts: int = 2
    hosts: Mapping[str, str] = field(default_factory=dict)

    def candidates(self, name: str) -> list[str]:
        """The full names to try, in order."""
        if name.endswith("."):
            return [name[:-1]]
        with_suffix = [f"{name}.{suffix}" for suffix in self.search]
        if name.count(".") >= self.ndots:
            return [name, *with_suffix]
        return [*with_suffix, name]


def parse(resolv_conf: str, hosts: str = "") -> Config:
    """``/etc/resolv.conf`` and ``/etc/hosts`` as texts; what is not understood is passed over."""
    servers: list[str] = []
    search: tuple[str, ...] = ()
    options: dict[str, int] = {}
    for line in resolv_conf.splitlines():
        words = line.split()
        if words[:1] == ["nameserver"] and len(words) > 1:
            servers.append(words[1])
        elif words[:1] == ["search"]:
            search = tuple(words[1:])
        elif words[:1] == ["options"]:
            pairs = (word.partition(":") for word in words[1:])
            options.update({key: int(value) for key, _, value in pairs if value.isdigit()})
    return Config(
        tuple(servers[:3]), search, options.get("ndots", 1), float(options.get("timeout", 5)),
        options.get("attempts", 2), _hosts(hosts),
    )  # fmt: skip


def _hosts(text: str) -> dict[str, str]:
    """IPv4 addresses by name; the first line that has a name counts."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words and "." in words[0]:
            for name in words[1:]:
                found.setdefault(name.lower(), words[0])
    return found


def for_pod(pod: Mapping[str, Any], address: str) -> Config:
    """What the files say that the kubelet writes for a Pod (dnsPolicy, hostAliases)."""
    spec = pod.get("spec", {})
    meta = pod.get("metadata", {})
    hosts = {"localhost": "127.0.0.1", str(spec.get("hostname") or meta.get("name", "")): address}
    for alias in spec.get("hostAliases") or ():
        for name in alias.get("hostnames") or ():
            hosts.setdefault(str(name).lower(), str(alias["ip"]))
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    if policy in ("None", "Default") or (policy == "ClusterFirst" and spec.get("hostNetwork")):
        return Config(servers=(NODE_GATEWAY,), hosts=hosts)
    domain = CLUSTER_DOMAIN
    search = (f"{meta.get('namespace', 'default')}.svc.{domain}", f"svc.{domain}", domain)
    return Config((DNS_SERVICE_IP,), search, 5, hosts=hosts)


class UdpSocket(Protocol):
    """Asks one server, hears its answers."""

    def send(self, data: bytes) -> None: ...

    async def receive(self, timeout: float) -> bytes: ...

    def close(self) -> None: ...


@runtime_checkable
class Asking(Protocol):
    """What the resolver needs of a network."""

    def socket(self, address: str, port: int) -> UdpSocket: ...


class Resolver:
    """Asks over ``net`` what ``config`` says."""

    def __init__(self, net: Asking, config: Config) -> None:
        self._net, self._config = net, config
        self._identifier = 0

    async def addresses(self, name: str) -> list[str]:
        """IPv4 addresses of a name.  Raises ``NameNotFound``."""
        if is_address(name):
            return [name]
        known = self._config.hosts.get(name.lower().rstrip("."))
        if known:
            return [known]
        for full in self._config.candidates(name):
            found = await self._ask(full)
            if found:
                return found
        raise NameNotFound(name)

    async def _ask(self, name: str) -> list[str]:
        """A and AAAA from one socket, as musl asks; the servers in turn, ``attempts`` times."""
        for _ in range(self._config.attempts):
            for server in self._config.servers:
                try:
                    return await self._ask_server(name, server)
                except (TimeoutError, OSError):
                    continue
        return []

    async def _ask_server(self, name: str, server: str) -> list[str]:
        socket = self._net.socket(server, 53)
        try:
            waiting = {}
            for kind in (wire.A, wire.AAAA):
                self._identifier = (self._identifier + 1) & 0xFFFF
                waiting[self._identifier] = kind
                socket.send(wire.query(self._identifier, name, kind))
            found: list[str] = []
            while waiting:
                answer = wire.parse(await socket.receive(self._config.timeout))
                if waiting.pop(answer.identifier, None) == wire.A:
                    found = [str(one.data) for one in answer.answers if one.kind == wire.A]
            return found
        finally:
            socket.close()


def is_address(text: str) -> bool:
    """Whether the text is a dotted IPv4 address."""
    parts = text.split(".")
    return len(parts) == 4 and all(
        part.isascii() and part.isdigit() and int(part) < 256 for part in parts
    )
