"""The documented lab as one command, and where its time goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.report import Report

TIMES = 3


def run(report: Report) -> None:
    """Whole runs with 200 requests, the cluster's start and removal included."""
    totals: list[float] = []
    parts: dict[str, list[float]] = {}
    for _ in range(TIMES):
        seconds, record = lab()
        totals.append(seconds)
        for name, part in split(record).items():
            parts.setdefault(name, []).append(part)
    report.figure("labkit lab, 200 requests, in all", totals, "s", limit=10)
    for name, values in parts.items():
        report.figure(f"  of which {name}", values, "s")


def lab() -> tuple[float, Any]:
    """Seconds and the record of one run."""
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as home:
        file = Path(home) / "lab.json"
        environment = {**os.environ, "LABKIT_HOME": str(Path(home) / "home")}
        command = [sys.executable, "-m", "labkit", "lab", "--json", str(file)]
        started = time.perf_counter()
        subprocess.run(command, env=environment, capture_output=True, check=True)
        return time.perf_counter() - started, json.loads(file.read_text(encoding="utf-8"))


def split(record: Any) -> dict[str, float]:
    """Seconds of the steps, by what they wait for."""
    watching, burst = "watching the client (its `sleep 1` is the seed's)", "200 requests in a row"
    others = "the other kubectl commands"
    found = {watching: 0.0, burst: 0.0, others: 0.0}
    for step in record["steps"]:
        command = step["command"]
        name = watching if " logs " in command else burst if " exec " in command else others
        found[name] += step["seconds"]
    return found
