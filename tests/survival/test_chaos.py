"""The server is killed with kill -9 again and again while clients write and watch."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import PROGRAM
from tests.survival.conftest import Link, Machine, Where, full, where
from tests.survival.traffic import KINDS, Ledger, Watcher, Writer

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9"),
]

WRITERS = 4


def test_killed_while_clients_write_and_watch(machine: Machine, tmp_path: Path) -> None:
    """For two minutes (in full) no acknowledged write is lost, numbers never go back, no watch is
    out of order or misses a change, and everybody goes on with the port and secret of before."""
    machine.up()
    server = where(machine)
    kubeconfig = tmp_path / "kubeconfig"
    shutil.copy(machine.home / "embedded" / "kubeconfig", kubeconfig)
    ledger, end = Ledger(), threading.Event()
    writers = [Writer(server, number, ledger, end) for number in range(WRITERS)]
    watchers = [Watcher(server, kind.path, threading.Event()) for kind in KINDS]
    for thread in (*watchers, *writers):
        thread.start()
    kills = kill_for(machine, full(9, 120), kubeconfig)
    end.set()
    for writer in writers:
        writer.join(30)
    check_objects(server, writers)
    check_watches(server, watchers, ledger)
    assert not ledger.wrong, ledger.wrong
    assert kills >= 2
    assert all(writer.written > 10 for writer in writers)
    assert sum(writer.cut for writer in writers) > 0, "no write was ever cut: nothing was tried"
    assert all(watcher.resumed > kills for watcher in watchers)
    check_database(machine)
    for watcher in watchers:
        watcher.join(15)


def kill_for(machine: Machine, seconds: float, kubeconfig: Path) -> int:
    """Kill the server every few seconds and bring it back as a user does; how often."""
    dice, kills, end = random.Random(7), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(dice.uniform(0.3, 2.5))
        os.kill(machine.pid(), signal.SIGKILL)
        kills += 1
        assert "Back with all its objects" in machine.up()
        done = subprocess.run(
            [PROGRAM, "get", "namespace", "default", "-o", "name"],
            env={**os.environ, "KUBECONFIG": str(kubeconfig)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == "namespace/default\n", done
    return kills


def check_objects(server: Where, writers: list[Writer]) -> None:
    """Every object is in a state that its writer knows of."""
    for kind in KINDS:
        items = everything(server, kind.path)
        found = {one["metadata"]["name"]: one["metadata"].get("labels", {}) for one in items}
        for writer in writers:
            for (path, name), states in writer.possible.items():
                if path == kind.path:
                    mark = found.get(name, {}).get("mark")
                    assert mark in states, f"{path}/{name} is {mark}, must be of {states}"


def check_watches(server: Where, watchers: list[Watcher], ledger: Ledger) -> None:
    """The events add up to what there is, and no acknowledged write is missing among them."""
    for watcher in watchers:
        limit = time.monotonic() + 15
        while watcher.state != (now := listed(server, watcher.path)):
            assert time.monotonic() < limit, (watcher.path, watcher.state, now)
            time.sleep(0.1)
        watcher.end.set()
        missed = [
            one for one in ledger.acknowledged if one[0] == watcher.path and watcher.missed(one[2])
        ]
        assert not missed, missed
        assert not watcher.wrong, watcher.wrong


def listed(server: Where, path: str) -> dict[str, str]:
    """Name and version of all objects of a kind."""
    items = everything(server, path)
    return {one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in items}


def everything(server: Where, path: str) -> list[Any]:
    """All objects of a kind."""
    with Link(server) as link:
        items: list[Any] = link.ask("GET", path).json["items"]
        return items


def check_database(machine: Machine) -> None:
    """After one more kill the file is whole: its objects are those that its log ends with."""
    os.kill(machine.pid(), signal.SIGKILL)
    time.sleep(0.2)
    db = sqlite3.connect(machine.home / "embedded" / "cluster.db")
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        key = "resource || '/' || namespace || '/' || name"
        newest = f"SELECT {key}, max(version), type, object FROM log GROUP BY {key}"
        logged = {k: text for k, _, kind, text in db.execute(newest) if kind != "DELETED"}
        kept = dict(db.execute(f"SELECT {key}, object FROM objects"))
        dropped = {k for k, _, kind, _ in db.execute(newest) if kind == "DELETED"}
        assert logged.items() <= kept.items()
        assert not dropped & kept.keys()
    finally:
        db.close()


def test_killed_while_it_starts(machine: Machine) -> None:
    """Killed at any moment of its start, the first one included, it starts again with all that
    belongs to a cluster, and nothing half made stays."""
    command = [sys.executable, "-m", "labkit.embedded", "--state-dir"]
    folder = machine.home / "embedded"
    folder.mkdir(parents=True, mode=0o700)
    for delay in [0.25 + 0.05 * step for step in range(full(8, 30))]:
        server = subprocess.Popen([*command, str(folder)], env=machine.environment)
        time.sleep(delay)
        server.kill()
        server.wait()
    machine.up()
    machine.apply_the_lab()
    assert sorted(path.name for path in folder.glob("*.new")) == []
    for wanted in ("deployment/coredns", "daemonset/kube-proxy"):
        machine.kubectl("-n", "kube-system", "rollout", "status", wanted, "--timeout=30s")
    assert machine.kubectl("get", "nodes", "-o", "name").count("node/") == 2
