"""Clients of a server that dies under them: writers that keep count of what was acknowledged,
watchers that resume where they were cut."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support import Answer
from tests.survival.conftest import Link, Where

CUT = (OSError, http.client.HTTPException, ValueError)
MERGE = "application/merge-patch+json"
SPACE = "default"
Body = dict[str, Any]


def _deployment() -> Body:
    labels = {"app": "chaos"}
    container = {"name": "c", "image": "registry.k8s.io/pause:3.10"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {"spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind that is written to: its path, and a new object of it but for the metadata."""

    path: str
    fresh: Callable[[], Body]


KINDS = (
    Kind(f"/api/v1/namespaces/{SPACE}/configmaps", lambda: {"data": {"text": "á" * 300}}),
    Kind(f"/api/v1/namespaces/{SPACE}/secrets", lambda: {"stringData": {"key": "value"}}),
    Kind(f"/api/v1/namespaces/{SPACE}/services", lambda: {"spec": {"ports": [{"port": 80}]}}),
    Kind(f"/apis/apps/v1/namespaces/{SPACE}/deployments", _deployment),
    Kind(f"/apis/coordination.k8s.io/v1/namespaces/{SPACE}/leases", dict),
)


@dataclass(slots=True)
class Ledger:
    """What the server has acknowledged to anybody: (path of the kind, name, version)."""

    acknowledged: list[tuple[str, str, int]] = field(default_factory=list)
    newest: int = 0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, path: str, name: str, version: int, before: int) -> None:
        """A write was acknowledged; every earlier acknowledgement has a smaller number."""
        with self.lock:
            if version <= before:
                self.wrong.append(f"{path} {name}: version {version} after {before}")
            self.newest = max(self.newest, version)
            self.acknowledged.append((path, name, version))


class Writer(threading.Thread):
    """Writes to objects of its own, and knows for each which states it may be in.

    A state is the label ``mark`` (None: there is no such object).  An acknowledged write leaves
    one possible state; one whose connection broke leaves the old ones and the new one.
    """

    def __init__(self, server: Where, number: int, ledger: Ledger, end: threading.Event) -> None:
        super().__init__(daemon=True)
        self._link, self._ledger, self._end = Link(server), ledger, end
        self._dice = random.Random(number)  # repeatable, nothing secret
        self._names = [f"w{number}-{one}" for one in range(4)]
        self.possible: dict[tuple[str, str], set[str | None]] = {}
        self._marks = (f"m{number}-{one}" for one in range(10**9))
        self.written = self.cut = 0

    def run(self) -> None:
        while not self._end.is_set():
            kind, name = self._dice.choice(KINDS), self._dice.choice(self._names)
            getattr(self, self._dice.choice(("put", "patch", "patch", "create", "delete", "look")))(
                kind, name
            )
        self._link.close()

    def states(self, kind: Kind, name: str) -> set[str | None]:
        """The states that an object may be in."""
        return self.possible.setdefault((kind.path, name), {None})

    def create(self, kind: Kind, name: str) -> None:
        """POST; 409 proves that it is there."""
        mark = next(self._marks)
        body = {**kind.fresh(), "metadata": {"name": name, "labels": {"mark": mark}}}
        answer = self._write("POST", kind, name, kind.path, body, mark)
        if answer is not None and answer.status == 409:
            self._narrow(kind, name, self.states(kind, name) - {None}, "409")

    def patch(self, kind: Kind, name: str) -> None:
        """PATCH; 404 proves that it is not there."""
        mark = next(self._marks)
        body = {"metadata": {"labels": {"mark": mark}}}
        answer = self._write("PATCH", kind, name, f"{kind.path}/{name}", body, mark, MERGE)
        if answer is not None and answer.status == 404:
            self._narrow(kind, name, self.states(kind, name) & {None}, "404")

    def put(self, kind: Kind, name: str) -> None:
        """GET, then PUT of what was read, which nobody else writes to (but controllers: 409)."""
        found = self._ask("GET", f"{kind.path}/{name}")
        if found is None or found.status != 200:
            return
        mark, body = next(self._marks), found.json
        body["metadata"]["labels"] = {"mark": mark}
        self._write("PUT", kind, name, f"{kind.path}/{name}", body, mark)

    def delete(self, kind: Kind, name: str) -> None:
        """DELETE; 404 proves that it is not there."""
        answer = self._write("DELETE", kind, name, f"{kind.path}/{name}", None, None)
        if answer is not None and answer.status == 404:
            self._narrow(kind, name, self.states(kind, name) & {None}, "404")

    def look(self, kind: Kind, name: str) -> None:
        """GET: the state is one of the possible ones."""
        answer = self._ask("GET", f"{kind.path}/{name}")
        if answer is None or answer.status not in (200, 404):
            return
        seen = None if answer.status == 404 else answer.json["metadata"]["labels"]["mark"]
        self._narrow(kind, name, self.states(kind, name) & {seen}, f"{seen} seen")

    def _narrow(self, kind: Kind, name: str, left: set[str | None], why: str) -> None:
        if not left:
            known = self.states(kind, name)
            self._ledger.wrong.append(f"{kind.path}/{name}: {why}, but it must be of {known}")
            return
        self.possible[(kind.path, name)] = left

    def _write(
        self,
        method: str,
        kind: Kind,
        name: str,
        path: str,
        body: Body | None,
        mark: str | None,
        media: str = "application/json",
    ) -> Answer | None:
        """One write.  None: it is not known whether it was done."""
        before = self._ledger.newest
        states = self.states(kind, name)
        try:
            answer = self._link.ask(method, path, body, media)
            said = answer.json
        except ConnectionRefusedError:
            self._pause()
            return None
        except CUT:
            self.cut += 1
            states.add(mark)
            return None
        if answer.status in (200, 201):
            self.written += 1
            self.possible[(kind.path, name)] = {mark}
            if method != "DELETE":
                version = int(said["metadata"]["resourceVersion"])
                self._ledger.note(kind.path, name, version, before)
        elif answer.status not in (404, 409):
            self._ledger.wrong.append(f"{method} {path}: {answer}")
        return answer

    def _ask(self, method: str, path: str) -> Answer | None:
        try:
            answer = self._link.ask(method, path)
            answer.json  # noqa: B018 (all of it is there)
            return answer
        except CUT:
            self._pause()
            return None

    def _pause(self) -> None:
        time.sleep(0.05)


class Watcher(threading.Thread):
    """Follows one kind: list, watch, and where it was cut, watch from the last version on.

    ``seen`` are the versions of all events, ``state`` what the events add up to, ``gaps`` the
    stretches that a 410 allowed to be missed.
    """

    def __init__(self, server: Where, path: str, end: threading.Event) -> None:
        super().__init__(daemon=True)
        self._link, self.path, self.end = Link(server, timeout=10), path, end
        self.version = self.resumed = 0
        self.seen: set[int] = set()
        self.state: dict[str, str] = {}
        self.gaps: list[tuple[int, int]] = []
        self.wrong: list[str] = []

    def run(self) -> None:
        self._list()
        while not self.end.is_set():
            try:
                self._follow()
            except CUT:
                time.sleep(0.05)
        self._link.close()

    def _list(self) -> None:
        while not self.end.is_set():
            try:
                listed = self._link.ask("GET", self.path).json
                break
            except CUT:
                time.sleep(0.05)
        else:
            return
        self.gaps.append((self.version, int(listed["metadata"]["resourceVersion"])))
        self.version = self.gaps[-1][1]
        self.state = {
            one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in listed["items"]
        }

    def _follow(self) -> None:
        query = f"?watch=true&resourceVersion={self.version}&allowWatchBookmarks=true"
        response = self._link.lines(self.path + query)
        if response.status != 200:
            self.wrong.append(f"watch of {self.path}: {response.status} {response.read()!r}")
            time.sleep(0.2)
            return
        self.resumed += 1
        while not self.end.is_set() and (line := response.readline()).endswith(b"\n"):
            self._take(json.loads(line))

    def _take(self, event: Body) -> None:
        kind, obj = event["type"], event["object"]
        if kind == "ERROR":
            if obj.get("code") != 410:
                self.wrong.append(f"watch of {self.path}: {obj}")
            self._list()
            return
        name, version = obj["metadata"].get("name", ""), int(obj["metadata"]["resourceVersion"])
        if kind == "BOOKMARK":
            self.version = max(self.version, version)
            return
        if version <= self.version:
            self.wrong.append(f"{self.path}: {kind} {name} at {version} after {self.version}")
        if (kind == "ADDED") == (name in self.state):
            self.wrong.append(f"{self.path}: {kind} of {name}, known: {name in self.state}")
        self.version = version
        self.seen.add(version)
        if kind == "DELETED":
            self.state.pop(name, None)
        else:
            self.state[name] = obj["metadata"]["resourceVersion"]

    def missed(self, version: int) -> bool:
        """Whether an event of that version was to come and did not."""
        excused = any(low < version <= high for low, high in self.gaps)
        return version not in self.seen and not excused
