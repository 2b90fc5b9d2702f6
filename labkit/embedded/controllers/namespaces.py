"""Namespaces: what each is born with, and how one is emptied before it goes.

After the serviceaccount, root-ca-cert-publisher and namespace controllers.
"""

from __future__ import annotations

from labkit.embedded.controllers import resources
from labkit.embedded.controllers.cluster import Handler
from labkit.embedded.controllers.objects import Key, copied, deleting, name, namespace
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

NAMESPACES, ACCOUNTS, CONFIG = "namespaces", "serviceaccounts", "configmaps"
ROOT_CA = "kube-root-ca.crt"
ABOUT_CA = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
    "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
    "guaranteed across distributions of Kubernetes clusters."
)
NO_CA = "# The embedded cluster speaks plain HTTP on the loopback: there is no certificate.\n"


class NamespaceController(Controller):
    """Gives every namespace its default ServiceAccount and CA bundle, and empties dying ones."""

    name = "namespace-controller"

    def watch(self) -> None:
        self._resources = resources.present(self.cluster.api)
        self.cluster.informer(NAMESPACES).on_change(self.enqueue)
        for resource in self._resources:
            self.cluster.informer(resource).on_change(self._content_changed(resource))

    def _content_changed(self, resource: str) -> Handler:
        def changed(kind: str, obj: Json) -> None:
            if kind != "DELETED":
                return
            where = self.cluster.get(NAMESPACES, "", namespace(obj))
            if where is not None and (deleting(where) or resource in (ACCOUNTS, CONFIG)):
                self.queue.add(("", name(where)))

        return changed

    def reconcile(self, key: Key) -> None:
        found = self.cluster.get(NAMESPACES, *key)
        if found is None:
            return
        if deleting(found):
            self._empty(found)
        else:
            self._furnish(name(found))

    def _furnish(self, where: str) -> None:
        for resource, obj in furniture(where):
            if self.cluster.get(resource, where, obj["metadata"]["name"]) is None:
                self._create(resource, obj)

    def _create(self, resource: str, obj: Json) -> None:
        try:
            self.cluster.create(resource, obj, manager="kube-controller-manager")
        except StatusError as error:
            if error.code != 409:
                raise

    def _empty(self, found: Json) -> None:
        """Delete everything inside; when nothing is left, take the finalizer off."""
        where, left = name(found), False
        for resource in self._resources:
            for obj in self.cluster.all(resource, where):
                if not deleting(obj):
                    self.cluster.delete(resource, obj, propagation="Background")
            left = left or bool(self.cluster.all(resource, where))
        if left:
            return
        if "kubernetes" in ((found.get("spec") or {}).get("finalizers") or []):
            changed = copied(found)
            kept = [f for f in changed["spec"]["finalizers"] if f != "kubernetes"]
            changed["spec"]["finalizers"] = kept
            self.cluster.api.update(
                NAMESPACES, None, where, changed, subresource="finalize", manager=self.name
            )
        self.cluster.refresh(NAMESPACES, found)


def furniture(where: str) -> list[tuple[str, Json]]:
    """What every namespace has: its default ServiceAccount and the CA bundle."""
    account = _object("ServiceAccount", where, "default")
    bundle = _object("ConfigMap", where, ROOT_CA)
    bundle["metadata"]["annotations"] = {"kubernetes.io/description": ABOUT_CA}
    bundle["data"] = {"ca.crt": NO_CA}
    return [(ACCOUNTS, account), (CONFIG, bundle)]


def _object(kind: str, where: str, title: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": title, "namespace": where},
    }
