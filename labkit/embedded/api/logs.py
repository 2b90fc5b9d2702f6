"""``.../pods/NAME/log``: what a container has written, and what it writes from now on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tornado.iostream import StreamClosedError

from labkit.embedded.api import containers
from labkit.embedded.api.base import BaseHandler
from labkit.embedded.api.query import Query
from labkit.embedded.interfaces import LogOptions
from labkit.embedded.kinds.base import at
from labkit.embedded.status import Cause, StatusError, invalid

Json = dict[str, Any]

SOON = 0.05
"""Seconds after which the answer begins although nothing has been written yet."""


def read_options(query: Query) -> LogOptions:
    """The query as log options; 422 for numbers below their bounds."""
    bounds = {"tailLines": 0, "sinceSeconds": 1, "limitBytes": 1}
    values = {name: query.number(name) for name in bounds}
    for name, least in bounds.items():
        value = values[name]
        if value is not None and value < least:
            raise _too_small(name, value, least)
    return LogOptions(
        container=query.text("container"),
        follow=query.flag("follow"),
        previous=query.flag("previous"),
        timestamps=query.flag("timestamps"),
        tail_lines=values["tailLines"],
        since_seconds=values["sinceSeconds"],
        since_time=query.text("sinceTime") or None,
        limit_bytes=values["limitBytes"],
    )


def _too_small(name: str, value: int, least: int) -> StatusError:
    bound = f"must be greater than or equal to {least}" if least == 0 else "must be greater than 0"
    cause = Cause(name, "FieldValueInvalid", f"Invalid value: {value}: {bound}")
    return invalid("PodLogOptions", "", "", [cause])


async def answer(handler: BaseHandler, pod: Json) -> None:
    """Stream the log until it ends or the client goes."""
    options = read_options(handler.query)
    container = containers.named(pod, options.container)
    handler.set_header("Content-Type", "text/plain")
    if not at(pod, "spec", "nodeName"):
        handler.finish()
        return
    runtime = containers.runtime(handler.site)
    asked = LogOptions(
        container=container,
        follow=options.follow,
        previous=options.previous,
        timestamps=options.timestamps,
        tail_lines=options.tail_lines,
        since_seconds=options.since_seconds,
        since_time=options.since_time,
        limit_bytes=options.limit_bytes,
    )
    await _copy(handler, runtime.logs(pod, asked))


async def _copy(handler: BaseHandler, chunks: AsyncIterator[bytes]) -> None:
    iterator = aiter(chunks)
    first = asyncio.ensure_future(_next(iterator))
    await asyncio.wait((first,), timeout=SOON)
    if first.done() and first.exception() is not None:
        first.result()
    try:
        await handler.flush()
        chunk = await first
        while chunk is not None:
            handler.write(chunk)
            await handler.flush()
            chunk = await _next(iterator)
    except StreamClosedError:
        pass
    finally:
        first.cancel()
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()


async def _next(iterator: AsyncIterator[bytes]) -> bytes | None:
    try:
        return await anext(iterator)
    except StopAsyncIteration:
        return None
