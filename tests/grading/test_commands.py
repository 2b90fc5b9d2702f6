"""The command lines of grading, as a teacher and a learner type them."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.cli import app
from labkit.grading.draw import seed_of
from tests.grading_support import hand_in, notebook
from tests.support import ROOT, labkit

RIGHT = "def chain(n):\n    return [1 / (n - i) for i in range(n)]\n"


def said(*words: str, lang: str = "en") -> tuple[int, str, str]:
    """Status and both streams of one command."""
    done = labkit(*words, lang=lang)
    return done.returncode, done.stdout, done.stderr


def one_sentence(status: int, out: str, err: str) -> str:
    """The error on one line, without a traceback, and nothing on stdout."""
    assert status != 0
    assert out == ""
    assert "Traceback" not in err
    lines = err.strip().splitlines()
    assert len(lines) == 1, err
    return lines[0]


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("command", ["grade", "release", "exercise"])
def test_help_has_examples(command: str, lang: str) -> None:
    """``--help`` ends well and shows lines that can be typed."""
    status, out, _ = said(command, "--help", lang=lang)
    assert status == 0
    assert out.count(f"labkit {command}") >= 3
    assert {"es": "ejemplos", "en": "examples"}[lang] in out


def bad_inputs(folder: Path) -> dict[str, tuple[list[str], str, str]]:
    """Command lines that cannot work, with a word of the Spanish and of the English answer."""
    good = str(hand_in(folder / "class", "ana", notebook("05.1", RIGHT)))
    (folder / "empty").mkdir()
    (folder / "notes.txt").write_text("hello", encoding="utf-8")
    (folder / "short").write_text("abc", encoding="utf-8")
    (folder / "names").write_text("../ana\n", encoding="utf-8")
    (folder / "same").write_text("Ana\nluis\nana\n", encoding="utf-8")
    (folder / "latin").write_bytes("José\n".encode("latin-1"))
    (folder / "nobody").write_text("# the class\n", encoding="utf-8")
    (folder / "bad.yaml").write_text("{", encoding="utf-8")
    (folder / "occupied").write_text("a file", encoding="utf-8")
    out = ["--practice", "--out", str(folder / "out")]
    nobody = "dask://127.0.0.1:1"
    return {
        "missing": (["grade", str(folder / "nowhere")], "No existe", "does not exist"),
        "empty": (["grade", str(folder / "empty"), *out], "ningún cuaderno", "no notebook"),
        "extension": (["grade", str(folder / "notes.txt"), *out], ".ipynb", ".ipynb"),
        "no workers": (["grade", good, "--workers", "0", *out], "1 a 64", "1 to 64"),
        "word": (["grade", good, "--workers", "many", *out], "many", "many"),
        "executor": (["grade", good, "--executor", "moon", *out], "moon", "moon"),
        "dask": (["grade", good, "--executor", nobody, *out], "Dask", "Dask"),
        "no secret": (["grade", good, "--secret", str(folder / "no"), *out], "secreto", "secret"),
        "secret": (["grade", good, "--secret", str(folder / "short"), *out], "secreto", "secret"),
        "hidden": (["grade", good, "--hidden", str(folder / "x")], "No existe", "does not exist"),
        "yaml": (["grade", good, "-f", str(folder / "bad.yaml"), *out], "YAML", "YAML"),
        "out": (
            ["grade", good, "--practice", "--out", str(folder / "occupied")],
            "No se puede escribir", "Cannot write",
        ),
        "lesson": (["release", "77", "--out", str(folder / "r")], "77", "77"),
        "masters": (["release", "--masters", str(folder / "empty")], "maestros", "masters"),
        "learners": (["release", "--learners", str(folder / "nobody")], "persona", "learner"),
        "name": (["release", "--learners", str(folder / "names")], "../ana", "../ana"),
        "same": (["release", "--learners", str(folder / "same")], "misma carpeta", "share"),
        "latin": (["release", "--learners", str(folder / "latin")], "UTF-8", "UTF-8"),
        "release out": (
            ["release", "05", "--out", str(folder / "occupied")],
            "No se puede escribir", "Cannot write",
        ),
        "exercise": (["exercise", "99.9", "--once"], "99.9", "99.9"),
        "exercise folder": (
            ["exercise", "05.1", "--once", "--folder", str(folder / "occupied")],
            "No se puede escribir", "Cannot write",
        ),
    }  # fmt: skip


NOT_ERRORS = ("modo de práctica", "practice mode", "secreto nuevo", "new secret")


def files_below(folder: Path) -> set[Path]:
    """All files but a secret, which is worth keeping whatever happens then."""
    return {path for path in folder.rglob("*") if path.is_file() and path.name != "labkit-secret"}


@pytest.mark.parametrize("lang", ["es", "en"])
def test_bad_input_gets_one_sentence(
    tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What, where and what to do, in the reader's language; nothing half made stays behind."""
    for name, (words, spanish, english) in bad_inputs(tmp_path).items():
        before = files_below(tmp_path)
        status = app.run(["--lang", lang, *words])
        out, err = capsys.readouterr()
        told = [line for line in err.splitlines() if not line.lower().startswith(NOT_ERRORS)]
        assert status, (name, err)
        sentence = one_sentence(status, out, "\n".join(told))
        assert (spanish if lang == "es" else english) in sentence, (name, err)
        assert files_below(tmp_path) == before, name


def test_a_release_makes_the_secret_that_is_missing(tmp_path: Path) -> None:
    """``--secret`` with a file that is not there makes it (0600), says so, and uses it again."""
    secret, learners = tmp_path / "class-secret", tmp_path / "names.txt"
    learners.write_text("ana\n", encoding="utf-8")
    words = ["release", "05", "--learners", str(learners), "--secret", str(secret)]
    status, _, err = said(*words, "--out", str(tmp_path / "a"))
    assert (status, stat.S_IMODE(secret.stat().st_mode)) == (0, 0o600)
    assert str(secret) in err
    status, _, err = said(*words, "--out", str(tmp_path / "b"))
    assert (status, err) == (0, "")
    token = seed_of(secret.read_bytes().strip(), "ana", "05.1")
    for out in ("a", "b"):
        (copy,) = (tmp_path / out / "ana" / "en").glob("05*.ipynb")
        assert token in copy.read_text("utf-8")


def test_a_release_never_writes_over_what_differs(tmp_path: Path) -> None:
    """A notebook that somebody changed stays, unless ``--force`` says otherwise."""
    out = tmp_path / "out"
    assert said("release", "05", "--out", str(out))[0] == 0
    (copy,) = (out / "en").glob("05*.ipynb")
    copy.write_text("mine", encoding="utf-8")
    status, _, err = said("release", "05", "--out", str(out))
    assert status != 0
    assert str(copy) in err
    assert copy.read_text("utf-8") == "mine"
    assert said("release", "05", "--out", str(out), "--force")[0] == 0
    assert copy.read_text("utf-8") != "mine"


def test_json_on_stdout_and_status_0_whatever_the_marks(tmp_path: Path) -> None:
    """``--json`` prints the results and nothing else; a bad answer is no failure of the command."""
    hand_in(tmp_path / "in", "ana", notebook("05.1", "def chain(n):\n    return [1 / n] * n\n"))
    out = str(tmp_path / "out")
    status, text, err = said("grade", str(tmp_path / "in"), "--out", out, "--practice", "--json")
    (one,) = json.loads(text)
    assert (status, one["learner"], one["mode"]) == (0, "ana", "practice")
    assert one["score"] < one["max"]
    assert "Practice mode" in err


def test_without_bubblewrap_it_is_practice_mode(tmp_path: Path) -> None:
    """Where no bwrap is on PATH the command says so, isolates nothing, and hides nothing."""
    path = hand_in(tmp_path, "ana", notebook("05.1", RIGHT))
    command = [sys.executable, "-m", "labkit", "--lang", "en", "grade", str(path), "--json"]
    environment = {**os.environ, "PATH": str(tmp_path / "nothing-here")}
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    (one,) = json.loads(done.stdout)
    assert done.returncode == 0
    assert "Practice mode" in done.stderr
    assert (one["mode"], one["hidden_used"], one["exercises"][0]["hidden"]) == (
        "practice",
        False,
        None,
    )
    assert one["exercises"][0]["score"] == 10


BLOCKED = """
import asyncio, concurrent.futures.process, multiprocessing.reduction, subprocess, sys
import sysconfig; sysconfig.get_paths()
for name in ("resource", "pwd", "grp", "fcntl", "termios"):
    sys.modules[name] = None
sys.platform = "win32"
import importlib, pkgutil
import labkit.grading
skipped = ("inside", "watched")
for one in pkgutil.walk_packages(labkit.grading.__path__, "labkit.grading."):
    if not one.name.endswith(skipped):
        importlib.import_module(one.name)
for name in ("grade", "release", "exercise"):
    importlib.import_module(f"labkit.cli.{name}")
from labkit.grading.grader.walls import available
from labkit.grading.grader.judge import limited
print(repr(available()))
sys.platform = "win32"
limited(1 << 30)
"""


def test_nothing_of_unix_is_needed_to_import() -> None:
    """Without the modules that Windows lacks everything of grading can be imported."""
    command = [sys.executable, "-c", BLOCKED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "''"), done.stderr


def test_ctrl_c_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """An interrupted class ends with status 130 and the next step; the same command grades only
    the rest."""
    slow = f"import time\ntime.sleep(4)\n\n\n{RIGHT}"
    for name, text in (("a", RIGHT), ("b", slow), ("c", slow), ("d", slow)):
        hand_in(tmp_path / "in", name, notebook("05.1", text))
    out = tmp_path / "out"
    words = ["grade", str(tmp_path / "in"), "--out", str(out), "--practice", "--lang", "en"]
    command = [sys.executable, "-m", "labkit", *words]
    child = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    first = out / "a" / "05.json"
    for _ in range(600):
        if first.exists() or child.poll() is not None:
            break
        time.sleep(0.1)
    os.killpg(child.pid, signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert "goes on where it stopped" in err
    stamp = first.stat().st_mtime_ns
    status, _, _ = said(*words)
    assert status == 0
    assert first.stat().st_mtime_ns == stamp
    assert len(json.loads((out / "results.json").read_text("utf-8"))) == 4


class Terminal:
    """A command in a terminal of its own: what it shows, and keys for it."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self.child = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.shown = ""

    def until(self, text: str, seconds: float = 60) -> str:
        """What is shown until ``text`` comes; fails when it never does."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            ready, _, _ = select.select([self._master], [], [], 0.2)
            if ready:
                try:
                    self.shown += os.read(self._master, 65536).decode("utf-8", "replace")
                except OSError:
                    break
            assert time.monotonic() < end, self.shown
        before, found, self.shown = self.shown.partition(text)
        assert found, before
        return before + found

    def type(self, text: str) -> None:
        """Keys."""
        os.write(self._master, text.encode())

    def close(self) -> None:
        """End it."""
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self._master)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """``labkit exercise 05.1`` in a terminal."""
    command = [sys.executable, "-m", "labkit", "--lang", "en", "exercise", "05.1"]
    folder = str(tmp_path / "mine")
    environment = {**os.environ, "LABKIT_HOME": str(tmp_path / "home"), "TERM": "xterm"}
    made = Terminal([*command, "--folder", folder], environment)
    yield made
    made.close()


def test_the_watcher_checks_on_save_and_obeys_keys(terminal: Terminal, tmp_path: Path) -> None:
    """A saved file is checked by itself; hint, next, reset and quit do what they say."""
    keys = "[q] quit"
    file = tmp_path / "mine" / "05_1.py"
    terminal.until(keys)
    start = file.read_text("utf-8")
    terminal.type("h\n")
    terminal.until("Hint 1 of 3")
    file.write_text(start.split("def chain")[0] + RIGHT, encoding="utf-8")
    terminal.until("Saved")
    assert "●" in terminal.until(keys)
    terminal.type("s\n")
    terminal.until("return")
    terminal.type("r\n")
    terminal.until("05_1.1.bak")
    assert file.read_text("utf-8") == start
    assert RIGHT in (tmp_path / "mine" / "05_1.1.bak").read_text("utf-8")
    terminal.type("n\n")
    terminal.until("05_2.py")
    terminal.until(keys)
    terminal.type("q\n")
    assert terminal.child.wait(20) == 0


def test_once_ends_with_a_status(tmp_path: Path) -> None:
    """``--once`` is 1 for the starter and 0 for a right answer."""
    words = ["exercise", "05.1", "--once", "--folder", str(tmp_path)]
    assert said(*words)[0] == 1
    file = tmp_path / "05_1.py"
    file.write_text(file.read_text("utf-8").split("def chain")[0] + RIGHT, encoding="utf-8")
    assert said(*words)[0] == 0


def test_the_watcher_survives_what_happens_to_its_file(terminal: Terminal, tmp_path: Path) -> None:
    """An error names the file's line, a file that is gone can be brought back, and a file that ends
    itself is no answer; nothing of it ends the watcher."""
    keys = "[q] quit"
    file = tmp_path / "mine" / "05_1.py"
    start = terminal.until(keys) and file.read_text("utf-8")
    line = len(start.splitlines()) + 1
    file.write_text(start + "def broken(\n", encoding="utf-8")
    terminal.until(f"line {line}")
    file.write_text(start + "exit(0)\n", encoding="utf-8")
    terminal.until("exit(0)")
    file.unlink()
    terminal.until("brings it back")
    terminal.type("r\n")
    terminal.until("is back")
    assert file.read_text("utf-8") == start
    terminal.type("q\n")
    assert terminal.child.wait(20) == 0
