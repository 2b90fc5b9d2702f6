"""A lesson whose cells run out of order, twice, after a restart, or on a cluster that is gone:
a sentence in the lesson's language and a way on, never a traceback, never "run all again"."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from labkit.cluster.process import is_alive
from tests.notebooks.session import is_traceback, lab_home, opened

pytestmark = pytest.mark.notebooks
FIRST, FOURTH, SEVENTH = ("01", "es"), ("04", "en"), ("07", "es")
WAY_ON = {"es": ("Ejecuta", "ejecútalas", "Ejecútala"), "en": ("Run", "run them")}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A runtime folder; its cluster is taken down afterwards."""
    with lab_home(tmp_path / "home") as folder:
        yield folder


def kill_server(home: Path) -> None:
    """End the embedded cluster's server as a crash would."""
    state = json.loads(next(home.rglob("state.json")).read_text(encoding="utf-8"))
    os.kill(int(state["pid"]), signal.SIGKILL)
    while is_alive(int(state["pid"])):
        Event().wait(0.02)


@pytest.mark.parametrize(("lesson", "lang"), [FIRST, FOURTH])
def test_cells_from_the_last_to_the_first(home: Path, lesson: str, lang: str) -> None:
    """Run backwards, then forwards, in one session: no traceback, and forwards all is well."""
    with opened(lesson, lang, home) as session:
        names = session.ids()
        for name in reversed(names):
            assert not is_traceback(session.run(name)), name
        for name in names:
            assert "Error: " not in (said := session.run(name)), f"{name}: {said}"


@pytest.mark.parametrize(("lesson", "lang"), [FIRST, SEVENTH])
def test_each_cell_twice(home: Path, lesson: str, lang: str) -> None:
    """Every cell can be run again at once, and the lesson goes on."""
    with opened(lesson, lang, home) as session:
        for name in session.ids():
            for _ in range(2):
                assert "Error: " not in (said := session.run(name)), f"{name}: {said}"


@pytest.mark.parametrize(("lesson", "lang"), [FIRST, FOURTH])
def test_after_a_restart_in_the_middle(home: Path, lesson: str, lang: str) -> None:
    """The second half in a new session, on the same cluster: the lab is open again, what is still
    missing is named with the cell that makes it, and after that cell the one that failed runs."""
    with opened(lesson, lang, home) as session:
        names = session.ids()
        half = len(names) // 2
        for name in names[:half]:
            session.run(name)
    with opened(lesson, lang, home) as session:
        for name in names[half:]:
            said = session.run(name)
            assert not is_traceback(said), f"{name}: {said}"
            if "Error: " in said:
                assert any(way in said for way in WAY_ON[lang]), f"{name}: {said}"


@pytest.mark.parametrize(("lesson", "lang"), [FOURTH, SEVENTH])
def test_a_killed_cluster_comes_back_before_the_next_cell(
    home: Path, lesson: str, lang: str
) -> None:
    """Killed after a third of the cells: the next one says that it is back, and all go on."""
    with opened(lesson, lang, home) as session:
        names = session.ids()
        third = len(names) // 3
        for name in names[:third]:
            session.run(name)
        kill_server(home)
        said = session.run(names[third])
        assert {"es": "otra vez en marcha", "en": "running again"}[lang] in said
        for name in names[third + 1 :]:
            assert "Error: " not in (said := session.run(name)), f"{name}: {said}"


def test_a_cluster_that_was_taken_down_is_named(home: Path) -> None:
    """After ``labkit down`` the next cells say so, once, and the opening cell makes a new one."""
    with opened("04", "en", home) as session:
        session.run("04-c01")
        session.run("04-c02")
        session.type("!labkit down")
        assert "taken down" in (said := session.run("04-c05"))
        assert not is_traceback(said)
        assert "Started" in session.run("04-c02")
        assert "Error: " not in session.run("04-c05")


def test_two_lessons_at_once_are_told_of_each_other(home: Path) -> None:
    """The second lesson names the first; turn by turn both run without an error."""
    with opened("04", "es", home) as one, opened("06", "es", home) as other:
        said: dict[str, str] = {"04": "", "06": ""}
        for pair in zip(one.ids()[:8], other.ids()[:8], strict=True):
            for session, name in zip((one, other), pair, strict=True):
                said[name[:2]] += session.run(name)
        assert "abierta: lección 4" in said["06"]
        assert "abierta: lección" not in said["04"]
        assert "Error: " not in said["04"] + said["06"]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_manifest_edited_into_nonsense(home: Path, lang: str, tmp_path: Path) -> None:
    """No YAML: file, line and the way back.  YAML that the server refuses: the way back too.
    ``lab.restore()`` keeps the learner's text, and the cell runs again."""
    with opened("07", lang, home) as session:
        names = session.ids()
        for name in names[:5]:
            session.run(name)
        session.type(f"%cp -r . {tmp_path}/seed")
        session.type(f"%cd -q {tmp_path}/seed")
        file = tmp_path / "seed" / "backend-deployment.yaml"
        original = file.read_text(encoding="utf-8")
        for nonsense, told in (
            (original.replace("spec:", "spec: [", 1), "YAML"),
            (original.replace("replicas: 2", "replicas: many"), "lab.restore()"),
        ):
            file.write_text(nonsense, encoding="utf-8")
            said = session.run("07-c08")
            assert told in said and "lab.restore(" in said and not is_traceback(said), said
            session.type("lab.restore()")
            assert file.read_text(encoding="utf-8") == original
            kept = file.with_name(file.name + ".yours").read_text(encoding="utf-8")
            assert kept == nonsense
        assert "restore" not in session.run("07-c08")


@pytest.mark.parametrize(
    "stream", ['lab.follow("client-pod", seconds=60)', "lab.ask(20_000, live=True)"]
)
def test_a_stream_that_is_stopped(home: Path, stream: str) -> None:
    """The stop button: one sentence, no traceback, and the next cell runs."""
    with opened("04", "es", home) as session:
        session.run("04-c01")
        session.run("04-c02")
        said = session.interrupt(stream, after=2.5)
        assert "Detenido" in said and not is_traceback(said), said
        assert "Error: " not in session.run("04-c05")


def test_a_learners_own_mistake_keeps_its_traceback(home: Path) -> None:
    """Code that the learner wrote, and a name that no cell makes, fail as in any notebook."""
    with opened("04", "en", home) as session:
        session.run("04-c01")
        session.run("04-c02")
        assert is_traceback(session.type("[1, 2][7]"))
        assert is_traceback(session.type("nobody_made_this"))
