"""Watches over HTTP: one JSON object a line, until the time is up or the client goes.

Source: apiserver/pkg/endpoints/handlers/watch.go, storage/cacher (bookmarks), KEP-3157
(``sendInitialEvents``: the objects there are, then a bookmark that says so, then changes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError

from labkit.embedded.api import tables
from labkit.embedded.api.accept import TABLE, Form
from labkit.embedded.api.base import encoded
from labkit.embedded.api.paths import Target
from labkit.embedded.interfaces import WatchEvent
from labkit.embedded.machinery.reading import Match, matcher
from labkit.embedded.machinery.watching import ObjectWatch
from labkit.embedded.status import Cause, StatusError, bad_request, invalid

if TYPE_CHECKING:
    from labkit.embedded.api.objects import ObjectHandler

Json = dict[str, Any]

BOOKMARK_EVERY = 60.0
LONGEST = 3600.0
INITIAL_END = "k8s.io/initial-events-end"


class WatchStream:
    """One watch request being answered."""

    def __init__(self, handler: ObjectHandler, target: Target, form: Form) -> None:
        query = handler.query
        self._handler = handler
        self._target = target
        self._form = form
        self._include = query.text("includeObject")
        self._bookmarks = query.flag("allowWatchBookmarks")
        self._initial = query.flag("sendInitialEvents")
        self._clock = handler.site.world.clock
        seconds = query.number("timeoutSeconds")
        self._end = self._clock.monotonic() + float(seconds or LONGEST)
        self._first = True
        _check_initial(handler, self._initial)
        self._watch = self._open(handler)

    def _open(self, handler: ObjectHandler) -> ObjectWatch:
        query, target = handler.query, self._target
        match = matcher(target.kind, query.text("labelSelector"), query.text("fieldSelector"))
        if target.name:
            match = _named(target.name, match)
        version = query.text("resourceVersion")
        since = None if self._initial or version in ("", "0") else _number(version)
        store = handler.site.world.store
        try:
            return ObjectWatch(store, target.kind, target.namespace, match, since)
        except StatusError as refusal:
            watch = ObjectWatch(store, target.kind, target.namespace, match, store.version)
            watch.fail(refusal)
            return watch

    async def run(self) -> None:
        """Write events until the end."""
        self._handler.set_status(200)
        self._handler.set_header("Content-Type", "application/json")
        try:
            await self._handler.flush()
            if self._initial:
                await self._send_initial()
            await self._send_changes()
        except StreamClosedError:
            pass
        finally:
            self._watch.close()

    def stop(self) -> None:
        """The client is gone, or the server is going."""
        self._watch.close()

    async def _send_initial(self) -> None:
        while self._watch.ready():
            await self._pass_on(await self._watch.next())
        await self._bookmark({INITIAL_END: "true"})

    async def _send_changes(self) -> None:
        while not self._watch.closed:
            left = self._end - self._clock.monotonic()
            if left <= 0:
                return
            event = await self._watch.next(min(left, BOOKMARK_EVERY))
            if event is not None:
                await self._pass_on(event)
                if event.type == "ERROR":
                    return
            elif self._bookmarks and not self._watch.closed:
                await self._bookmark({})

    async def _bookmark(self, annotations: dict[str, str]) -> None:
        kind = self._target.kind
        metadata: Json = {"resourceVersion": str(self._watch.version)}
        if annotations:
            metadata["annotations"] = annotations
        obj: Json = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
        if self._form.shown_as == TABLE:
            obj = self._table([], {"resourceVersion": metadata["resourceVersion"]})
            obj["rows"] = [{"cells": [], "object": tables.partial({"metadata": metadata})}]
        elif self._form.shown_as:
            obj = tables.partial({"metadata": metadata})
        await self._write("BOOKMARK", obj)

    async def _pass_on(self, event: WatchEvent | None) -> None:
        if event is not None:
            await self._write(event.type, self._shown(event))

    def _shown(self, event: WatchEvent) -> Json:
        if event.type == "ERROR" or not self._form.shown_as:
            return event.object
        if self._form.shown_as == TABLE:
            version = event.object["metadata"]["resourceVersion"]
            return self._table([event.object], {"resourceVersion": version})
        return tables.partial(event.object)

    def _table(self, objects: list[Json], metadata: Json) -> Json:
        now = self._handler.site.world.now()
        made = tables.table(self._target.kind, objects, now, metadata, self._include)
        if not self._first:
            made["columnDefinitions"] = None
        self._first = False
        return made

    async def _write(self, kind: str, obj: Json) -> None:
        self._handler.write(f'{{"type":"{kind}","object":{encoded(obj)}}}\n')
        await self._handler.flush()


def _named(name: str, match: Match) -> Match:
    return lambda obj: obj["metadata"]["name"] == name and match(obj)


def _number(version: str) -> int:
    try:
        return int(version)
    except ValueError:
        raise bad_request(
            f'Invalid value: "{version}": strconv.ParseUint: invalid syntax'
        ) from None


def _check_initial(handler: ObjectHandler, initial: bool) -> None:
    """The rules of metav1 ValidateListOptions about ``sendInitialEvents``."""
    match = handler.query.text("resourceVersionMatch")
    if initial and match != "NotOlderThan":
        message = (
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        )
        cause = Cause("resourceVersionMatch", "FieldValueForbidden", message)
        raise invalid("ListOptions", "meta.k8s.io", "", [cause])
    if match and not handler.query.many("sendInitialEvents"):
        message = (
            "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents "
            "is provided"
        )
        cause = Cause("resourceVersionMatch", "FieldValueForbidden", message)
        raise invalid("ListOptions", "meta.k8s.io", "", [cause])
