"""run.py: a bare Python is enough, mistakes get a sentence, only its own things are removed."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tools import menu, tasks
from tools.prepare import Stop, why_it_failed

STANDARD_ONLY = ("run.py", "tools/menu.py", "tools/prepare.py", "tools/tasks.py")
SYSTEM_PYTHON = Path(sys.base_prefix, "bin", "python3")


def run(project: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """run.py of a copy of the project, with a Python that is in no environment, from elsewhere."""
    python = str(SYSTEM_PYTHON) if SYSTEM_PYTHON.exists() else sys.executable
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "LABKIT_"))}
    clean |= {"LC_ALL": "C.UTF-8", "LABKIT_LANG": "en", **env}
    return subprocess.run(
        [python, str(project / "run.py"), *words],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=project.parent,
        env=clean,
        timeout=120,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what run.py needs, in a folder whose name has spaces and accents."""
    copy = tmp_path / "clase de ñandú"
    (copy / "tools").mkdir(parents=True)
    for name in (*STANDARD_ONLY, "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.mark.parametrize("name", STANDARD_ONLY)
def test_only_the_standard_library_is_imported(name: str) -> None:
    """run.py and what it imports work before anything is installed."""
    for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
        found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            found = [node.module or ""]
        for module in found:
            top = module.partition(".")[0]
            assert top in sys.stdlib_module_names or top == "tools", f"{name}: {module}"


def test_an_old_python_gets_a_sentence() -> None:
    """run.py parses on old Pythons, and ends there with what is needed."""
    text = (ROOT / "run.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 4))
    pretend = "import runpy, sys; sys.version_info = (3, 9, 6); runpy.run_path(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", pretend, str(ROOT / "run.py")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and this is Python 3.9" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_alone_it_lists_its_commands(project: Path, words: tuple[str, ...]) -> None:
    """Without a command run.py prints one line for each, and makes nothing."""
    done = run(project, *words)
    assert done.returncode == 0
    for name in ("lab", "open", "test", "lint", "bench", "notebooks", "book", "clean"):
        assert f"\n  {name} " in done.stdout
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("name", sorted(menu.COMMANDS))
def test_every_command_explains_itself_in_both_languages(project: Path, name: str) -> None:
    """``COMMAND --help`` shows examples, in English and in Spanish, and makes nothing."""
    english = run(project, name, "--help", LABKIT_LANG="en")
    spanish = run(project, name, "--help", LABKIT_LANG="es")
    for done in (english, spanish):
        assert done.returncode == 0
        assert f"python3 run.py {name}" in done.stdout
    assert english.stdout != spanish.stdout
    assert not (project / ".venv").exists()


def test_a_mistyped_command_is_guessed(project: Path) -> None:
    """An unknown command is named, the nearest one offered, and the status is 2."""
    done = run(project, "tset")
    assert done.returncode == 2
    assert "no command tset. Did you mean test?" in done.stderr


def test_missing_venv_names_the_package(project: Path, tmp_path: Path) -> None:
    """A Python without ensurepip, as Debian ships it, gets the name of the package."""
    if not Path("/etc/debian_version").exists():
        pytest.skip("the sentence names a Debian package")
    hide = "import importlib.util as u\nreal = u.find_spec\n"
    hide += "u.find_spec = lambda n, *a: None if n == 'ensurepip' else real(n, *a)\n"
    (tmp_path / "sitecustomize.py").write_text(hide)
    done = run(project, "lint", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert "python3." in done.stderr.partition("here that is ")[2]
    assert "Traceback" not in done.stderr
    assert not (project / ".venv").exists()


def test_no_network_is_one_sentence_and_can_be_repeated(project: Path) -> None:
    """Without a network run.py names the cause and the log; its half-made .venv is noticed."""
    alone = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
    first = run(project, "lint", **alone)
    assert first.returncode == 1
    assert "could not be fetched; check the network" in first.stderr
    assert str(project / "run.log") in first.stderr
    assert "Traceback" not in first.stderr
    assert "pip install" in (project / "run.log").read_text(encoding="utf-8")
    assert (project / ".venv").exists()
    again = run(project, "lint", **alone)
    assert "half made" in again.stderr
    cleaned = run(project, "clean")
    assert cleaned.returncode == 0
    assert not (project / ".venv").exists()
    assert not (project / "run.log").exists()


def test_a_foreign_venv_is_never_removed(project: Path) -> None:
    """A .venv that run.py did not make survives both a refusal and ``clean``."""
    treasure = project / ".venv" / "treasure.txt"
    treasure.parent.mkdir()
    treasure.write_text("mine")
    refused = run(project, "lint")
    assert refused.returncode == 1
    assert "was not made by run.py" in refused.stderr
    cleaned = run(project, "clean")
    assert cleaned.returncode == 0
    assert ".venv stays" in cleaned.stderr
    assert treasure.read_text() == "mine"


def test_clean_removes_caches_by_exact_name(project: Path) -> None:
    """``clean`` removes what the tools left, and nothing that only looks like it."""
    gone = [project / ".mypy_cache" / "x", project / "labkit" / "__pycache__" / "x.pyc"]
    kept = [project / "build" / "x", project / "work" / "__pycache__" / "x.pyc"]
    for path in (*gone, *kept):
        path.parent.mkdir(parents=True)
        path.write_text("")
    assert run(project, "clean").returncode == 0
    assert [path.exists() for path in (*gone, *kept)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: failed to write: Permission denied (os error 13)", "may not be written"),
        ("ssl.SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED", "not trusted"),
        ("Temporary failure in name resolution", "check the network"),
        ("something never seen before", "last lines of the log"),
    ],
)
def test_the_cause_of_a_failure_is_named(
    log: str, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What pip and uv write is boiled down to a cause with its next step."""
    monkeypatch.setenv("LABKIT_LANG", "en")
    assert cause in why_it_failed(log)


def test_pytest_closing_line_is_found() -> None:
    """The last line of the summary is found behind colours and later output."""
    text = "x\n\x1b[32m==== \x1b[1m3 passed\x1b[0m, 1 skipped in 2.50s ====\x1b[0m\nlate noise\n"
    assert tasks.closing_line(text) == "==== 3 passed, 1 skipped in 2.50s ===="
    assert tasks.closing_line("nothing of the kind") == ""


def test_options_are_taken_out_of_the_words() -> None:
    """run.py's own options do not reach the program behind it."""
    words = ["--lang", "es", "-k", "x", "--lang=en"]
    assert tasks.take_option(words, "--lang") == "es"
    assert words == ["-k", "x", "--lang=en"]
    assert tasks.take_language(words) == "en"
    assert words == ["-k", "x"]
    with pytest.raises(Stop, match="--lang"):
        tasks.take_option(["--lang"], "--lang")
    with pytest.raises(Stop, match="fr"):
        tasks.take_language(["--lang", "fr"])
