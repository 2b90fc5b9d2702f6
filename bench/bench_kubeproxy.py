"""kube-proxy's text for 10,000 Services with two endpoints each: full, partial, and its memory.

The peer of the full text is who has to read it: ``iptables-restore --test`` in a network
namespace of its own (root).  Rule counts must follow 5 + S(2 + 3E).

Times are those of the processor: the work is one thread's, and an idle machine shows the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count

from bench.report import Report
from bench.rules import cluster, slice_of
from labkit.dataplane.proxy import KubeProxy
from labkit.kubeproxy.syncer import Syncer

SERVICES, ENDPOINTS = 10_000, 2
FULL_LIMIT, PARTIAL_LIMIT, MEMORY_LIMIT = 1.5, 0.020, 500.0
MEMORY = """
import resource
from bench.rules import cluster, slice_of
from labkit.dataplane.proxy import KubeProxy
services, slices = cluster({services}, {endpoints})
text = KubeProxy().restore_text(services, slices)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run(report: Report) -> None:
    """All figures."""
    services, slices = cluster(SERVICES, ENDPOINTS)
    proxy = KubeProxy()
    text = proxy.restore_text(services, slices)
    rules = sum(line.startswith("-A") for line in text.partition("*nat")[2].splitlines())
    wanted = 5 + SERVICES * (2 + 3 * ENDPOINTS)
    if rules != wanted:
        raise AssertionError(f"{rules} rules in nat, and 5 + S(2 + 3E) is {wanted}")
    size = f"{SERVICES:,} x {ENDPOINTS}"
    _cpu(
        report,
        f"full text, {size}, {rules:,} rules in nat",
        lambda: proxy.restore_text(services, slices),
        limit=FULL_LIMIT,
    )
    _restore(report, text, size)
    _partial(report, proxy)
    _memory(report, size)
    for mode in ("nftables", "ipvs"):
        writer = KubeProxy(mode=mode)
        _cpu(
            report,
            f"whole text in mode {mode}, {size}",
            lambda writer=writer: writer.listing(services, slices),  # type: ignore[misc]
        )


def _cpu(report: Report, name: str, work: Callable[[], object], limit: float | None = None) -> None:
    """Seconds of the processor, once to warm up and then five times."""
    work()
    values = []
    for _ in range(5):
        started = time.process_time()
        work()
        values.append(time.process_time() - started)
    report.figure(name, values, "s", limit=limit)


def _partial(report: Report, proxy: KubeProxy) -> None:
    """One changed slice among ten thousand."""
    services, slices = cluster(SERVICES, ENDPOINTS)
    syncer = Syncer(proxy)
    syncer.sync(services, slices)
    turns = count()
    values = []
    for turn in turns:
        place = 37 * turn % SERVICES
        slices = list(slices)
        slices[place] = slice_of(place, ENDPOINTS + turn % 2 + 1)
        started = time.process_time()
        result = syncer.sync(services, slices, float(turn))
        values.append(time.process_time() - started)
        if result.full or len(result.changed_services) != 1:
            raise AssertionError("this sync was to be a partial one of one Service")
        if turn == 40:
            break
    name = f"partial text, one of {SERVICES:,} Services changed"
    report.figure(name, values, "s", limit=PARTIAL_LIMIT)


def _memory(report: Report, size: str) -> None:
    """The most that a process of its own had, objects and text included."""
    if sys.platform == "win32":
        report.skip(f"memory of the full text, {size}", "Windows has no getrusage")
        return
    script = MEMORY.format(services=SERVICES, endpoints=ENDPOINTS)
    values = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        values.append(float(done.stdout))
    report.figure(f"memory of the full text, {size}", values, "MB", limit=MEMORY_LIMIT)


def _restore(report: Report, text: str, size: str) -> None:
    """The peer: the program that reads the text."""
    name = f"peer: iptables-legacy-restore --test of that text, {size}"
    program = shutil.which("iptables-legacy-restore")
    if program is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        report.skip(name, "it needs iptables and root")
        return
    # The counters of nfacct are objects that somebody would have to make first.
    plain = "".join(line for line in text.splitlines(True) if "-m nfacct" not in line)
    command = ["unshare", "--net", program, "--test", "--noflush", "--counters"]

    def ask() -> None:
        subprocess.run(command, input=plain, text=True, check=True, capture_output=True)

    values = []
    for _ in range(3):
        before = os.times()
        ask()
        after = os.times()
        values.append(
            after.children_user + after.children_system
            - before.children_user - before.children_system
        )  # fmt: skip
    report.figure(name, values, "s")
