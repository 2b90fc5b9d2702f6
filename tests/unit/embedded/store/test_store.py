"""The store: numbers of changes, what survives, what is refused, what watchers are told."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from labkit.embedded.status import StatusError
from labkit.embedded.store import ADDED, DELETED, MODIFIED, Change, Store
from labkit.errors import ClusterError


def _object(name: str, value: int = 0, namespace: str = "default") -> dict[str, object]:
    return {"metadata": {"name": name, "namespace": namespace}, "value": value}


def _put(store: Store, name: str, value: int = 0, namespace: str = "default") -> int:
    return store.put("things", namespace, name, _object(name, value, namespace)).version


def test_numbers_grow_by_one_over_all_resources() -> None:
    """Every write of any resource has the next number, and the object carries it."""
    store = Store()
    assert [_put(store, "a"), _put(store, "b"), _put(store, "a", 1)] == [1, 2, 3]
    found = store.find("things", "default", "a")
    assert found is not None
    assert found.object["metadata"]["resourceVersion"] == "3"
    assert json.loads(found.text) == found.object
    gone = store.drop("things", "default", "b")
    assert gone["metadata"]["resourceVersion"] == "4"
    assert store.version == 4


def test_order_and_namespaces() -> None:
    """Lists are ordered by namespace and name, and can be cut to one namespace."""
    store = Store()
    for namespace, name in (("b", "x"), ("a", "z"), ("a", "y"), ("ab", "x")):
        _put(store, name, namespace=namespace)
    keys = [
        (s.object["metadata"]["namespace"], s.object["metadata"]["name"])
        for s in store.all("things")
    ]
    assert keys == [("a", "y"), ("a", "z"), ("ab", "x"), ("b", "x")]
    assert [s.object["metadata"]["name"] for s in store.all("things", "a")] == ["y", "z"]
    assert store.all("others") == []


def test_what_went_in_is_not_changed() -> None:
    """The caller's object stays as it was; only the stored one has the number."""
    store = Store()
    mine = _object("a")
    store.put("things", "default", "a", mine)
    assert mine == _object("a")


def test_changes_are_told_and_kept() -> None:
    """A listener hears each change with what was before; the log tells the same later."""
    store, heard = Store(), list[Change]()
    end = store.listen("things", heard.append)
    _put(store, "a", 1)
    _put(store, "a", 2)
    store.put("others", "", "b", _object("b"))
    store.drop("things", "default", "a")
    end()
    _put(store, "c")
    told = [
        (c.type, c.version, c.object.get("value"), c.previous and c.previous["value"])
        for c in heard
    ]
    assert told == [(ADDED, 1, 1, None), (MODIFIED, 2, 2, 1), (DELETED, 4, 2, 2)]
    logged = store.changes("things", 0)
    assert logged[:3] == heard
    assert [c.version for c in store.changes("things", 2)] == [4, 5]


def test_reopened(tmp_path: Path) -> None:
    """A file opened again has every object, the log, the numbers and the facts."""
    path = str(tmp_path / "a.db")
    first = Store(path)
    _put(first, "a", 1)
    _put(first, "b", 2)
    first.drop("things", "default", "a")
    first.remember("secret", "word")
    first.close()
    second = Store(path)
    assert second.version == 3
    assert [s.object["value"] for s in second.all("things")] == [2]
    assert [c.type for c in second.changes("things", 0)] == [ADDED, ADDED, DELETED]
    assert second.fact("secret") == "word"
    assert _put(second, "c") == 4
    second.close()


def test_compaction() -> None:
    """Old changes are forgotten: a watch from before is Expired, objects and numbers stay."""
    store = Store()
    for value in range(10):
        _put(store, "a", value)
    store.compact(8)
    with pytest.raises(StatusError) as refused:
        store.changes("things", 7)
    assert (refused.value.code, refused.value.reason) == (410, "Expired")
    assert [
        (c.object["value"], c.previous and c.previous["value"]) for c in store.changes("things", 8)
    ] == [
        (8, 7),
        (9, 8),
    ]
    assert store.version == 10


def test_compaction_by_itself(tmp_path: Path) -> None:
    """The log does not grow without end, and numbers never come twice after a restart."""
    path = str(tmp_path / "a.db")
    store = Store(path, keep=10)
    for value in range(100):
        _put(store, "a", value)
    assert store.floor >= 75
    store.compact(store.version)
    store.close()
    again = Store(path)
    assert again.version == 100
    assert _put(again, "a") == 101
    again.close()
    rows = sqlite3.connect(path)
    assert rows.execute("SELECT count(*) FROM log").fetchone()[0] < 40
    rows.close()


def test_one_at_a_time(tmp_path: Path) -> None:
    """A file that is open cannot be opened again; it can after it was closed."""
    path = str(tmp_path / "a.db")
    first = Store(path)
    with pytest.raises(ClusterError, match="already runs"):
        Store(path)
    first.close()
    Store(path).close()


def test_full_disk(tmp_path: Path) -> None:
    """When nothing more can be written, writes are refused in words, nothing is half done, and
    reads go on; when there is room again, writes go on."""
    store = Store(str(tmp_path / "a.db"))
    _put(store, "a", 1)
    database = store._db
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StatusError, match="full") as refused:
        store.put("things", "default", "big", {**_object("big"), "fill": "x" * 100_000})
    assert refused.value.code == 507
    assert store.find("things", "default", "big") is None
    assert [s.object["value"] for s in store.all("things")] == [1]
    assert store.version == 1
    database.execute("PRAGMA max_page_count = 1000000")
    assert _put(store, "b") == 2
    assert [c.name for c in store.changes("things", 0)] == ["a", "b"]
    store.close()


def test_memory_only() -> None:
    """Without a path nothing is shared between stores."""
    first, second = Store(), Store()
    _put(first, "a")
    assert second.all("things") == []
