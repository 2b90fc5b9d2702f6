"""A class: order, resuming, broken workers, reports, release, papermill, Dask."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from labkit.clock import SystemClock
from labkit.grading import catalog
from labkit.grading.draw import seed_of
from labkit.grading.grader import classroom, sandbox, walls
from labkit.grading.grader.classroom import grade_on_dask, items
from labkit.grading.grader.limits import Limits
from labkit.grading.grader.marking import Work, grade
from labkit.grading.grader.reports import write_reports
from labkit.grading.grader.submission import find_submissions
from labkit.grading.grader.tables import junit, lms_csv, nbgrader_csv
from labkit.grading.grader.walls import available
from labkit.grading.masters import masters
from labkit.grading.release import releases
from labkit.words import Words
from tests.grading_support import HIDDEN, MASTERS, causes, hand_in, notebook
from tests.support import need, needed

RIGHT = "def chain(n):\n    return [1 / (n - i) for i in range(n)]\n"
SECRET = b"a secret of the test"


PATIENT = Limits(cell_seconds=60, total_seconds=180, call_seconds=30, judge_seconds=240)
"""Honest work is not stopped by a machine that is busy with other tests."""


def work(path: Path, learner: str, **more: Any) -> Work:
    """A submission in practice mode, unless ``more`` says otherwise."""
    executed = str(path.with_suffix(".executed.ipynb"))
    more.setdefault("limits", PATIENT)
    return Work(str(path), learner, SECRET, "en", executed=executed, **more)


def result(learner: str, score: float, cause: str = "", belief: str = "") -> dict[str, Any]:
    """A result as the grader writes it."""
    told = {"key": cause, "rationale": f"why <{cause}>", "help": "", "misconception": belief}
    row = {
        "name": "equal", "description": "equal shares", "passed": not cause, "hidden": False,
        "cause": told if cause else None, "dependency": None, "points": score, "max": 10.0,
    }  # fmt: skip
    part = {
        "id": "05.1", "title": "The chain", "state": "correct" if not cause else "keep_working",
        "correct": not cause, "score": score, "max": 10, "results": [row],
        "visible": {"passed": int(not cause), "of": 1}, "hidden": None,
    }  # fmt: skip
    return {
        "version": 1, "learner": learner, "lesson": "05", "submission": "05.ipynb",
        "digest": "", "graded": True, "error": "", "mode": "sandbox", "hidden_used": True,
        "problem": "", "score": score, "max": 10, "exercises": [part], "notes": [],
        "note_keys": [], "seconds": 1.0,
    }  # fmt: skip


def fake_grade(one: Work) -> dict[str, Any]:
    """Grading that takes no time; one learner breaks it."""
    if one.learner == "breaks":
        raise MemoryError("no memory left")
    digest = hashlib.sha256(Path(one.path).read_bytes()).hexdigest()
    return {**result(one.learner, 7.0), "digest": digest}


def test_a_worker_that_dies_stops_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other submission has its result, and the broken one says why it has none."""
    monkeypatch.setattr(classroom, "grade", fake_grade)
    works = [work(hand_in(tmp_path, name, {"cells": []}), name) for name in ("a", "breaks", "z")]
    with ThreadPoolExecutor(2) as pool:
        found = classroom._graded(items(works, tmp_path / "out"), pool, lambda *_: None)
    assert [one["learner"] for one in found] == ["a", "breaks", "z"]
    assert [one["graded"] for one in found] == [True, False, True]
    assert "no memory left" in found[1]["error"]


def test_a_worker_that_is_killed_takes_nobody_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool that breaks is no end: the rest is graded one by one, and the culprit is named."""

    def kills(one: Work) -> dict[str, Any]:
        if one.learner == "kills":
            raise BrokenProcessPool("terminated abruptly")
        return fake_grade(one)

    monkeypatch.setattr(classroom, "grade", kills)
    monkeypatch.setattr(classroom, "_pool", ThreadPoolExecutor)
    works = [work(hand_in(tmp_path, name, {"cells": []}), name) for name in ("a", "kills", "z")]
    found = classroom.grade_all(items(works, tmp_path / "out"), 2, lambda *_: None)
    assert [one["graded"] for one in found] == [True, False, True]
    assert "abruptly" in found[1]["error"]


def test_an_interrupted_run_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has a whole result of the same file is not graded again; a changed file is."""
    graded: list[str] = []

    def noted(one: Work) -> dict[str, Any]:
        graded.append(one.learner)
        if one.learner == "c" and graded.count("c") == 1:
            raise KeyboardInterrupt
        return fake_grade(one)

    monkeypatch.setattr(classroom, "grade", noted)
    works = [work(hand_in(tmp_path, name, {"cells": []}), name) for name in ("a", "b", "c")]

    def run() -> list[dict[str, Any]]:
        with ThreadPoolExecutor(1) as pool:
            todo = items(works, tmp_path / "out")
            return classroom._graded(todo, pool, lambda *_: None)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert len(run()) == 3
    assert graded.count("c") == 2
    assert graded.count("a") == graded.count("b") == 1
    hand_in(tmp_path, "a", {"cells": [1]})
    run()
    assert graded.count("a") == 2
    assert not list((tmp_path / "out").rglob("*.part"))


def test_learners_are_the_folders_and_links_are_not_followed(tmp_path: Path) -> None:
    """The first folder names the learner; a linked folder is not walked into."""
    hand_in(tmp_path / "class", "Ana María", notebook("05.1"))
    hand_in(tmp_path / "elsewhere", "secret", notebook("05.1"))
    (tmp_path / "class" / "link").symlink_to(tmp_path / "elsewhere")
    found = find_submissions([tmp_path / "class"])
    assert [(path.name, learner) for path, learner in found] == [("05.ipynb", "Ana María")]


def test_tables_hold_every_mark() -> None:
    """The CSV and JUnit files carry the marks, and no formula for a spreadsheet."""
    results = [result("ana", 10.0), result("=cmd()", 2.5, "same_share", "M13")]
    rows = list(csv.DictReader(io.StringIO(lms_csv(results, 0.0))))
    assert [(row["user"], row["score"], row["max"]) for row in rows] == [
        ("ana", "10", "10"),
        ("'=cmd()", "2.5", "10"),
    ]
    book = list(csv.DictReader(io.StringIO(nbgrader_csv(results, 0.0))))
    assert [row["student_id"] for row in book] == ["ana", "'=cmd()"]
    assert {"assignment", "raw_score", "score", "max_score", "timestamp"} <= set(book[0])
    suites = ET.fromstring(junit(results)).findall("testsuite")
    assert [suite.get("failures") for suite in suites] == ["0", "1"]
    assert suites[1].find("testcase/failure") is not None


def test_the_class_page_shows_all_and_runs_nothing(tmp_path: Path) -> None:
    """Names from outside are text on the page; scripts are forbidden by the page itself."""
    path = hand_in(tmp_path, "<script>alert(1)</script>".replace("/", "∕"), notebook("05.1", RIGHT))
    todo = items([work(path, path.parent.name)], tmp_path / "out")
    marks = [result(path.parent.name, 2.5, "same_share", "M13")]
    page = write_reports(todo, marks, tmp_path / "out", 0.0, Words("es")).read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert catalog.beliefs("es")["M13"] in page
    for name in ("grades.csv", "nbgrader.csv", "junit.xml", "results.json"):
        assert (tmp_path / "out" / name).stat().st_size


def test_a_release_holds_no_solution_and_a_copy_is_personal() -> None:
    """Both languages, ids, points and checksums; our answers nowhere; each learner's own seed."""
    found = {"05": masters(MASTERS)["05"]}
    made = list(releases(found, MASTERS, ["ana", "luis"], SECRET))
    assert {one.path.rsplit("/", 1)[0] for one in made} == {
        "ana/es", "ana/en", "luis/es", "luis/en",
    }  # fmt: skip
    for one in made:
        learner = one.path.split("/")[0]
        assert "1 / (n - place)" not in one.text
        assert "SOLUTION" not in one.text
        table = json.loads(one.text)
        card = table["metadata"]["labkit"]["exercises"]["05.1"]
        assert card["points"] == catalog.exercises()["05.1"].points
        assert set(card["checksums"]) == {"x05-1-task", "x05-1-answer", "x05-1-check"}
        assert seed_of(SECRET, learner, "05.1") in one.text


def personal(learner: str, asked_by: str) -> dict[str, Any]:
    """The solved notebook of 09.1 with the data of ``asked_by``, typed as values."""
    token = seed_of(SECRET, asked_by, "09.1")
    made = notebook("09.1", solved=True)
    for cell in made["cells"]:
        cell["source"] = cell["source"].replace('exercise("09.1")', f'exercise("09.1", "{token}")')
    return made


def test_data_of_somebody_else_is_noticed(tmp_path: Path) -> None:
    """With another learner's seed in the data cell one's own data count, and it is noted."""
    mine = grade(work(hand_in(tmp_path, "ana", personal("ana", "ana"), "09.ipynb"), "ana"))
    copied = grade(work(hand_in(tmp_path, "luis", personal("luis", "ana"), "09.ipynb"), "luis"))
    assert "foreign_data" not in mine["note_keys"]
    assert "foreign_data" in copied["note_keys"]
    assert mine["score"] == mine["max"]


def test_practice_mode_uses_no_hidden_material(tmp_path: Path) -> None:
    """Without a sandbox a result says so, has no hidden line, and is still right."""
    found = grade(work(hand_in(tmp_path, "ana", notebook("05.1", RIGHT)), "ana"))
    part = found["exercises"][0]
    assert found["mode"] == "practice"
    assert (part["score"], part["hidden"]) == (10, None)


def test_parameters_reach_the_notebook(tmp_path: Path) -> None:
    """A parameter of papermill is there when the answer runs."""
    source = (
        "def chain(n):\n    return [1 / (n - i) for i in range(n)]\n\n\nassert flavour == 'salt'\n"
    )
    path = hand_in(tmp_path, "ana", notebook("05.1", source))
    found = grade(work(path, "ana", parameters={"flavour": "salt"}))
    executed = path.with_suffix(".executed.ipynb").read_text("utf-8")
    assert found["exercises"][0]["score"] == 10
    assert "flavour" in executed
    assert "AssertionError" not in executed


def test_exercises_run_under_plain_papermill(tmp_path: Path) -> None:
    """The solved notebook of a lesson runs under papermill itself and says that it is correct."""
    path = hand_in(tmp_path, "ana", notebook("05.1", solved=True))
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", str(path), str(out), "--no-progress-bar"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    check = json.loads(out.read_text("utf-8"))["cells"][-1]
    assert "●" in json.dumps(check["outputs"], ensure_ascii=False)


def test_two_dask_workers_give_the_same_marks(tmp_path: Path) -> None:
    """A local Dask cluster of two processes grades as this process does."""
    distributed = needed("dask", "distributed")
    program = available()
    need("bwrap", program, "no bubblewrap (apt install bubblewrap)")
    sources = {"ana": RIGHT, "luis": "def chain(n):\n    return [1 / n] * n\n"}
    works = [
        work(
            hand_in(tmp_path, name, notebook("05.1", text)), name, bwrap=program, hidden=str(HIDDEN)
        )
        for name, text in sources.items()
    ]
    told: list[Mapping[str, Any]] = []
    options = {"dashboard_address": None, "threads_per_worker": 1, "host": "127.0.0.1"}
    with distributed.LocalCluster(n_workers=2, processes=True, **options) as cluster:
        todo = items(works, tmp_path / "out")
        address = cluster.scheduler_address
        found = grade_on_dask(todo, address, lambda _n, _all, one: told.append(one), False)
    assert [one["exercises"][0]["score"] for one in found] == [10, 2.5]
    assert causes(found[1])[0] == "same_share"
    assert len(told) == 2


def test_a_checkout_below_tmp_is_seen_in_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox has a /tmp of its own, and yet a checkout below /tmp is there, but for the
    exercises."""
    program = available()
    need("bwrap", program, "no bubblewrap (apt install bubblewrap)")
    with tempfile.TemporaryDirectory(prefix="labkit-checkout-", dir="/tmp") as name:
        package, room = Path(name) / "labkit", Path(name) / "room"
        exercises = package / "grading" / "exercises"
        for folder in (exercises, room):
            folder.mkdir(parents=True)
        (exercises / "x05_1.py").touch()
        (package / "seen.py").touch()
        out = Path(name) / "out.ipynb"
        out.touch()
        monkeypatch.setattr(walls, "PACKAGE", package)
        monkeypatch.setattr(walls, "EXERCISES", exercises)
        monkeypatch.setattr(walls, "BOUND", (*walls.BOUND[:3], package))
        words = sandbox.Sandbox(program, Limits(), SystemClock())._walls(room, out)
        script = f"test -f {package}/seen.py && ls {exercises} && touch /tmp/mine"
        command = [program, *words, "/bin/sh", "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
