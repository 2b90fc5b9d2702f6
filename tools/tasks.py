"""What ``run.py`` can do, one function for each command.  Standard library alone.

A task takes the words after its name and returns an exit status.  Words that it does not know
go on to the program behind it (labkit, pytest ...).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

from tools.prepare import (
    LOG,
    MARK,
    ROOT,
    TURN,
    VENV,
    Stop,
    child_env,
    inside_venv,
    language,
    note,
    prepare,
    remove,
    say,
    venv_program,
)

CACHES = (".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
QUIET = (
    "--Application.log_level=WARN",
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    # It is here for the builder of the notebooks; readers open plain notebooks.
    "--ServerApp.jpserver_extensions={'jupyterlab_jupytext': False}",
)
# For tests without notebooks: pytest starts in half the time when nbval stays away.
PLAIN = ("-p", "no:nbval", "-o", "addopts=--import-mode=importlib")
OVERRIDES = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}\n'
PACKAGE_FOLDERS = ("labkit", "tests", "tools", "bench", "notebooks")


def python(*words: str) -> list[str]:
    """A command line for the Python of ``.venv``."""
    return [str(venv_program("python")), *words]


def call(command: list[str], **more: str) -> int:
    """Run a command in the project's folder with our terminal; Ctrl-C reaches the child too."""
    child = subprocess.Popen(command, cwd=ROOT, env={**child_env(), **more})
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the child has heard it as well: let it end in its own way
            continue


def take_flag(words: list[str], flag: str) -> bool:
    """Remove a flag from the words; tells whether it was there."""
    found = flag in words
    words[:] = [word for word in words if word != flag]
    return found


def take_option(words: list[str], option: str) -> str:
    """Remove ``--option VALUE`` or ``--option=VALUE`` from the words; "" when it is not there."""
    for place, word in enumerate(words):
        if word.startswith(option + "="):
            del words[place]
            return word.partition("=")[2]
        if word == option:
            if place + 1 == len(words):
                raise Stop(f"{option}: {say('a value is missing', 'falta un valor')}", 2)
            del words[place]
            return words.pop(place)
    return ""


def take_language(words: list[str]) -> str:
    """``--lang es|en``, or else the reader's own."""
    lang = take_option(words, "--lang") or language()
    if lang not in ("es", "en"):
        raise Stop(say(f"--lang {lang}: use es or en.", f"--lang {lang}: usa es o en."), 2)
    return lang


# ---- lab, open ---------------------------------------------------------------------------


def lab(words: list[str]) -> int:
    """The documented lab on the embedded cluster, then the course."""
    stay_here = take_flag(words, "--no-open")
    lang = take_language(words)
    prepare()
    status = call([str(venv_program("labkit")), "lab", *words], LABKIT_LANG=lang)
    if status != 0 or wants_json_on_stdout(words) or "--help" in words or "-h" in words:
        return status
    print("\n" + how_to_open(), flush=True)
    if stay_here or not sys.stdout.isatty():
        return 0
    return start_jupyter(lang, "00")


def wants_json_on_stdout(words: list[str]) -> bool:
    """Whether another program reads stdout."""
    return "--json=-" in words or any(pair == ("--json", "-") for pair in pairwise(words))


def how_to_open() -> str:
    """The closing lines of ``run.py lab``."""
    name = "py" if sys.platform == "win32" else "python3"
    here = "" if Path.cwd() == ROOT else str(ROOT) + ("\\" if sys.platform == "win32" else "/")
    script = f'"{here}run.py"' if " " in here else f"{here}run.py"
    return say(
        f"Open the course:    {name} {script} open --lang en   (in Spanish: --lang es)",
        f"Abre el curso:      {name} {script} open --lang es   (en inglés: --lang en)",
    )


def open_course(words: list[str]) -> int:
    """JupyterLab on a lesson."""
    lang = take_language(words)
    number = words.pop(0) if words and words[0].isdigit() else "0"
    prepare()
    return start_jupyter(lang, number.zfill(2), words)


def start_jupyter(lang: str, number: str, words: list[str] | None = None) -> int:
    """Start JupyterLab and stay until it ends; nothing is asked of the network."""
    folder = ROOT / "notebooks" / lang
    lessons = sorted(folder.glob(f"{number}-*.ipynb"))
    if not lessons:
        raise Stop(
            say(
                f"There is no lesson {number} in {folder}: look at the table in README.md.",
                f"No hay lección {number} en {folder}: mira la tabla de README.es.md.",
            )
        )
    note(say("Ctrl-C ends JupyterLab.", "Ctrl-C termina JupyterLab."))
    lesson = lessons[0].relative_to(ROOT).as_posix()
    ask_nothing_at_start()
    place = [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url=/lab/tree/{lesson}"]
    command = python("-m", "jupyterlab", *place, *QUIET, *as_root())
    return call([*command, *(words or [])], LABKIT_LANG=lang)


def ask_nothing_at_start() -> None:
    """Spare a first-time reader the question about Jupyter's news (a default, not a setting: the
    reader's own choice goes before it)."""
    folder = VENV / "share" / "jupyter" / "lab" / "settings"
    defaults = folder / "overrides.json"
    if not defaults.exists():
        folder.mkdir(parents=True, exist_ok=True)
        defaults.write_text(OVERRIDES, encoding="utf-8")


def as_root() -> list[str]:
    """Jupyter refuses to run as root unless told (containers)."""
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


# ---- lint, test --------------------------------------------------------------------------


def lint(words: list[str]) -> int:
    """ruff, mypy and the architecture tests; ``--fix`` repairs what can be repaired."""
    fix = take_flag(words, "--fix")
    prepare()
    return 1 if failed_checks(fix) else 0


def failed_checks(fix: bool = False) -> list[str]:
    """Run each check, one line each; what a failing check wrote is shown.  Returns their names."""
    checks = (
        ("ruff check", python("-m", "ruff", "check", *(["--fix"] if fix else []), ".")),
        ("ruff format", python("-m", "ruff", "format", *([] if fix else ["--check"]), ".")),
        ("mypy --strict", python("-m", "mypy")),
        ("architecture", python("-m", "pytest", "-q", *PLAIN, "tests/architecture")),
    )
    failed = []
    for name, command in checks:
        started = time.monotonic()
        done = subprocess.run(  # noqa: PLW1510 - the status is the answer
            command, cwd=ROOT, env=child_env(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        word = "ok" if done.returncode == 0 else "FAILED"
        print(f"  {name:<16}{time.monotonic() - started:6.1f} s  {word}", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout.decode("utf-8", "replace"), flush=True)
    return failed


def test(words: list[str]) -> int:
    """Every check and every test there is, or those that the words (for pytest) choose."""
    skip_lint = take_flag(words, "--no-lint")
    prepare()
    print("== lint", flush=True)
    failed = [] if skip_lint else failed_checks()
    print("== tests", flush=True)
    started = time.monotonic()
    status, closing = run_pytest(words)
    print("== summary", flush=True)
    lint_word = "not run (--no-lint)" if skip_lint else "FAILED: " + ", ".join(failed)
    print(f"  lint   {'ok' if not failed and not skip_lint else lint_word}")
    tests_word = "ok" if status == 0 else f"FAILED (pytest exit status {status})"
    print(f"  tests  {tests_word}, {time.monotonic() - started:.0f} s")
    print(closing, flush=True)
    return status or (1 if failed else 0)


def run_pytest(words: list[str]) -> tuple[int, str]:
    """Run pytest, shown as it goes; returns its exit status and its closing line."""
    spread = [] if picks_few(words) else ["-n", "2"]
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    child = subprocess.Popen(
        python("-m", "pytest", *spread, *colour, *words),
        cwd=ROOT,
        env={**child_env(), "COLUMNS": str(shutil.get_terminal_size((100, 24)).columns)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert child.stdout is not None
    tail = b""
    while True:
        try:
            chunk = child.stdout.read1(65536)  # type: ignore[attr-defined]
        except KeyboardInterrupt:
            continue
        if not chunk:
            break
        sys.stdout.buffer.write(chunk)
        sys.stdout.flush()
        tail = (tail + chunk)[-8192:]
    return child.wait(), closing_line(tail.decode("utf-8", "replace"))


def picks_few(words: list[str]) -> bool:
    """True when the words name files or ask for a debugger: two processes would not help."""
    named = any((ROOT / word.split("::")[0]).exists() for word in words if word[:1] != "-")
    return named or any(word.startswith(("-n", "--pdb", "--co", "-h", "--help")) for word in words)


def closing_line(text: str) -> str:
    """pytest's last line ("=== 12 passed in 3.4s ==="), without colours."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = [line for line in plain.splitlines() if re.search(r"\bin \d+(\.\d+)?s\b", line)]
    return lines[-1] if lines else ""


# ---- bench, notebooks, book, clean -------------------------------------------------------


def bench(words: list[str]) -> int:
    """Measure."""
    prepare()
    return call(python("-m", "bench", *words))


def notebooks(words: list[str]) -> int:
    """Build the notebooks of both languages from their one source (``--check``: compare)."""
    prepare()
    builder = Path("tools", "build_notebooks.py")
    if not (ROOT / builder).exists():
        raise Stop(f"{builder} is missing: there is nothing to build the notebooks with.")
    return call(python(str(builder), *words))


def book(words: list[str]) -> int:
    """Build the reading edition in build/book."""
    prepare()
    return call(python(str(Path("tools", "build_book.py")), *words))


def clean(words: list[str]) -> int:
    """Remove what run.py made, by exact name, and say so."""
    if words:
        raise Stop(say("clean takes no words.", "clean no admite más palabras."), 2)
    if inside_venv():
        raise Stop(
            say(
                "This Python lives in .venv: run clean with the Python of your system.",
                "Este Python vive en .venv: ejecuta clean con el Python de tu sistema.",
            )
        )
    ours = [ROOT / name for name in CACHES] + [LOG, TURN, ROOT / "build" / "book"]
    if MARK.exists() and not VENV.is_symlink():
        ours.insert(0, VENV)
    elif VENV.exists():
        note(say(".venv stays: run.py did not make it.", ".venv se queda: no lo hizo run.py."))
    for folder in PACKAGE_FOLDERS:
        ours += sorted((ROOT / folder).rglob("__pycache__"))
    for path in ours:
        if path.exists():
            remove(path)
            print(say("removed", "borrado"), path.relative_to(ROOT))
    return 0
