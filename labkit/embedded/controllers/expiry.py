"""Events are kept for one hour, as kube-apiserver's ``--event-ttl`` does."""

from __future__ import annotations

from labkit.embedded.controllers.objects import Key, meta, seconds_of
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.interfaces import Json

EVENTS = "events"
KEPT_SECONDS = 3600.0
GRAIN = 300.0
"""How exactly: one timer for all, at most every five minutes."""


class EventExpiry(Controller):
    """Deletes events that are older than an hour."""

    name = "event-expiry"

    def watch(self) -> None:
        self.cluster.informer(EVENTS).on_change(self._event_changed)

    def _event_changed(self, kind: str, event: Json) -> None:
        if kind != "DELETED":
            self.queue.add_after(("", "all"), GRAIN)

    def reconcile(self, key: Key) -> None:
        now, left = self.clock.now(), False
        for event in self.cluster.all(EVENTS):
            said = event.get("lastTimestamp") or meta(event).get("creationTimestamp")
            if now - seconds_of(said) >= KEPT_SECONDS:
                self.cluster.delete(EVENTS, event)
            else:
                left = True
        if left:
            self.queue.add_after(("", "all"), GRAIN)
