"""Events are kept for one hour, as kube-apiserver's ``--event-ttl`` does, and no more than some
thousand of them: here they lie in memory."""

from __future__ import annotations

from labkit.embedded.controllers.objects import Key, meta, seconds_of, version
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.interfaces import Json

EVENTS = "events"
KEPT_SECONDS = 3600.0
MOST_EVENTS = 3000
"""When there are a fifth more, the oldest go."""
GRAIN = 300.0
"""How exactly: one timer for all, at most every five minutes."""


class EventExpiry(Controller):
    """Deletes events that are older than an hour."""

    name = "event-expiry"

    def watch(self) -> None:
        self._count = 0
        self.cluster.informer(EVENTS).on_change(self._event_changed)

    def _event_changed(self, kind: str, event: Json) -> None:
        if kind != "DELETED":
            self.queue.add_after(("", "all"), GRAIN)
        self._count += {"ADDED": 1, "DELETED": -1}.get(kind, 0)
        if self._count > MOST_EVENTS * 1.2:
            self.queue.add(("", "surplus"))

    def reconcile(self, key: Key) -> None:
        if key[1] == "surplus":
            events = sorted(self.cluster.all(EVENTS), key=version)
            for event in events[: max(0, len(events) - MOST_EVENTS)]:
                self.cluster.delete(EVENTS, event)
            return
        now, left = self.clock.now(), False
        for event in self.cluster.all(EVENTS):
            said = event.get("lastTimestamp") or meta(event).get("creationTimestamp")
            if now - seconds_of(said) >= KEPT_SECONDS:
                self.cluster.delete(EVENTS, event)
            else:
                left = True
        if left:
            self.queue.add_after(("", "all"), GRAIN)
