"""Watches: from the beginning, from a number, through selectors; closed and left behind."""

from __future__ import annotations

import asyncio

import pytest

from labkit.embedded.machinery import Machinery
from labkit.embedded.machinery.watching import BACKLOG, ObjectWatch
from labkit.embedded.status import StatusError
from tests.unit.embedded.machinery.samples import config, pod


def _events(watch: ObjectWatch) -> list[tuple[str, str, int]]:
    """What is waiting: type, name and number."""

    async def take() -> list[tuple[str, str, int]]:
        found = []
        while watch.ready():
            event = await watch.next()
            assert event is not None
            found.append((event.type, event.object["metadata"]["name"], event.version))
        return found

    return asyncio.run(take())


def test_from_the_beginning(api: Machinery) -> None:
    """Without a number everything that is there comes first, then what changes."""
    api.create("configmaps", "default", config("a"))
    api.create("configmaps", "other", config("b"))
    watch = api.watch("configmaps", "default")
    api.create("configmaps", "other", config("c"))
    api.delete("configmaps", "default", "a")
    assert _events(watch) == [("ADDED", "a", 3), ("DELETED", "a", 6)]


def test_from_a_number(api: Machinery) -> None:
    """A watch from a number gives exactly the changes after it, those in the log included."""
    api.create("configmaps", "default", config("a"))
    since = api.version()
    api.patch("configmaps", "default", "a", {"data": {"a": "1"}})
    watch = api.watch("configmaps", since=since)
    api.patch("configmaps", "default", "a", {"data": {"a": "2"}})
    assert _events(watch) == [("MODIFIED", "a", since + 1), ("MODIFIED", "a", since + 2)]


def test_selectors_turn_changes_into_coming_and_going(api: Machinery) -> None:
    """A relabelled object is ADDED to who now sees it and DELETED for who no longer does, live
    and from the log alike."""
    api.create("pods", "default", pod("p"))
    since = api.version()
    live = (
        api.watch("pods", since=since, labels="app=b"),
        api.watch("pods", since=since, labels="app=a"),
    )
    api.patch("pods", "default", "p", {"metadata": {"labels": {"app": "b"}}})
    api.patch("pods", "default", "p", {"metadata": {"labels": {"x": "y"}}})
    late = (
        api.watch("pods", since=since, labels="app=b"),
        api.watch("pods", since=since, labels="app=a"),
    )
    for to_b, to_a in (live, late):
        assert _events(to_b) == [("ADDED", "p", since + 1), ("MODIFIED", "p", since + 2)]
        assert _events(to_a) == [("DELETED", "p", since + 1)]


def test_deleted_by_selector_is_as_it_was(api: Machinery) -> None:
    """Who no longer sees an object is shown its last state that matched, with the new number."""
    api.create("pods", "default", pod("p"))
    watch = api.watch("pods", since=api.version(), fields="status.phase=Pending")
    made = api.get("pods", "default", "p")
    running = {**made, "status": {**made["status"], "phase": "Running"}}
    api.update("pods", "default", "p", running, subresource="status")
    event = watch._events.popleft()
    assert event.type == "DELETED"
    assert event.object["status"]["phase"] == "Pending"
    assert event.object["metadata"]["resourceVersion"] == str(event.version)


def test_too_old(api: Machinery) -> None:
    """A number that was compacted away is 410."""
    for number in range(5):
        api.create("configmaps", "default", config(f"a{number}"))
    api.world.store.compact(api.version())
    with pytest.raises(StatusError) as refused:
        api.watch("configmaps", since=2)
    assert refused.value.code == 410


def test_waiting_and_closing(api: Machinery) -> None:
    """A waiting watcher is woken by a change and by the end; time that passes gives nothing."""

    async def run() -> list[str]:
        watch = api.watch("configmaps", since=api.version())
        assert await watch.next(0.01) is None
        seen: list[str] = []

        async def follow() -> None:
            async for event in watch:
                seen.append(event.object["metadata"]["name"])

        task = asyncio.create_task(follow())
        await asyncio.sleep(0)
        api.create("configmaps", "default", config("a"))
        for _ in range(3):
            await asyncio.sleep(0)
        watch.close()
        await asyncio.wait_for(task, 1)
        api.create("configmaps", "default", config("b"))
        return seen

    assert asyncio.run(run()) == ["a"]


def test_a_watcher_that_does_not_read(api: Machinery) -> None:
    """One that is too far behind is told to list again instead of filling the memory."""
    api.create("configmaps", "default", config("a"))
    watch = api.watch("configmaps", since=api.version())
    store = api.world.store
    found = store.find("configmaps", "default", "a")
    assert found is not None
    for number in range(BACKLOG + 1):
        store.put("configmaps", "default", "a", {**found.object, "data": {"n": str(number)}})
    assert len(watch._events) == 1
    event = watch._events.popleft()
    assert (event.type, event.object["code"]) == ("ERROR", 410)


def test_an_unknown_field_is_refused(api: Machinery) -> None:
    """A selector over a field that the kind does not offer is 400 before anything starts."""
    with pytest.raises(StatusError, match=r"field label not supported: spec\.nope"):
        api.watch("pods", fields="spec.nope=1")
