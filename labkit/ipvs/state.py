"""What IPVS remembers: virtual servers at work, and their connections.

Clock and table are passed in.  Nothing here is random: the same connections in the same order
meet the same servers.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

from labkit.clock import Clock, ManualClock
from labkit.errors import RulesError
from labkit.ipvs.nouns import IpvsTable, Key, RealServer, VirtualServer, folded
from labkit.ipvs.schedulers import Client, Dest
from labkit.ipvs.service import Choice, LiveService, Template
from labkit.model.packet import FlowKey, Packet

IDLE = {"tcp": 900.0, "udp": 300.0, "sctp": 900.0}
"""Seconds until an established connection is forgotten (``tcp_timeouts`` in
ip_vs_proto_tcp.c, ``udp_timeouts``, ``sctp_timeouts``; kube-proxy leaves them as they are)."""

CLOSING, RESET = 120.0, 10.0
"""The same for TCP after a FIN (FIN_WAIT) and after a reset (CLOSE)."""

REAP = 60.0
"""kube-proxy asks drained servers once a minute (``rsCheckDeleteInterval``)."""


@dataclass(slots=True, eq=False)
class Connection:
    """One connection through IPVS; ``open`` until its end begins."""

    flow: FlowKey
    service: LiveService
    dest: Dest
    template: Template | None = None
    open: bool = True
    expires: float = 0.0

    @property
    def virtual(self) -> VirtualServer:
        """The virtual server that it came to."""
        return self.service.virtual


class IpvsState:
    """All that changes.  ``clock`` counts persistence and the trash (seconds).

    ``expire_nodest`` and ``expire_quiescent`` are the sysctls ``expire_nodest_conn`` and
    ``expire_quiescent_template``, which kube-proxy sets to 1: connections of a removed server
    end with their next packet, and persistence does not lead to a drained server.
    """

    def __init__(
        self,
        table: IpvsTable | None = None,
        clock: Clock | None = None,
        *,
        expire_nodest: bool = True,
        expire_quiescent: bool = True,
    ) -> None:
        self.clock: Clock = clock or ManualClock()
        self.expire_nodest = expire_nodest
        self.expire_quiescent = expire_quiescent
        self.services: dict[Key, LiveService] = {}
        self.connections: dict[FlowKey, Connection] = {}
        self.draining: set[tuple[Key, str, int]] = set()
        self._looked = self._reaped = self.now
        self.adopt(table or IpvsTable())

    @property
    def now(self) -> float:
        """Seconds on the clock."""
        return self.clock.monotonic()

    # ---- the table ---------------------------------------------------------------

    def adopt(self, table: IpvsTable) -> None:
        """Make the virtual servers those of the table; what stays keeps its memory.

        Servers that are gone are removed at once (kube-proxy drains them first: see
        :meth:`drain`).  A changed scheduler starts afresh, with the servers in their order.
        """
        wanted = {virtual.key: virtual for virtual in table}
        for key in [key for key in self.services if key not in wanted]:
            del self.services[key]
        for key, virtual in wanted.items():
            live = self.services.get(key)
            if live is None:
                self.services[key] = LiveService.of(virtual)
                continue
            if (live.virtual.scheduler, live.virtual.flags) != (virtual.scheduler, virtual.flags):
                fresh = LiveService.of(replace(virtual, servers=()))
                live.scheduler = fresh.scheduler
                live.scheduler.added(live.dests)
            if live.virtual != virtual:
                live.virtual = virtual
                self._reconcile(live, virtual.servers)

    def sync(self, table: IpvsTable) -> None:
        """Make the virtual servers those of the table as kube-proxy does: servers that are gone
        are drained first (see :meth:`drain`)."""
        wanted = {virtual.key: virtual for virtual in table}
        kept = []
        for key, virtual in wanted.items():
            named = {(server.address, server.port) for server in virtual.servers}
            self.draining -= {(key, host, port) for host, port in named}
            live = self.services.get(key)
            gone = [d for d in live.dests if (d.address, d.port) not in named] if live else []
            rest = [
                RealServer(dest.address, dest.port, 0)
                for dest in gone
                if not self.drain(key, dest.address, dest.port)
            ]
            self.draining |= {(key, server.address, server.port) for server in rest}
            kept.append(replace(virtual, servers=(*virtual.servers, *rest)))
        self.draining = {one for one in self.draining if one[0] in wanted}
        self.adopt(IpvsTable(tuple(kept)))

    def _look_round(self) -> None:
        """Forget what is over: connections by their timers, drained servers without any."""
        if self.now - self._looked >= 1.0:
            self._looked = self.now
            for connection in [c for c in self.connections.values() if c.expires <= self.now]:
                self.forget(connection)
        if self.draining and self.now - self._reaped >= REAP:
            self._reaped = self.now
            for key, host, port in sorted(self.draining):
                dest = self.services[key].find(host, port)
                if dest is None or not (dest.active or dest.inactive):
                    self.services[key].remove(host, port, self.now)
                    self.draining.discard((key, host, port))

    def _reconcile(self, live: LiveService, servers: tuple[RealServer, ...]) -> None:
        """Add, change and remove servers until they are those of the table."""
        wanted = {(server.address, server.port): server for server in servers}
        for (host, port), server in wanted.items():
            dest = live.find(host, port)
            if dest is None or dest.weight != server.weight:
                live.add(server, self.now)
        for dest in [d for d in live.dests if (d.address, d.port) not in wanted]:
            live.remove(dest.address, dest.port, self.now)

    def service(self, key: Key) -> LiveService:
        """The virtual server of this key.  Raises :class:`RulesError` when there is none."""
        live = self.services.get(key)
        if live is None:
            raise RulesError("There is no such virtual server.", word=f"{key[0]} {key[1]}:{key[2]}")
        return live

    def add_server(self, key: Key, server: RealServer) -> None:
        """``ipvsadm -a`` (or ``-e``, when the server is there)."""
        self.service(key).add(server, self.now)

    def remove_server(self, key: Key, host: str, port: int) -> None:
        """``ipvsadm -d``.  Raises :class:`RulesError` when there is no such server."""
        if not self.service(key).remove(host, port, self.now):
            raise RulesError("There is no such real server.", word=f"{host}:{port}")

    def drain(self, key: Key, host: str, port: int) -> bool:
        """Remove a server as kube-proxy does; True when it is gone at once.

        UDP servers and servers without connections go at once; others get weight 0 and are
        asked again each minute (``graceful_termination.go``, ``rsCheckDeleteInterval``).
        """
        live = self.service(key)
        dest = live.find(host, port)
        if dest is None:
            raise RulesError("There is no such real server.", word=f"{host}:{port}")
        if key[0] == "udp" or not (dest.active or dest.inactive):
            return live.remove(host, port, self.now)
        live.add(RealServer(host, port, 0), self.now)
        return False

    # ---- connections -------------------------------------------------------------

    def known(self, packet: Packet) -> Connection | None:
        """The connection that a packet of a client belongs to."""
        self._look_round()
        found = self.connections.get(packet.flow)
        if found is not None and found.expires <= self.now:
            self.forget(found)
            return None
        return found

    def saw(self, connection: Connection, flags: str) -> None:
        """A packet of a connection went by, in either direction: its timer begins anew."""
        words = flags.split(",") if connection.flow.proto == "tcp" else []
        idle = IDLE.get(connection.flow.proto, 900.0)
        if "FIN" in words or "RST" in words:
            self.finish(connection)
        if not connection.open:
            idle = RESET if "RST" in words else CLOSING
        connection.expires = self.now + idle

    def connect(self, packet: Packet) -> Choice | None:
        """A new connection; None when no virtual server listens there."""
        self._look_round()
        live = self.services.get((packet.proto, packet.dst, packet.dport))
        if live is None:
            return None
        client = Client(folded(packet.src), packet.sport, folded(packet.dst))
        choice = live.choose(packet.src, client, self.now, expire_quiescent=self.expire_quiescent)
        if choice.dest is not None:
            made = Connection(packet.flow, live, choice.dest, choice.template)
            made.expires = self.now + IDLE.get(packet.proto, 900.0)
            made.dest.active += 1
            if made.template is not None:
                made.template.connections += 1
            earlier = self.connections.get(packet.flow)
            if earlier is not None:
                self.forget(earlier)
            self.connections[packet.flow] = made
        return choice

    def finish(self, connection: Connection) -> None:
        """The connection begins to end (FIN): it counts as inactive from now on."""
        if connection.open:
            connection.open = False
            connection.dest.active -= 1
            connection.dest.inactive += 1

    def forget(self, connection: Connection) -> None:
        """The connection's timer is over (TCP: 120 s in FIN_WAIT)."""
        if connection.open:
            connection.dest.active -= 1
        else:
            connection.dest.inactive -= 1
        if connection.template is not None:
            connection.template.connections -= 1
        self.connections.pop(connection.flow, None)
        connection.service.released(connection.dest, self.now)

    def fork(self, key: Key, flow: FlowKey | None = None) -> IpvsState:
        """A copy in which a packet to one virtual server can be tried out.

        Of the connections only ``flow`` comes along.
        """
        twin = IpvsState(
            clock=self.clock,
            expire_nodest=self.expire_nodest,
            expire_quiescent=self.expire_quiescent,
        )
        live = self.services.get(key)
        known = self.connections.get(flow) if flow is not None else None
        twin_live, twin_known = copy.deepcopy((live, known))
        if twin_live is not None:
            twin.services[key] = twin_live
        if twin_known is not None:
            twin.connections[twin_known.flow] = twin_known
        return twin
