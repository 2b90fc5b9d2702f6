"""The controller of ResourceQuotas: writes into their status what is used.

After pkg/controller/resourcequota.
"""

from __future__ import annotations

from functools import partial

from labkit.embedded.controllers import resources
from labkit.embedded.controllers.cluster import Handler
from labkit.embedded.controllers.objects import Key, key, namespace
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.interfaces import Json
from labkit.embedded.quota import usage

QUOTAS = "resourcequotas"


class ResourceQuotaController(Controller):
    """Counts anew whenever something in the namespace of a quota comes, changes or goes."""

    name = "resourcequota-controller"

    def watch(self) -> None:
        self._known = resources.collected(self.cluster)
        for resource in self._known:
            self.cluster.informer(resource).on_change(self._handler(resource))

    def _handler(self, resource: str) -> Handler:
        def changed(kind: str, obj: Json) -> None:
            if resource == QUOTAS:
                self.queue.add(key(obj))
            for quota in self.cluster.informer(QUOTAS).all(namespace(obj)):
                self.queue.add(key(quota))

        return changed

    def reconcile(self, key: Key) -> None:
        quota = self.cluster.get(QUOTAS, *key)
        if quota is None:
            return
        hard = quota["spec"].get("hard") or {}
        used = usage.used_in(quota, partial(self._listed, key[0]), self.clock.now())
        status = {"hard": dict(hard), "used": usage.texts(used, hard)}
        self.cluster.write_status(QUOTAS, quota, status, manager=self.name)

    def _listed(self, space: str, resource: str) -> list[Json]:
        """Of a resource that does not exist (``count/widgets.example.com``) there are none."""
        return self.cluster.all(resource, space) if resource in self._known else []
