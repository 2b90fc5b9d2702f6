"""Grading: one submission, a class on two workers, and a check in a notebook."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.bench_lessons import empty
from bench.report import Report
from labkit.grading import catalog
from labkit.grading.cells import exercise_parts
from labkit.grading.masters import read_master
from labkit.grading.release import notebook_of

ROOT = Path(__file__).resolve().parent.parent
CLASS = int(os.environ.get("LABKIT_BENCH_CLASS", "100"))
CHECK = """
import json, sys, time
from labkit.grading import verbs
name, file = sys.argv[1:]
variables = {"task": verbs.exercise(name)}
exec(open(file, encoding="utf-8").read(), variables)
times = []
for _ in range(5):
    began = time.perf_counter()
    assert verbs.judge(name, variables).passed
    times.append(time.perf_counter() - began)
print(json.dumps(times))
"""


def run(report: Report) -> None:
    """Limits are those of the course: 4.5 s, 4 minutes for a hundred, 0.3 s and 2 s for a check."""
    report.figure(
        "a kernel's start and end under papermill (peer)", [empty()[0] for _ in range(3)], "s"
    )
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as name:
        folder = Path(name)
        for lesson, which in (("04", "values"), ("01", "a function"), ("07", "a whole lab")):
            times = [grade(folder / f"{lesson}-{n}", lesson, 1, 1) for n in range(3)]
            report.figure(f"one submission of lesson {lesson} ({which})", times, "s", limit=4.5)
        seconds = grade(folder / "class", "01", CLASS, 2)
        title = f"a class of {CLASS}, two workers"
        report.figure(title, [seconds], "s", limit=240 * CLASS / 100)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        report.figure("the largest process of the grader", [peak], "MB", limit=400)
        for exercise, limit in (("05.1", 0.3), ("01.1", 0.3), ("03.1", 2.0), ("07.1", 2.0)):
            report.figure(f"check({exercise!r})", checks(folder, exercise), "s", limit=limit)


def grade(folder: Path, lesson: str, count: int, workers: int) -> float:
    """``labkit grade`` on so many solved notebooks; they must all get full marks."""
    cells = read_master(ROOT / "exercises" / f"{lesson}.py")
    parts = [
        part
        for one in catalog.of_lesson(lesson)
        for part in exercise_parts(one, cells, "en", solved=True)
    ]
    text = json.dumps(notebook_of(parts))
    for number in range(count):
        path = folder / "in" / f"learner-{number:03}" / f"{lesson}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    out = str(folder / "out")
    words = ["grade", str(folder / "in"), "--out", out, "--workers", str(workers), "--json"]
    command = [sys.executable, "-m", "labkit", *words]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    seconds = time.perf_counter() - began
    results = json.loads(done.stdout)
    assert len(results) == count
    assert all(one["score"] == one["max"] for one in results)
    return seconds


def checks(folder: Path, exercise: str) -> list[float]:
    """Seconds of ``check`` in a process that has asked before, as a notebook has."""
    cells = read_master(ROOT / "exercises" / f"{exercise[:2]}.py")
    answers = [one.solved for one in cells if (one.exercise, one.part) == (exercise, "answer")]
    file = folder / "answer.py"
    file.write_text("\n\n".join(answers), encoding="utf-8")
    environment = {**os.environ, "LABKIT_HOME": str(folder / "home")}
    lab = catalog.exercises()[exercise].lab
    try:
        if lab:
            up = [sys.executable, "-m", "labkit", "up"]
            subprocess.run(up, env=environment, capture_output=True, check=True)
        command = [sys.executable, "-c", CHECK, exercise, str(file)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    finally:
        if lab:
            down = [sys.executable, "-m", "labkit", "down"]
            subprocess.run(down, env=environment, capture_output=True, check=False)
    times: list[float] = json.loads(done.stdout)
    return times
