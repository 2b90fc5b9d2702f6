"""The record of a course: what is passed, which beliefs fell, what is left on the machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.grading import verbs
from labkit.grading.certificate import certificate, contexts_in, traces
from labkit.grading.learner import Learner
from labkit.grading.progress import Progress
from labkit.words import LANGUAGES, Language, Words

PASSED = {"state": "correct", "passed": True, "checks": 3, "hints": 1, "causes": ["same_share"]}
OPEN = {"state": "almost", "passed": False, "checks": 2, "hints": 0, "causes": ["service_left"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_what_was_done(tmp_path: Path, language: Language) -> None:
    """Passed and open exercises, and only the beliefs of those that are passed."""
    store = Progress(tmp_path / "progress.json")
    store.put("exercises", "05.1", PASSED)
    store.put("exercises", "11.1", OPEN)
    text = certificate(Learner(store, Words(language), lambda: None), ["<left>"])
    assert "M13" in text
    assert "M31" not in text
    assert "&lt;left&gt;" in text
    assert text.count("●") == 1
    assert text.count("◕") == 1
    assert f'lang="{language}"' in text
    assert "<script" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_names_the_beliefs_that_fell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    """Somebody who once answered with a misconception and then passed reads its name under the
    table, as text and as HTML; an exercise that is still open tells nothing."""
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    monkeypatch.setenv("LABKIT_LANG", language)
    store = verbs.learner(language).store
    store.put("exercises", "11.1", OPEN)
    assert "M31" not in verbs.progress().text()
    store.put("exercises", "05.1", PASSED)
    shown = verbs.progress()._repr_mimebundle_()
    for text in shown.values():
        assert "M13: " in text
        assert "M31" not in text


def test_what_is_left_is_named(tmp_path: Path) -> None:
    """A lab that is up and a context in the user's kubeconfig are traces; others are not."""
    home, own = tmp_path / "lab", tmp_path / ".kube" / "config"
    environment = {"HOME": str(tmp_path), "LABKIT_HOME": str(home), "PATH": ""}
    assert traces(environment, Words("en")) == []
    own.parent.mkdir()
    own.write_text(json.dumps({"contexts": [{"name": "kind-labkit"}, {"name": "work"}]}))
    (found,) = traces(environment, Words("en"))
    assert "kind-labkit" in found
    state = home / "embedded" / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"pid": 1, "port": 1, "secret": "x"}))
    assert len(traces(environment, Words("en"))) == 2


@pytest.mark.parametrize("text", ["", "[", "contexts: 7", "contexts: [7]", "[]"])
def test_a_strange_kubeconfig_has_no_traces(tmp_path: Path, text: str) -> None:
    """Whatever stands in the file, nothing is raised."""
    file = tmp_path / "config"
    file.write_text(text)
    assert contexts_in(file) == []
