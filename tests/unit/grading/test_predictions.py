"""Predictions are kept, come back, and never stop a lesson."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.errors import UsageError
from labkit.grading.predictions import Predictions
from labkit.grading.progress import Progress
from labkit.words import Words


def test_a_prediction_survives_the_session(tmp_path: Path) -> None:
    """What one session keeps, the next one sets beside what came."""
    Predictions(Progress(tmp_path / "progress.json"), Words("en")).keep("07.2", 199)
    later = Predictions(Progress(tmp_path / "progress.json"), Words("en"))
    assert later.kept("07.2") == 199
    assert "199" in later.beside("07.2", 97)
    assert "97" in later.beside("07.2", 97)


def test_two_lessons_keep_their_predictions_side_by_side(tmp_path: Path) -> None:
    """A second session adds to the file and loses nothing of the first."""
    first = Predictions(Progress(tmp_path / "p.json"), Words("es"))
    second = Predictions(Progress(tmp_path / "p.json"), Words("es"))
    first.keep("00.1", 10)
    second.keep("07.1", "$(HOSTNAME)")
    stored = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert stored["predictions"] == {"00.1": 10, "07.1": "$(HOSTNAME)"}


def test_no_prediction_is_said_not_raised(tmp_path: Path) -> None:
    """Running the comparing cell first gives a sentence."""
    assert "00.1" in Predictions(Progress(tmp_path / "p.json"), Words("es")).beside("00.1", 12)


def test_a_broken_file_is_no_obstacle(tmp_path: Path) -> None:
    """A file that is not JSON counts as empty and is replaced by the next guess."""
    (tmp_path / "p.json").write_text("{half", encoding="utf-8")
    predictions = Predictions(Progress(tmp_path / "p.json"), Words("en"))
    assert predictions.kept("00.1") is None
    predictions.keep("00.1", 11)
    assert Predictions(Progress(tmp_path / "p.json"), Words("en")).kept("00.1") == 11


def test_an_unwritable_folder_keeps_it_in_memory(tmp_path: Path) -> None:
    """When the file cannot be written the lesson goes on, and the learner is told."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    predictions = Predictions(Progress(tmp_path / "file" / "p.json"), Words("en"))
    assert "p.json" in predictions.keep("00.1", 12)
    assert predictions.kept("00.1") == 12


def test_a_function_is_no_prediction(tmp_path: Path) -> None:
    """What is not data is refused with the id in the sentence."""
    with pytest.raises(UsageError, match=r"00\.1"):
        Predictions(Progress(tmp_path / "p.json"), Words("en")).keep("00.1", len)
