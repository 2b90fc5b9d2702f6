"""Objects over HTTP: get, list, create, update, patch, delete, and their sub-resources."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import Any

from labkit.embedded.api import bodies, logs, tables, visitors, watches
from labkit.embedded.api.accept import METADATA, METADATA_LIST, TABLE, Form, choose
from labkit.embedded.api.base import BaseHandler, encoded
from labkit.embedded.api.paths import Target, parse
from labkit.embedded.kinds.base import Kind
from labkit.embedded.kinds.subresources import SUBRESOURCES
from labkit.embedded.machinery import (
    creating,
    deleting,
    patching,
    reading,
    subresources,
    tokens,
    updating,
)
from labkit.embedded.machinery.options import WriteOptions
from labkit.embedded.machinery.world import shown
from labkit.embedded.status import (
    Cause,
    StatusError,
    bad_request,
    invalid,
    method_not_allowed,
    no_such_path,
)
from labkit.embedded.store import Stored

Json = dict[str, Any]

ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"


class ObjectHandler(BaseHandler):
    """``/api/v1/...`` and ``/apis/GROUP/VERSION/...``."""

    watch: watches.WatchStream | None = None
    _copying: asyncio.Future[None] | None = None

    async def get(self, path: str) -> None:
        target = self._target(path)
        if target.subresource:
            self._allow("get" in _verbs(target))
            await self._get_part(target)
        elif self.query.flag("watch"):
            await self._watch(target)
        elif target.name:
            self._allow("get" in target.kind.verbs)
            self._answer(
                self.site.world.current(target.kind, target.namespace, target.name), target
            )
        else:
            self._allow("list" in target.kind.verbs)
            self._list(target)

    head = get

    async def post(self, path: str) -> None:
        target = self._target(path)
        self._allow(target.namespace is not None or not target.kind.namespaced)
        if target.subresource:
            self._allow("create" in _verbs(target))
            self._create_part(target)
            return
        self._allow("create" in target.kind.verbs and not target.name)
        if target.kind.refusal:
            self._refuse(target.kind)
        options = self._options()
        body = bodies.decoded(self.body(), self._media())
        created = creating.create(self.site.world, target.kind, target.namespace, body, options)
        self._answer(created, target, 201)

    async def put(self, path: str) -> None:
        target = self._target(path)
        self._allow(bool(target.name) and "update" in _verbs(target))
        options = self._options()
        body = bodies.decoded(self.body(), self._media())
        world, kind = self.site.world, target.kind
        if target.subresource == "scale":
            old = world.current(kind, target.namespace, target.name)
            self.send(subresources.rescale(world, kind, old, bodies.as_object(body), options))
            return
        answer = updating.replace(
            world, kind, target.namespace, target.name, body, options, target.subresource
        )
        self._answer(answer, target)

    async def patch(self, path: str) -> None:
        target = self._target(path)
        self._allow(bool(target.name) and "patch" in _verbs(target))
        form = bodies.patch_form(self._media())
        options = self._patch_options(form)
        world, kind = self.site.world, target.kind
        change = bodies.from_yaml(self.body()) if form == "apply" else self.body()
        if target.subresource == "scale":
            form = "merge" if form == "apply" else form  # one field: to apply it is to set it
            scaled = patching.patch_scale(
                world, kind, target.namespace, target.name, change, form, options
            )
            self.send(scaled)
            return
        answer, created = patching.patch(
            world, kind, target.namespace, target.name, change, form, options,
            target.subresource,
        )  # fmt: skip
        self._answer(answer, target, 201 if created else 200)

    async def delete(self, path: str) -> None:
        target = self._target(path)
        self._allow(not target.subresource)
        options = bodies.delete_options(self.body(), self._media(), self.query)
        world, kind = self.site.world, target.kind
        if not target.name:
            self._allow("deletecollection" in kind.verbs)
            found = self._page(target)
            for stored in found.items:
                name = stored.object["metadata"]["name"]
                space = stored.object["metadata"].get("namespace")
                deleting.delete(world, kind, space, name, options)
            self._send_list(target, found)
            return
        self._allow("delete" in kind.verbs)
        last, gone = deleting.delete(world, kind, target.namespace, target.name, options)
        if gone and not kind.returns_deleted:
            self.send(_deleted(target, last))
        else:
            self._answer(last, target)

    def on_connection_close(self) -> None:
        if self.watch is not None:
            self.watch.stop()
        if self._copying is not None:
            self._copying.cancel()

    # ---- the parts ---------------------------------------------------------------------------

    def _target(self, path: str) -> Target:
        target = parse(path)
        if target is None:
            raise no_such_path()
        visitors.check(self, target)
        if target.kind.warning:
            self.warn(target.kind.warning)
        return target

    def _allow(self, allowed: bool) -> None:
        if not allowed:
            raise method_not_allowed()

    def _refuse(self, kind: Kind) -> None:
        if kind.group == "autoscaling":
            # kubectl autoscale may keep the refusal to itself, but shows warnings.
            self.warn(kind.refusal)
        raise method_not_allowed(kind.refusal)

    def _media(self) -> str:
        return self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def _options(self) -> WriteOptions:
        query = self.query
        agent = self.request.headers.get("User-Agent", "").partition("/")[0]
        return WriteOptions(
            manager=query.text("fieldManager") or agent or "unknown",
            dry_run=query.dry_run(),
            validation=query.validation(),
            warn=self.warn,
            visitor=visitors.who(self),
        )

    def _patch_options(self, form: str) -> WriteOptions:
        """Apply must say who applies; only apply may force (ValidatePatchOptions)."""
        force = self.query.flag("force")
        options = replace(self._options(), force=force)
        if form == "apply":
            return replace(options, manager=self.query.text("fieldManager"))
        if force:
            message = "Forbidden: may not be specified for non-apply patch"
            cause = Cause("force", "FieldValueForbidden", message)
            raise invalid("PatchOptions", "meta.k8s.io", "", [cause])
        return options

    def _form(self) -> Form:
        form = choose(self.request.headers.get("Accept", ""))
        if form is None:
            message = f"only the following media types are accepted: {ACCEPTED}"
            raise StatusError(406, "NotAcceptable", message, {})
        return form

    def _answer(self, obj: Json, target: Target, code: int = 200) -> None:
        """One object, in the form that is asked for."""
        form = self._form()
        if form.shown_as == TABLE:
            metadata = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            include = self.query.text("includeObject")
            now = self.site.world.now()
            obj = tables.table(target.kind, [obj], now, metadata, include)
        elif form.shown_as == METADATA:
            obj = tables.partial(obj)
        self.send(obj, code)

    def _page(self, target: Target) -> reading.Page:
        query = self.query
        return reading.page(
            self.site.world,
            target.kind,
            target.namespace,
            labels=query.text("labelSelector"),
            fields=query.text("fieldSelector"),
            limit=max(0, query.number("limit") or 0),
            token=query.text("continue"),
        )

    def _list(self, target: Target) -> None:
        self._send_list(target, self._page(target))

    def _send_list(self, target: Target, page: reading.Page) -> None:
        form, kind = self._form(), target.kind
        metadata: Json = {"resourceVersion": str(page.version)}
        if page.token:
            metadata["continue"] = page.token
        if page.remaining is not None:
            metadata["remainingItemCount"] = page.remaining
        if not form.shown_as:
            items = ",".join(_texts(target, page.items))
            head = encoded({"kind": f"{kind.kind}List", "apiVersion": kind.api_version})
            text = f'{head[:-1]},"metadata":{encoded(metadata)},"items":[{items}]}}\n'
            self.send_text(text, media="application/json")
            return
        objects = [shown(kind, stored.object) for stored in page.items]
        if form.shown_as == TABLE:
            include = self.query.text("includeObject")
            self.send(tables.table(kind, objects, self.site.world.now(), metadata, include))
            return
        partials = [tables.partial(obj) for obj in objects]
        self.send(
            {
                "kind": METADATA_LIST,
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "items": partials,
            }
        )

    async def _watch(self, target: Target) -> None:
        self._allow("watch" in target.kind.verbs)
        self.watch = watches.WatchStream(self, target, self._form())
        await self.watch.run()

    async def _get_part(self, target: Target) -> None:
        world = self.site.world
        current = world.current(target.kind, target.namespace, target.name)
        if target.subresource == "scale":
            scale = subresources.scale_of(current)
            self._answer(scale, replace(target, kind=subresources.SCALE))
        elif target.subresource == "log":
            await self._stream_log(current)
        elif target.subresource == "status":
            self._answer(current, target)
        else:
            raise bad_request("this sub-resource cannot be read")

    async def _stream_log(self, pod: Json) -> None:
        self._copying = asyncio.ensure_future(logs.answer(self, pod))
        with contextlib.suppress(asyncio.CancelledError):
            await self._copying

    def _create_part(self, target: Target) -> None:
        world, kind = self.site.world, target.kind
        options = self._options()
        body = bodies.as_object(bodies.decoded(self.body(), self._media()))
        pod = world.current(kind, target.namespace, target.name)
        if target.subresource == "binding":
            subresources.bind(world, kind, pod, body, options)
            self.send(_success(), 201)
        elif target.subresource == "eviction":
            said = bodies.read_delete_options(body.get("deleteOptions") or {}, self.query)
            self.send(subresources.evict(world, kind, pod, said), 201)
        elif target.subresource == "token":
            key = self.site.secret.encode()
            self.send(tokens.issue(world, pod, body, key, options.validation), 201)
        else:
            raise method_not_allowed()


def _verbs(target: Target) -> tuple[str, ...]:
    if not target.subresource:
        return target.kind.verbs
    return SUBRESOURCES[target.subresource].verbs


def _texts(target: Target, items: list[Stored]) -> list[str]:
    if target.kind.outbound is None:
        return [stored.text for stored in items]
    return [encoded(target.kind.outbound(stored.object)) for stored in items]


def _success() -> Json:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "code": 201,
    }


def _deleted(target: Target, last: Json) -> Json:
    """What is answered when an object is gone at once."""
    details = {
        "name": last["metadata"]["name"],
        "group": target.kind.group,
        "kind": target.kind.plural,
        "uid": last["metadata"]["uid"],
    }
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {key: value for key, value in details.items() if value},
    }
