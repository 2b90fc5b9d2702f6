"""Where the embedded cluster keeps its objects: one SQLite file with a log of every change.

The number of a row of the log is the object's ``resourceVersion``; watches that start in the
past read the log, running ones are handed each change as it is written.  All current objects
are also kept parsed in memory, so that a read touches no disk.

A change is acknowledged once SQLite has it (write-ahead log, ``synchronous=NORMAL``): a killed
process loses nothing.  The file is locked while a store is open, by SQLite's own exclusive
lock, which ends with the process on every system.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from labkit.embedded.status import StatusError, gone
from labkit.errors import ClusterError

Json = dict[str, Any]

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"
KEEP = 10_000
"""How many changes the log keeps before older ones are compacted away."""

TABLES = """
CREATE TABLE IF NOT EXISTS log (
    version INTEGER PRIMARY KEY, type TEXT NOT NULL, resource TEXT NOT NULL,
    namespace TEXT NOT NULL, name TEXT NOT NULL, previous INTEGER, object TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    object TEXT NOT NULL, PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
NOTE = "INSERT OR REPLACE INTO facts VALUES (?, ?)"
LOG = "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)"
PUT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)"
DROP = "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?"
SINCE = """
SELECT now.version, now.type, now.namespace, now.name, now.object, before.object
FROM log AS now LEFT JOIN log AS before ON before.version = now.previous
WHERE now.version > ? AND now.resource = ? ORDER BY now.version
"""
FORGET = """
DELETE FROM log WHERE version <= :floor AND version NOT IN
    (SELECT previous FROM log WHERE version > :floor AND previous IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the log.  ``previous`` is the object before it, ``text`` the object as JSON."""

    version: int
    type: str
    resource: str
    namespace: str
    name: str
    object: Json
    previous: Json | None
    text: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A current object: parsed, and as the JSON text that was written."""

    object: Json
    text: str
    version: int


Listener = Callable[[Change], None]
Key = tuple[str, str]


class _Shelf:
    """All objects of one resource, in the order of their keys (namespace, name)."""

    def __init__(self) -> None:
        self.items: dict[Key, Stored] = {}
        self.keys: list[Key] = []

    def put(self, key: Key, stored: Stored) -> None:
        if key not in self.items:
            insort(self.keys, key)
        self.items[key] = stored

    def drop(self, key: Key) -> None:
        del self.items[key]
        del self.keys[bisect_left(self.keys, key)]

    def within(self, namespace: str | None) -> Iterator[Key]:
        if namespace is None:
            yield from self.keys
            return
        for key in self.keys[bisect_left(self.keys, (namespace, "")) :]:
            if key[0] != namespace:
                return
            yield key


class Store:
    """Objects by resource, namespace ("" when there is none) and name.

    What comes out is shared: nobody changes it in place.  ``path`` None keeps everything in
    memory.  Raises ``ClusterError`` when the file cannot be opened or another process has it.
    """

    def __init__(self, path: str | None = None, *, keep: int = KEEP) -> None:
        self._path = path
        self._keep = keep
        self._listeners: dict[str, list[Listener]] = {}
        self._shelves: dict[str, _Shelf] = {}
        try:
            self._db = self._open()
            self._load()
        except sqlite3.Error as error:
            raise _unopened(path, error) from error

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path or ":memory:", timeout=0, isolation_level=None)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.executescript(TABLES)
        db.execute("BEGIN IMMEDIATE")
        db.execute(NOTE, ("format", "1"))
        db.execute("COMMIT")
        return db

    def _load(self) -> None:
        (last,) = self._db.execute("SELECT coalesce(max(version), 0) FROM log").fetchone()
        self._floor = int(self.fact("floor") or 0)
        self._version: int = max(last, self._floor)
        rows = self._db.execute("SELECT resource, namespace, name, object FROM objects")
        for resource, namespace, name, text in rows:
            obj = json.loads(text)
            stored = Stored(obj, text, int(obj["metadata"]["resourceVersion"]))
            self._shelf(resource).put((namespace, name), stored)

    def _shelf(self, resource: str) -> _Shelf:
        return self._shelves.setdefault(resource, _Shelf())

    @property
    def version(self) -> int:
        """The number of the newest change."""
        return self._version

    @property
    def floor(self) -> int:
        """The newest change that was compacted away; watches can start from here on."""
        return self._floor

    def fact(self, key: str) -> str | None:
        """A remembered value of the cluster itself (such as its secret)."""
        row = self._db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, key: str, value: str) -> None:
        """Keep such a value; one that is known already costs no write."""
        if self.fact(key) == value:
            return
        with _Writing(self._db):
            self._db.execute(NOTE, (key, value))

    def find(self, resource: str, namespace: str, name: str) -> Stored | None:
        shelf = self._shelves.get(resource)
        return None if shelf is None else shelf.items.get((namespace, name))

    def all(self, resource: str, namespace: str | None = None) -> list[Stored]:
        """Objects ordered by namespace and name; of every namespace when it is None."""
        shelf = self._shelves.get(resource)
        if shelf is None:
            return []
        return [shelf.items[key] for key in shelf.within(namespace)]

    def put(self, resource: str, namespace: str, name: str, obj: Json) -> Stored:
        """Write a new object, or a new state of one.  ``obj`` is not changed; what is stored has
        the ``resourceVersion`` of this change."""
        shelf = self._shelf(resource)
        old = shelf.items.get((namespace, name))
        kind = ADDED if old is None else MODIFIED
        change = self._record(kind, resource, namespace, name, obj, old)
        stored = Stored(change.object, change.text, change.version)
        shelf.put((namespace, name), stored)
        self._tell(change)
        return stored

    def drop(self, resource: str, namespace: str, name: str, last: Json | None = None) -> Json:
        """Remove an object; gives its last state (``last`` if it differs from the stored one),
        with the ``resourceVersion`` of the removal."""
        shelf = self._shelf(resource)
        old = shelf.items[(namespace, name)]
        change = self._record(DELETED, resource, namespace, name, last or old.object, old)
        shelf.drop((namespace, name))
        self._tell(change)
        return change.object

    def _record(
        self, kind: str, resource: str, namespace: str, name: str, obj: Json, old: Stored | None
    ) -> Change:
        version = self._version + 1
        fresh = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(version)}}
        text = json.dumps(fresh, separators=(",", ":"), ensure_ascii=False)
        previous = None if old is None else old.version
        with _Writing(self._db):
            self._db.execute(LOG, (version, kind, resource, namespace, name, previous, text))
            if kind == DELETED:
                self._db.execute(DROP, (resource, namespace, name))
            else:
                self._db.execute(PUT, (resource, namespace, name, text))
            floor = version - self._keep if version - self._floor > 2 * self._keep else self._floor
            if floor != self._floor:
                self._forget(floor)
        self._version, self._floor = version, floor
        before = None if old is None else old.object
        return Change(version, kind, resource, namespace, name, fresh, before, text)

    def _forget(self, floor: int) -> None:
        self._db.execute(FORGET, {"floor": floor})
        self._db.execute(NOTE, ("floor", str(floor)))

    def compact(self, floor: int) -> None:
        """Forget the changes up to number ``floor``."""
        floor = min(floor, self._version)
        with _Writing(self._db):
            self._forget(floor)
        self._floor = floor

    def changes(self, resource: str, since: int) -> list[Change]:
        """Changes of a resource after number ``since``; 410 Expired when the log starts later."""
        if since < self._floor:
            raise gone(f"too old resource version: {since} ({self._floor})")
        return [
            Change(
                version, kind, resource, namespace, name, json.loads(text),
                None if before is None else json.loads(before), text,
            )
            for version, kind, namespace, name, text, before in self._db.execute(
                SINCE, (since, resource)
            )
        ]  # fmt: skip

    def listen(self, resource: str, listener: Listener) -> Callable[[], None]:
        """Hand every later change of a resource to ``listener``; call what is given back to end."""
        listeners = self._listeners.setdefault(resource, [])
        listeners.append(listener)

        def end() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return end

    def _tell(self, change: Change) -> None:
        for listener in tuple(self._listeners.get(change.resource, ())):
            listener(change)

    def close(self) -> None:
        """Write everything into the one file and let go of it."""
        self._db.close()


class _Writing:
    """A transaction; what SQLite cannot write becomes a refusal with words, nothing half done."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise _unwritten(error) from error

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            try:
                self._db.execute("COMMIT")
                return
            except sqlite3.Error as late:
                error = late
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise _unwritten(error) from error


def _unwritten(error: sqlite3.Error) -> StatusError:
    """507 Insufficient Storage (RFC 4918): reads go on, writes say what to do."""
    message = (
        f"the cluster's database cannot be written ({error}): nothing was changed; "
        "make room on the disk or make the file writable, then try again"
    )
    return StatusError(507, "InsufficientStorage", message)


def _unopened(path: str | None, error: sqlite3.Error) -> ClusterError:
    if "locked" in str(error):
        return ClusterError(
            f"Another server already runs on {path}.", "Use it, or stop it with: labkit down"
        )
    if "not a database" in str(error) or "malformed" in str(error):
        return ClusterError(
            f"The cluster's database {path} is damaged: {error}.",
            "Remove its folder and start a new cluster.",
        )
    return ClusterError(
        f"The cluster's database {path} cannot be opened: {error}.",
        "Make its folder writable, or choose another state folder.",
    )
