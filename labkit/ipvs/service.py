"""One virtual server at work: its list of servers, its scheduler, its persistent clients."""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.ipvs.nouns import RealServer, VirtualServer
from labkit.ipvs.schedulers import Client, Dest, Scheduler, scheduler_for

TRASH_PERIOD = 120.0
"""A removed server is forgotten when nothing has pointed to it for so long, in seconds
(``IP_VS_DEST_TRASH_PERIOD``, ip_vs.h)."""


@dataclass(slots=True, eq=False)
class Template:
    """What keeps a client with a server: lives until ``expires`` and while connections do."""

    dest: Dest
    expires: float
    connections: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """What a virtual server chose for a connection, and why.

    ``reason`` is ``scheduler`` (it chose), ``persistent`` (the client has been here),
    ``refused`` (there was nobody to choose).
    """

    dest: Dest | None
    reason: str
    template: Template | None = None


@dataclass(slots=True)
class LiveService:
    """The kernel's side of a virtual server.  ``dests`` is its list, the head first."""

    virtual: VirtualServer
    scheduler: Scheduler
    dests: list[Dest] = field(default_factory=list)
    trash: list[Dest] = field(default_factory=list)
    templates: dict[str, Template] = field(default_factory=dict)

    @classmethod
    def of(cls, virtual: VirtualServer) -> LiveService:
        """A fresh one, its servers added in order."""
        made = cls(virtual, scheduler_for(virtual.scheduler, virtual.flags))
        for server in virtual.servers:
            made.add(server, 0.0)
        return made

    # ---- servers ---------------------------------------------------------------

    def find(self, host: str, port: int) -> Dest | None:
        """The server of this address, if it is in the list."""
        return next((d for d in self.dests if (d.address, d.port) == (host, port)), None)

    def add(self, server: RealServer, now: float) -> None:
        """Put a server at the head of the list, or give it its new weight.

        One that was removed comes back from the trash with its connections
        (``ip_vs_trash_get_dest``).
        """
        dest = self.find(server.address, server.port)
        if dest is None:
            dest = self._from_trash(server, now) or Dest(server.address, server.port, 0, 0)
            dest.last_weight = server.weight
            dest.idle_since = None
            self.dests.insert(0, dest)
        dest.weight = server.weight
        dest.last_weight = server.weight or dest.last_weight
        self.scheduler.added(self.dests)

    def remove(self, host: str, port: int, now: float) -> bool:
        """Take a server out of the list into the trash; False when it is not there."""
        dest = self.find(host, port)
        if dest is None:
            return False
        place = self.dests.index(dest)
        del self.dests[place]
        self.scheduler.removed(self.dests, place, dest)
        dest.idle_since = None if dest.held else now
        self.trash.append(dest)
        return True

    def _from_trash(self, server: RealServer, now: float) -> Dest | None:
        """The same server as it was when it was removed, unless it is long forgotten."""
        self.trash = [
            dest
            for dest in self.trash
            if dest.idle_since is None or now - dest.idle_since < TRASH_PERIOD
        ]
        for dest in self.trash:
            if (dest.address, dest.port) == (server.address, server.port):
                self.trash.remove(dest)
                return dest
        return None

    # ---- new connections ---------------------------------------------------------

    def choose(self, source: str, client: Client, now: float, *, expire_quiescent: bool) -> Choice:
        """The server for a new connection of ``source``.

        The scheduler moves on, persistence is renewed.
        """
        if not self.virtual.persistence:
            dest = self.scheduler.pick(self.dests, client)
            return Choice(dest, "scheduler" if dest else "refused")
        kept = self._kept(source, now, expire_quiescent)
        if kept is not None:
            kept.expires = now + self.virtual.persistence
            return Choice(kept.dest, "persistent", kept)
        dest = self.scheduler.pick(self.dests, client)
        if dest is None:
            return Choice(None, "refused")
        made = Template(dest, now + self.virtual.persistence)
        dest.templates += 1
        self.templates[source] = made
        return Choice(dest, "scheduler", made)

    def _kept(self, source: str, now: float, expire_quiescent: bool) -> Template | None:
        """The client's template, if it still counts (``ip_vs_check_template``)."""
        self.expire(now)
        kept = self.templates.get(source)
        if kept is None:
            return None
        drained = expire_quiescent and kept.dest.weight == 0
        if kept.dest in self.dests and not drained:
            return kept
        self._forget(source, now)
        return None

    def expire(self, now: float) -> None:
        """Forget the clients whose time is up and who have no connection left."""
        over = [
            source
            for source, kept in self.templates.items()
            if kept.expires <= now and not kept.connections
        ]
        for source in over:
            self._forget(source, now)

    def _forget(self, source: str, now: float) -> None:
        kept = self.templates.pop(source)
        kept.dest.templates -= 1
        self.released(kept.dest, now)

    def released(self, dest: Dest, now: float) -> None:
        """Something stopped pointing to a server: in the trash its time starts to run."""
        if not dest.held and dest not in self.dests:
            dest.idle_since = now
