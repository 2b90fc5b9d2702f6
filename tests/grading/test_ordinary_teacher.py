"""A teacher without root: the sandbox stands on user namespaces, and holds as well."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.grading.grader.walls import available
from tests.grading_support import causes, hand_in, notebook
from tests.ordinary import NOBODY, missing, run_ordinary
from tests.support import ROOT, need

RIGHT = "def chain(n):\n    return [1 / (n - i) for i in range(n)]\n"
SUBMISSIONS = ROOT / "tests" / "submissions"
NAMES = ("honest_right", "fork_bomb", "infinite_loop", "reads_hidden_tests", "writes_outside")


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, dict[str, Any]]]:
    """A small class, graded by somebody who may do nothing in particular; one lab among it."""
    need("bwrap", available(), "no bubblewrap (apt install bubblewrap)")
    need("unprivileged", not missing(), missing())
    folder = Path(tempfile.mkdtemp(prefix="labkit-teacher-", dir="/tmp"))
    try:
        for name in NAMES:
            text = (SUBMISSIONS / f"{name}.txt").read_text("utf-8").replace("@REPO@", str(ROOT))
            hand_in(folder / "in", name, notebook("05.1", text))
        hand_in(folder / "in", "whole_lab", notebook("07.1", solved=True), "07.ipynb")
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o644)
        if os.geteuid() == 0:
            shutil.chown(folder, int(NOBODY))
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
        grade = [sys.executable, "-m", "labkit", "--lang", "en", "grade", "in", "--json"]
        environment["PYTHONPATH"] = str(ROOT)
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        done = run_ordinary([*grade, "--workers", "2"], folder, environment)
        assert done.returncode == 0, done.stderr
        yield {one["learner"]: one for one in json.loads(done.stdout)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_it_is_a_sandbox_and_not_practice(results: dict[str, Any]) -> None:
    """Every result comes from the sandbox, with hidden tests."""
    assert {(one["mode"], one["hidden_used"]) for one in results.values()} == {("sandbox", True)}


@pytest.mark.parametrize("name", NAMES)
def test_marks_are_those_that_root_gives(results: dict[str, Any], name: str) -> None:
    """Marks and cause are those in the submission's head, as when root grades."""
    head = (SUBMISSIONS / f"{name}.txt").read_text("utf-8").splitlines()
    marks, cause = (line.partition(": ")[2] for line in head[:2])
    part = next(one for one in results[name]["exercises"] if one["id"] == "05.1")
    told = causes({"exercises": [part]})
    assert (part["score"], told[0] if told else "-") == (float(marks), cause)


def test_the_judges_lab_works_without_rights(results: dict[str, Any]) -> None:
    """A whole lab is put up by the judge, measured, and gets full marks."""
    one = results["whole_lab"]
    assert one["score"] == one["max"] > 0, one
