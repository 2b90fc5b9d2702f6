"""What a teacher meets: names of every kind, archives, two submissions, the wrong secret."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from labkit.cli import app
from labkit.grading.draw import seed_of
from labkit.grading.grader.classroom import items
from labkit.grading.grader.marking import grade
from labkit.grading.grader.reports import write_reports
from labkit.grading.grader.submission import find_submissions, without_notebook
from labkit.grading.grader.tables import counted, lms_csv
from labkit.words import Words
from tests.grading.test_class import SECRET, result, work
from tests.grading_support import hand_in, notebook

OURS = ("index.html", "grades.csv", "nbgrader.csv", "junit.xml", "results.json", "labkit-secret")


def test_no_name_takes_the_place_of_a_file_of_the_class(tmp_path: Path) -> None:
    """A notebook called like the overview or a table (in any capitals) does not stop the class."""
    names = [*OURS, "INDEX.HTML"]
    works = [work(hand_in(tmp_path / "in", name, notebook("05.1")), name) for name in names]
    todo = items(works, tmp_path / "out")
    write_reports(todo, [result(name, 1.0) for name in names], tmp_path / "out", 0.0, Words())
    assert all((tmp_path / "out" / name).is_file() for name in OURS[:-1])
    folders = {item.target.parent.name.casefold() for item in todo}
    assert not folders & set(OURS)


def twice(tmp_path: Path) -> tuple[str, list[dict[str, Any]]]:
    """The overview and the results of two submissions of one learner, in files of one name."""
    answers = {"v1": "a = 1\n", "v2": "b = 2\n"}
    works = [
        work(hand_in(tmp_path / "in" / "ana", name, notebook("05.1", text)), "ana")
        for name, text in answers.items()
    ]
    marks = [result("ana", 2.5, "same_share", "M13"), result("ana", 10.0)]
    todo = items(works, tmp_path / "out")
    page = write_reports(todo, marks, tmp_path / "out", 0.0, Words())
    return page.read_text("utf-8"), marks


def test_two_submissions_of_one_learner_have_a_page_each(tmp_path: Path) -> None:
    """Both are linked, each to its own page, and both are told as worth a look; they are no twins
    of one another."""
    page, _ = twice(tmp_path)
    assert page.count('href="ana/05.html"') == page.count('href="ana/05-2.html"') == 2
    assert "a = 1" in (tmp_path / "out" / "ana" / "05.html").read_text("utf-8")
    assert "b = 2" in (tmp_path / "out" / "ana" / "05-2.html").read_text("utf-8")
    assert Words()("grade.why.several") in page
    assert Words()("grade.why.twin") not in page


def test_a_gradebook_gets_one_mark_for_a_lesson(tmp_path: Path) -> None:
    """Of two submissions the better one is in the CSV files; both stay in the JSON."""
    _, marks = twice(tmp_path)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "grades.csv").read_text("utf-8"))))
    assert [row["score"] for row in rows] == ["10"]
    assert len(json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))) == 2
    assert counted([marks[1], marks[0]]) == [marks[1]]


def test_no_name_in_a_table_reaches_the_terminal_as_a_command() -> None:
    """``cat grades.csv`` shows escape sequences instead of obeying them."""
    assert "\x1b" not in lms_csv([result("\x1b]0;owned\x07", 1.0)], 0.0)


def test_accents_are_one_name_however_they_are_written(tmp_path: Path) -> None:
    """A folder unpacked on a Mac (accents apart) is the learner of the list."""
    apart = unicodedata.normalize("NFD", "José Muñoz")
    assert apart != "José Muñoz"
    hand_in(tmp_path, apart, notebook("05.1"))
    ((_, learner),) = find_submissions([tmp_path])
    assert learner == "José Muñoz"
    assert seed_of(SECRET, apart, "05.1") == seed_of(SECRET, "José Muñoz", "05.1")


def test_feedback_speaks_the_language_of_the_notebook(tmp_path: Path) -> None:
    """A Spanish notebook gets Spanish feedback from a grader that is told to speak English."""
    made = notebook("05.1")
    made["metadata"]["labkit"] = {"lang": "es"}
    todo = items([work(hand_in(tmp_path, "ana", made), "ana")], tmp_path / "out")
    marks = [grade(todo[0].work)]
    overview = write_reports(todo, marks, tmp_path / "out", 0.0, Words("en")).read_text("utf-8")
    page = todo[0].target.with_suffix(".html").read_text("utf-8")
    assert '<html lang="es">' in page
    assert "Aún no has empezado" in page
    assert '<html lang="en">' in overview


def test_who_handed_in_no_notebook_is_named(tmp_path: Path) -> None:
    """An archive, an empty folder and a stray file are told; ``.IPYNB`` is a notebook."""
    hand_in(tmp_path, "ana", notebook("05.1"), "05.IPYNB")
    for name in ("luis", "eva", "grades"):
        (tmp_path / name).mkdir()
    (tmp_path / "luis" / "work.zip").write_bytes(b"PK")
    (tmp_path / "max.tar.gz").write_bytes(b"")
    assert [learner for _, learner in find_submissions([tmp_path])] == ["ana"]
    told = without_notebook([tmp_path], tmp_path / "grades")
    assert told == ["eva", "luis (work.zip)", "max.tar.gz"]


def test_the_secret_lies_beside_what_is_handed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``release`` and ``grade`` without ``--secret`` use one file, which no learner gets; a copy
    made with it is the learner's own.  A list saved by Excel (with a byte order mark) is read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class.txt").write_text("José\n", encoding="utf-8-sig")
    assert app.run(["release", "05", "--learners", "class.txt", "--out", "class"]) == 0
    assert [one.name for one in (tmp_path / "class").iterdir()] == ["José"]
    secret = (tmp_path / "labkit-secret").read_bytes().strip()
    (copy,) = (tmp_path / "class" / "José" / "en").glob("05*.ipynb")
    assert seed_of(secret, "José", "05.1") in copy.read_text("utf-8")
    (tmp_path / "in" / "José").mkdir(parents=True)
    copy.rename(tmp_path / "in" / "José" / "05.ipynb")
    capsys.readouterr()
    assert app.run(["grade", "in", "--practice", "--personal", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert "foreign_data" not in found["note_keys"]
    assert not (tmp_path / "grades" / "labkit-secret").exists()


def test_a_secret_that_was_handed_in_is_never_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Graded from within the folder of submissions, a learner's file is not the teacher's."""
    hand_in(tmp_path, "ana", notebook("05.1"))
    (tmp_path / "labkit-secret").write_bytes(b"chosen by a learner")
    monkeypatch.chdir(tmp_path)
    assert app.run(["grade", ".", "--practice", "--json"]) == 0
    assert (tmp_path / "grades" / "labkit-secret").read_bytes() != b"chosen by a learner"


def test_another_secret_is_suspected_before_the_learners_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When hardly anybody's data fit, the teacher is told where to look."""
    monkeypatch.chdir(tmp_path)
    for name in ("ana", "luis"):
        hand_in(tmp_path / "in", name, notebook("09.1"), "09.ipynb")
    assert app.run(["--lang", "en", "grade", "in", "--practice", "--personal"]) == 0
    assert "2 of 2" in capsys.readouterr().err
