"""Every attack and every honest mistake gets exactly the marks and the cause that it must get.

All are graded once, as a class, on two workers; the tests then look at the results.
"""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from labkit.grading.grader.classroom import grade_all, items
from labkit.grading.grader.limits import Limits
from labkit.grading.grader.marking import Work
from labkit.grading.grader.walls import available
from tests.grading_support import (
    HIDDEN,
    Notebook,
    answer_cell,
    causes,
    hand_in,
    notebook,
    solution,
)
from tests.support import ROOT, need

SUBMISSIONS = ROOT / "tests" / "submissions"
TEXTS = sorted(path.stem for path in SUBMISSIONS.glob("*.txt"))
LAB_TEXTS = sorted(path.stem for path in (SUBMISSIONS / "lab").glob("*.txt"))
CANARY = "8472913"
RIGHT = "def chain(n):\n    return [1 / (n - i) for i in range(n)]\n"
WRONG = "def chain(n):\n    return [1 / n] * n\n"
LIMITS = Limits(cell_seconds=6, total_seconds=20, call_seconds=2)
PATIENT = Limits(cell_seconds=60, total_seconds=120, call_seconds=5)
HONEST_LAB = "own_lab_inside"


@dataclass
class ClassRun:
    """What came of the class, and what the surroundings saw meanwhile."""

    results: dict[str, dict[str, Any]]
    connections: list[Any] = field(default_factory=list)
    outside: Path = Path()


def moved(change: str) -> Notebook:  # noqa: C901 - a list of changes
    """A right answer in a notebook whose cells were moved about."""
    made = notebook("05.1", RIGHT)
    cell = answer_cell(made)
    if change == "duplicated":
        first = {**cell, "source": WRONG, "id": "copied"}
        made["cells"].insert(made["cells"].index(cell), first)
    elif change == "retyped":
        cell["cell_type"] = "markdown"
    elif change == "untagged":
        cell["metadata"] = {}
    elif change == "unknown":
        cell["metadata"], cell["id"] = {}, "whatever"
    elif change == "deleted":
        made["cells"].remove(cell)
    elif change == "reordered":
        made["cells"].reverse()
    elif change == "helper":
        cell["source"] = "def chain(n):\n    return [part(n, i) for i in range(n)]\n"
        extra = {
            **cell,
            "metadata": {},
            "id": "mine",
            "source": "def part(n, i):\n    return 1 / (n - i)\n",
        }
        made["cells"].insert(made["cells"].index(cell), extra)
    elif change == "kernel":
        made["metadata"]["kernelspec"]["name"] = "bash"
    elif change == "check_changed":
        made["cells"][-1]["source"] = 'print("05.1: correct")'
    elif change == "faked_outputs":
        cell["source"] = WRONG
        fake = {"text/html": "<b>10/10</b>", "text/plain": "correct"}
        for one in made["cells"]:
            if one["cell_type"] == "code":
                data = {"output_type": "display_data", "metadata": {}, "data": fake}
                one.update(outputs=[data], execution_count=1)
    return made


MOVED = {
    "duplicated": (10, "-", "duplicated"),
    "retyped": (10, "-", "retyped"),
    "untagged": (10, "-", "by_id"),
    "unknown": (10, "-", "by_search"),
    "deleted": (0, "run.deleted", "deleted"),
    "reordered": (10, "-", ""),
    "helper": (10, "-", ""),
    "kernel": (10, "-", "kernel"),
    "check_changed": (10, "-", "check_changed"),
    "faked_outputs": (2.5, "same_share", ""),
}
FILES = {
    "file_too_large": "file.too_large",
    "file_broken": "file.not_json",
    "file_nested": "file.not_json",
    "file_no_cells": "file.not_json",
    "file_symlink": "file.symlink",
    "file_pipe": "file.not_a_file",
}


def odd_files(folder: Path, secret: Path) -> None:
    """Files that are no notebooks at all."""
    for name in FILES:
        (folder / name).mkdir()
    with (folder / "file_too_large" / "05.ipynb").open("wb") as out:
        out.truncate(100 << 20)
    (folder / "file_broken" / "05.ipynb").write_text('{"cells": [', encoding="utf-8")
    (folder / "file_nested" / "05.ipynb").write_text("[" * 200_000, encoding="utf-8")
    (folder / "file_no_cells" / "05.ipynb").write_text('{"cells": 7}', encoding="utf-8")
    (folder / "file_symlink" / "05.ipynb").symlink_to(secret)
    os.mkfifo(folder / "file_pipe" / "05.ipynb")


def filled(text: str, class_folder: Path, outside: Path, port: int) -> str:
    """An attack with the places that it aims at."""
    places = {
        "@REPO@": str(ROOT),
        "@CLASS@": str(class_folder),
        "@OUTSIDE@": str(outside),
        "@PORT@": str(port),
        "@CANARY@": CANARY,
        "@HALF@": "\ud800",
    }
    for mark, value in places.items():
        text = text.replace(mark, value)
    return text


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassRun]:
    """The whole class, graded once."""
    program = available()
    need("bwrap", program, "no bubblewrap (apt install bubblewrap)")
    base = tmp_path_factory.mktemp("class")
    folder, outside = base / "año nuevo", base / "outside"
    folder.mkdir()
    outside.mkdir(mode=0o777)
    outside.chmod(0o777)
    run = ClassRun({}, outside=outside)
    os.environ["LABKIT_TEST_CANARY"] = CANARY
    with listener(run.connections) as port:
        for name in TEXTS:
            text = filled((SUBMISSIONS / f"{name}.txt").read_text("utf-8"), folder, outside, port)
            hand_in(folder, name, notebook("05.1", text))
        for name in LAB_TEXTS:
            text = (SUBMISSIONS / "lab" / f"{name}.txt").read_text("utf-8")
            which = head_of(text)["exercise"]
            whole = solution(which) + "\n\n" + filled(text, folder, outside, port)
            hand_in(folder, name, notebook(which, whole), f"{which[:2]}.ipynb")
        for name in MOVED:
            hand_in(folder, name, moved(name))
        hand_in(folder, "ñandú", notebook("05.1", RIGHT), "05 é ü.ipynb")
        odd_files(folder, hand_in(base, "secret", notebook("05.1", RIGHT)))
        paths = list(folder.glob("*/*"))
        works = [
            Work(
                str(path), path.parent.name, b"a secret of the test", "en", program, str(HIDDEN),
                executed=str(base / "out" / path.parent.name / "executed.ipynb"),
                limits=PATIENT if path.parent.name in (HONEST_LAB, *LAB_TEXTS) else LIMITS,
            )
            for path in paths
        ]  # fmt: skip
        results = grade_all(items(works, base / "out"), 2, lambda *_: None)
        run.results = {one["learner"]: one for one in results}
        yield run
    del os.environ["LABKIT_TEST_CANARY"]


class listener:  # noqa: N801 - used as ``with listener(...)``
    """Somebody else's servers, on the host's loopback and under a name that is no file; they note
    who connects."""

    def __init__(self, seen: list[Any]) -> None:
        self._seen = seen
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._abstract = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._abstract.bind(f"\0labkit-test-{CANARY}")
        self._abstract.listen()

    def __enter__(self) -> int:
        for one in (self._socket, self._abstract):
            threading.Thread(target=self._listen, args=(one,), daemon=True).start()
        return int(self._socket.getsockname()[1])

    def _listen(self, server: socket.socket) -> None:
        while True:
            try:
                peer, address = server.accept()
            except OSError:
                return
            self._seen.append(address)
            peer.close()

    def __exit__(self, *_error: object) -> None:
        self._socket.close()
        self._abstract.close()


def head_of(text: str) -> dict[str, str]:
    """The lines ``# key: value`` at the head of a submission."""
    return dict(re.findall(r"^# (\w+): (\S+)$", text, re.M))


def wanted(name: str) -> tuple[float, str]:
    """The marks and the cause in the head of a submission."""
    head = head_of((SUBMISSIONS / f"{name}.txt").read_text("utf-8"))
    return float(head["marks"]), head["cause"]


def assert_marks(result: dict[str, Any], marks: float, cause: str, exercise: str = "05.1") -> None:
    """Exactly these marks of the exercise, and this as the first cause."""
    part = next(one for one in result["exercises"] if one["id"] == exercise)
    told = causes({"exercises": [part]})
    assert result["graded"], result["error"]
    assert part["score"] == marks, (part["score"], told, part["results"])
    assert (told[0] if told else "-") == cause, part["results"]


@pytest.mark.parametrize("name", TEXTS)
def test_answer_gets_exactly_its_marks(graded: ClassRun, name: str) -> None:
    """The marks and the first cause are those in the submission's head."""
    marks, cause = wanted(name)
    assert_marks(graded.results[name], marks, cause)


@pytest.mark.parametrize("name", LAB_TEXTS)
def test_answer_for_the_judges_lab_gets_exactly_its_marks(graded: ClassRun, name: str) -> None:
    """What aims at the judge's lab, kubectl or shell changes no mark but its own."""
    head = head_of((SUBMISSIONS / "lab" / f"{name}.txt").read_text("utf-8"))
    assert_marks(graded.results[name], float(head["marks"]), head["cause"], head["exercise"])


@pytest.mark.parametrize("name", MOVED)
def test_moved_cells_are_reported_not_fatal(graded: ClassRun, name: str) -> None:
    """A notebook whose cells were moved about is graded, and what is odd is noted."""
    marks, cause, note = MOVED[name]
    assert_marks(graded.results[name], marks, cause)
    if note:
        assert note in graded.results[name]["note_keys"]


@pytest.mark.parametrize("name", FILES)
def test_odd_files_are_named(graded: ClassRun, name: str) -> None:
    """A file that is no notebook gets no marks, and its own reason."""
    assert_marks(graded.results[name], 0, FILES[name])
    assert graded.results[name]["problem"]


def test_path_with_spaces_and_accents(graded: ClassRun) -> None:
    """A submission whose path has spaces and accents is graded like any other."""
    assert_marks(graded.results["ñandú"], 10, "-")


def test_nothing_outside_was_touched(graded: ClassRun) -> None:
    """No attack wrote a file outside its folder, and none reached the host's loopback."""
    assert not list(graded.outside.iterdir())
    for place in (ROOT, Path("/"), Path("/usr"), Path("/etc"), Path("/root"), Path("/tmp")):
        assert not (place / CANARY).exists()
    assert graded.connections == []


def test_nothing_outlives_its_submission(graded: ClassRun) -> None:
    """No process of a submission is left when the class is graded."""
    lines = [one.info["cmdline"] or [] for one in psutil.process_iter(["cmdline"])]
    assert not [line for line in lines if line[:2] == ["sleep", CANARY]]
    ours = str(ROOT / "labkit" / "grading" / "grader" / "inside.py")
    assert not [line for line in lines if ours in line]


def test_the_learners_own_lab_starts_inside(graded: ClassRun) -> None:
    """kubectl works against a lab of two nodes in the sandbox, which has no interface but its own
    loopback; nothing of that lab is left."""
    executed = (graded.outside.parent / "out" / HONEST_LAB / "executed.ipynb").read_text("utf-8")
    said = re.search(r"inside: \[(.*?)\] \[(.*?)\] \[(.*?)\]", executed)
    assert said, executed[-3000:]
    assert "pod/inside-" in said[1]
    assert said[2] == "'node/labkit-control-plane', 'node/labkit-worker'"
    assert said[3] == "'lo'"
    lines = [one.info["cmdline"] or [] for one in psutil.process_iter(["cmdline"])]
    assert not [line for line in lines if "/sandbox" in " ".join(line) and str(ROOT) in line[0]]


def test_no_submission_took_longer_than_its_limit(graded: ClassRun) -> None:
    """Even the slowest ended within the time for its cells, its calls, and starting up."""
    slowest = max(graded.results.values(), key=lambda one: one["seconds"])
    assert slowest["seconds"] < 4 * LIMITS.total_seconds, slowest["learner"]


def test_memory_is_what_the_kernel_counted(graded: ClassRun) -> None:
    """The peak of each run is known, and no process went beyond its limit."""
    ran = [one for one in graded.results.values() if not one["problem"]]
    for one in ran:
        assert one["peak_mb"] <= LIMITS.memory >> 20, one["learner"]
    assert graded.results["honest_right"]["peak_mb"] > 20


def test_the_executed_notebook_is_kept(graded: ClassRun, tmp_path_factory: Any) -> None:
    """Whatever became of a submission, what was run is there to be read."""
    out = graded.outside.parent / "out"
    for name in ("honest_right", "infinite_loop", "os_exit", "output_1_gb"):
        assert (out / name / "executed.ipynb").stat().st_size > 0, name
