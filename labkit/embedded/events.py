"""Events: what happened to an object, as ``kubectl describe`` shows it.

The same event said again counts up instead of making a new one, as the correlator of
client-go's tools/record does (same object, source, type, reason and message).
"""

from __future__ import annotations

from collections import OrderedDict

from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.objects import name, namespace, timestamp, uid
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

REMEMBERED = 4096
_KINDS_WITHOUT_UID = ("Node",)


class Recorder:
    """Writes events in the name of one component (``kubelet``, ``deployment-controller``)."""

    def __init__(self, cluster: Cluster, component: str, host: str = "") -> None:
        self._cluster = cluster
        self._component, self._host = component, host
        self._written: OrderedDict[tuple[str, ...], Json] = OrderedDict()

    def normal(self, about: Json, reason: str, message: str, *, field: str = "") -> None:
        """Say that something happened as it should."""
        self.record(about, "Normal", reason, message, field=field)

    def warning(self, about: Json, reason: str, message: str, *, field: str = "") -> None:
        """Say that something went wrong."""
        self.record(about, "Warning", reason, message, field=field)

    def record(self, about: Json, kind: str, reason: str, message: str, *, field: str = "") -> None:
        """Write an event, or count one up.  A full or deleted namespace loses it silently."""
        target = _reference(about, field)
        same = (str(target["uid"]), str(target["name"]), field, kind, reason, message)
        try:
            self._write(same, target, kind, reason, message)
        except StatusError:
            self._written.pop(same, None)

    def _write(
        self, same: tuple[str, ...], target: Json, kind: str, reason: str, message: str
    ) -> None:
        now = timestamp(self._cluster.clock.now())
        known = self._written.get(same)
        if known is not None and self._counted(same, known, now):
            return
        where = str(target.get("namespace") or "default")
        event = self._event(target, where, kind, reason, message, now)
        self._written[same] = self._cluster.create("events", event, manager=self._component)
        while len(self._written) > REMEMBERED:
            self._written.popitem(last=False)

    def _counted(self, same: tuple[str, ...], known: Json, now: str) -> bool:
        changes = {"count": int(known.get("count") or 1) + 1, "lastTimestamp": now}
        try:
            self._written[same] = self._cluster.patch(
                "events", known, changes, manager=self._component
            )
        except StatusError:
            return False
        return True

    def _event(
        self, target: Json, where: str, kind: str, reason: str, message: str, now: str
    ) -> Json:
        source = {"component": self._component}
        if self._host:
            source["host"] = self._host
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": self._name(str(target["name"])), "namespace": where},
            "involvedObject": target,
            "type": kind,
            "reason": reason,
            "message": message[:1024],
            "source": source,
            "reportingComponent": self._component,
            "reportingInstance": self._host,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }

    def _name(self, about: str) -> str:
        """``NAME.NANOSECONDS`` in hexadecimal, never the same twice."""
        return f"{about}.{self._cluster.ticket():x}"


def _reference(about: Json, field: str) -> Json:
    """An ObjectReference; a Node's uid is its name, as the kubelet writes it."""
    kind = str(about.get("kind") or "")
    reference: Json = {
        "kind": kind,
        "name": name(about),
        "uid": name(about) if kind in _KINDS_WITHOUT_UID else uid(about),
        "apiVersion": str(about.get("apiVersion") or "v1"),
    }
    if namespace(about):
        reference["namespace"] = namespace(about)
    if (about.get("metadata") or {}).get("resourceVersion"):
        reference["resourceVersion"] = about["metadata"]["resourceVersion"]
    if field:
        reference["fieldPath"] = field
    return reference
