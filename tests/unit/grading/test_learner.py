"""The learner's side: check, hint, progress, reset, solution."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.errors import LabError, UsageError
from labkit.grading import verbs
from labkit.grading.draw import Draw, seed_of
from labkit.grading.feedback import Feedback
from labkit.grading.learner import Learner
from labkit.grading.overview import Overview
from labkit.grading.progress import Progress
from labkit.words import Words


def learner(folder: Path, language: Any = "en") -> Learner:
    """A session whose progress lies in ``folder``; no lab runs."""
    return Learner(Progress(folder / "progress.json"), Words(language), lambda: None)


def right(n: int) -> list[float]:
    """A correct chain."""
    return [1 / left for left in range(n, 0, -1)]


def check(one: Learner, chain: Any) -> Feedback:
    """``check("05.1")`` in a notebook that holds ``chain``."""
    return one.check("05.1", {"chain": chain})


def test_feedback_begins_with_the_cause_and_reads_without_colours(tmp_path: Path) -> None:
    """The text form names state, cause and where to look; the HTML form says the same."""
    told = check(learner(tmp_path), lambda n: [1 / n] * n)
    lines = told.text().splitlines()
    assert "keep working" in lines[0]
    assert lines[1].lstrip().startswith("✗")
    assert lines[2].lstrip().startswith("→")
    page = told._repr_mimebundle_()["text/html"]
    assert 'role="status"' in page
    assert 'lang="en"' in page
    assert "keep working" in page


def test_check_speaks_the_notebooks_language(tmp_path: Path) -> None:
    """The same answer is told in Spanish to a Spanish notebook."""
    assert "sigue trabajando" in check(learner(tmp_path, "es"), lambda n: [1 / n] * n).text()


@pytest.mark.parametrize("chain", [None, 7, "text", lambda: 1, lambda n: object(), lambda n: 1 / 0])
def test_check_never_raises(tmp_path: Path, chain: Any) -> None:
    """Whatever stands in the answer's place, there is feedback."""
    assert not check(learner(tmp_path), chain).passed


def test_feedback_is_text_not_html(tmp_path: Path) -> None:
    """What a learner's code says is shown, never interpreted."""

    def chain(_n: int) -> None:
        raise ValueError("<img src=x onerror=alert(1)>")

    assert "<img" not in check(learner(tmp_path), chain).html()


def test_an_unknown_exercise_is_named_with_those_there_are(tmp_path: Path) -> None:
    """A wrong id is one sentence that lists the right ones."""
    with pytest.raises(UsageError, match=r"99\.9.*05\.1"):
        learner(tmp_path).check("99.9", {})


def test_hints_go_up_and_are_counted(tmp_path: Path) -> None:
    """Three different hints in turn; the last one stays; a level can be asked for."""
    one = learner(tmp_path)
    first, second, third, again = (one.hint("05.1") for _ in range(4))
    assert len({first, second, third}) == 3
    assert again == third
    assert one.hint("05.1", 1) == first
    assert next(row for row in one.rows() if row[0] == "05.1")[4] == 3
    with pytest.raises(UsageError):
        one.hint("05.1", 4)


def test_the_solution_opens_after_passing(tmp_path: Path) -> None:
    """Before, it says what to do; after, it is there, and stays open."""
    one = learner(tmp_path)
    assert "def chain" not in one.solution("05.1")
    check(one, right)
    check(one, lambda n: [1 / n] * n)
    assert "def chain" in learner(tmp_path).solution("05.1")


def test_reset_forgets_one_exercise_only(tmp_path: Path) -> None:
    """Checks and hints of one exercise go, those of another stay."""
    one = learner(tmp_path)
    check(one, right)
    one.hint("05.2")
    one.reset("05.1")
    rows = {row[0]: row for row in learner(tmp_path).rows()}
    assert rows["05.1"][2:] == ("not_started", 0, 0, False)
    assert rows["05.2"][4] == 1


def test_progress_can_be_taken_along(tmp_path: Path) -> None:
    """What was exported elsewhere is passed here as well, and nothing of here is lost."""
    there, here = learner(tmp_path / "there"), learner(tmp_path / "here")
    check(there, right)
    here.hint("05.2")
    there.store.export(tmp_path / "mine.json", Words("en"))
    here.store.load(tmp_path / "mine.json", Words("en"))
    rows = {row[0]: row for row in here.rows()}
    assert rows["05.1"][-1]
    assert rows["05.2"][4] == 1
    assert "1 of" in Overview(tuple(here.rows()), Words("en")).text()


@pytest.mark.parametrize("name", ["mine.json", "mine.html"])
def test_a_folder_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Progress asked for where nothing can be written: what, where and why."""
    monkeypatch.setattr(verbs, "_learner", lambda: learner(tmp_path, "es"))
    with pytest.raises(LabError, match=rf"No se puede escribir .*missing/{name}"):
        verbs.progress(export=str(tmp_path / "missing" / name))


@pytest.mark.parametrize("text", ["", "[]", '{"exercises": 7}', '{"exercises": {"05.1": 7}}'])
def test_a_file_that_is_no_progress_is_refused(tmp_path: Path, text: str) -> None:
    """Any other file is one sentence, and changes nothing."""
    (tmp_path / "other.json").write_text(text, encoding="utf-8")
    one = learner(tmp_path)
    with pytest.raises(UsageError, match=r"other\.json"):
        one.store.load(tmp_path / "other.json", Words("en"))
    assert not any(row[-1] for row in one.rows())


def test_predictions_and_exercises_share_the_file(tmp_path: Path) -> None:
    """Neither writes over the other."""
    one = learner(tmp_path)
    one.store.put("predictions", "00.1", 10)
    check(one, right)
    stored = json.loads((tmp_path / "progress.json").read_text("utf-8"))
    assert stored["predictions"] == {"00.1": 10}
    assert stored["exercises"]["05.1"]["passed"]


def test_data_depend_on_the_seed_alone(tmp_path: Path) -> None:
    """The same token gives the same data, another one other data; a secret changes all."""
    first, second = learner(tmp_path), learner(tmp_path)
    assert first.task("05.2", "a").data == second.task("05.2", "a").data
    assert first.task("05.2", "a").data != second.task("05.2", "b").data
    assert seed_of(b"one", "ana", "05.1") != seed_of(b"two", "ana", "05.1")
    assert seed_of(b"one", "ana", "05.1") != seed_of(b"one", "ana", "05.1", "hidden")


def test_draws_are_spread_evenly() -> None:
    """6000 throws of a die stay within the band of one in a million for each face."""
    draw = Draw("die")
    counts = [0] * 6
    for _ in range(6000):
        counts[draw.below(6)] += 1
    assert all(850 <= count <= 1155 for count in counts)
    assert sorted(draw.shuffled(range(9))) == list(range(9))


def test_nothing_judges_while_grading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sandbox the verbs hand out data and say nothing."""
    (tmp_path / "tasks.json").write_text('{"05.1": {"endpoints": 4}}', encoding="utf-8")
    monkeypatch.setenv(verbs.GRADING, str(tmp_path / "tasks.json"))
    assert verbs.exercise("05.1") == {"endpoints": 4}
    assert verbs.check("05.1") is None
    assert verbs.progress() is None


@pytest.mark.parametrize(
    "record",
    ['{"causes": 5}', '{"state": "hacked"}', '{"state": [1], "checks": NaN}', '{"hints": 1e999}'],
)
def test_a_progress_file_changed_by_hand_stops_nothing(tmp_path: Path, record: str) -> None:
    """Whatever a record holds, it can be loaded, and the table of exercises can be drawn."""
    source = tmp_path / "mine.json"
    source.write_text(f'{{"exercises": {{"05.1": {record}}}}}', encoding="utf-8")
    store = Progress(tmp_path / "progress.json")
    store.load(source, Words())
    rows = Learner(store, Words(), lambda: None).rows()
    assert [row[2] for row in rows if row[0] == "05.1"] == ["not_started"]
