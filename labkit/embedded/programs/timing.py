"""A limit of time on the cluster's clock (``asyncio.timeout`` would look at the machine's)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from labkit.clock import Clock

T = TypeVar("T")


class TimeIsUp(Exception):
    """The work was not done in time; it has been cancelled."""


async def within(clock: Clock, seconds: float | None, work: Awaitable[T]) -> T:
    """The result of ``work``; raises ``TimeIsUp`` after ``seconds`` (None: wait for ever)."""
    if seconds is None:
        return await work
    task = asyncio.ensure_future(work)
    alarm = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeIsUp
        return task.result()
    finally:
        for one in (task, alarm):
            if not one.done():
                one.cancel()
        await asyncio.gather(task, alarm, return_exceptions=True)
