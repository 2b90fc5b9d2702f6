"""Makes ``.venv`` and remembers what is in it.  Standard library alone; used by ``run.py``.

The mark is written first and says "this folder is ours", the stamp is written last and says
"everything is in it".  So a ``.venv`` that was interrupted half way is noticed and made again,
and one that somebody made by hand is filled but never removed.
"""

from __future__ import annotations

import hashlib
import json
import locale
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
LOG = ROOT / "run.log"
TURN = ROOT / ".run-lock"
MARK = VENV / "made-by-run.py"
STAMP = VENV / "labkit-stamp.json"
LAYOUT = 1  # raise it when the steps below change
WINDOWS = os.name == "nt"


class Stop(Exception):
    """Ends the command with one sentence and the next step."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status


def language() -> str:
    """``es`` or ``en``: ``LABKIT_LANG``, or else the locale of the machine."""
    names = ("LABKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    told = next((os.environ[name] for name in names if os.environ.get(name)), "")
    told = told or locale.getlocale()[0] or ""
    return "es" if told.lower().startswith(("es", "spanish")) else "en"


def say(english: str, spanish: str) -> str:
    """The sentence in the reader's language."""
    return spanish if language() == "es" else english


def note(text: str) -> None:
    """What run.py itself has to tell goes to stderr: stdout belongs to the command."""
    print(text, file=sys.stderr, flush=True)


def venv_program(name: str) -> Path:
    """The path of a program inside ``.venv``."""
    return VENV / "Scripts" / (name + ".exe") if WINDOWS else VENV / "bin" / name


def child_env() -> dict[str, str]:
    """The environment for programs of ``.venv``: its programs first, UTF-8 everywhere."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONHOME"}
    env["VIRTUAL_ENV"] = str(VENV)
    env["PATH"] = str(venv_program("python").parent) + os.pathsep + env.get("PATH", "")
    env["PYTHONUTF8"] = "1"
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return env


def fingerprint() -> str:
    """Changes whenever ``.venv`` has to be made again: pins, Python, or the place it stands."""
    digest = hashlib.sha256()
    told = repr((LAYOUT, sys.version_info[:3], sys.platform, str(ROOT)))
    for part in (LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), told.encode()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def stamped() -> str:
    """The fingerprint of what ``.venv`` holds, or "" when it is missing or half made."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        return str(stamp["fingerprint"]) if venv_program("python").exists() else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def prepare() -> None:
    """Make ``.venv`` when it is missing, half made or out of date; else return at once."""
    wanted = fingerprint()
    if stamped() == wanted:
        return
    with one_at_a_time():
        if stamped() == wanted:  # another run.py made it while this one waited
            return
        started = time.monotonic()
        clear_the_way()
        make_venv()
        made = {"fingerprint": wanted, "python": sys.version.split()[0]}
        STAMP.write_text(json.dumps(made) + "\n", encoding="utf-8")
        note(say("Ready in", "Listo en") + f" {time.monotonic() - started:.1f} s.\n")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two run.py started together do not make ``.venv`` twice: the second one waits."""
    with TURN.open("a+b") as handle:
        if WINDOWS:
            lock_on_windows(handle.fileno())
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def lock_on_windows(descriptor: int) -> None:
    """The same as flock; the call gives up after ten seconds, so ask until it is granted."""
    import msvcrt

    while True:
        try:
            return msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,no-any-return]
        except OSError:
            continue


def clear_the_way() -> None:
    """Remove a ``.venv`` that is ours; one that somebody else made is kept and filled."""
    if not VENV.exists() and not VENV.is_symlink():
        note(
            say(
                "First run: preparing .venv with the pinned packages (once).",
                "Primera vez: preparando .venv con los paquetes fijados (solo una vez).",
            )
        )
    elif MARK.exists() and not VENV.is_symlink() and not inside_venv():
        note(
            say(
                "The .venv here is half made or out of date: making it again.",
                "El .venv que hay está a medias o anticuado: se hace de nuevo.",
            )
        )
        remove(VENV)
    elif foreign_venv_works():
        note(say("Bringing .venv up to date.", "Poniendo .venv al día."))
    else:
        raise Stop(
            say(
                f"{VENV} was not made by run.py and holds no Python 3.11 or newer that starts: "
                "rename or remove it, then run this again.",
                f"{VENV} no lo hizo run.py y no contiene un Python 3.11 o posterior que arranque: "
                "cámbiale el nombre o bórralo y repite la orden.",
            )
        )


def inside_venv() -> bool:
    """True when the Python that runs this file is the one of ``.venv``."""
    return os.path.realpath(sys.prefix) == os.path.realpath(VENV)


def foreign_venv_works() -> bool:
    """Whether a ``.venv`` made by hand (or by another tool) can be used."""
    code = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.call([str(venv_program("python")), "-c", code]) == 0
    except OSError:
        return False


def remove(path: Path) -> None:
    """Remove a folder or file that run.py made."""
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    except OSError as error:
        raise Stop(
            say(
                f"Cannot remove {error.filename or path} ({error.strerror}): close the programs "
                "that use it (JupyterLab, a terminal), then run this again.",
                f"No se puede borrar {error.filename or path} ({error.strerror}): cierra los "
                "programas que lo usan (JupyterLab, una terminal) y repite la orden.",
            )
        ) from error


def make_venv() -> None:
    """The four steps."""
    LOG.write_text("", encoding="utf-8")
    python = str(venv_program("python"))
    if not venv_program("python").exists():
        require_ensurepip()
        with Step(1, say("a Python environment", "un entorno de Python")) as step:
            VENV.mkdir(exist_ok=True)
            MARK.write_text("run.py made this folder and may remove it.\n", encoding="utf-8")
            step.must([sys.executable, "-m", "venv", str(VENV)])
    with Step(2, say("the installer, uv", "el instalador, uv")) as step:
        if step.run([python, "-m", "pip", "--version"]) != 0:
            step.must([python, "-m", "ensurepip"])
        has_uv = step.run([python, "-m", "pip", "install", "--no-input", pinned("uv")]) == 0
    with Step(3, say("the pinned packages", "los paquetes fijados")) as step:
        step.install(python, has_uv, ["-r", str(LOCK)])
    # hatchling is among the pins, so that building labkit itself asks the network for nothing.
    with Step(4, say("labkit itself", "labkit mismo")) as step:
        step.install(python, has_uv, ["--no-deps", "--no-build-isolation", "-e", str(ROOT)])


def pinned(name: str) -> str:
    """The line of the lock for one package, for example ``uv==1.2.3``."""
    found = re.search(rf"^{name}==\S+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return found[0] if found else name


def require_ensurepip() -> None:
    """Debian and Ubuntu cut venv in two and ship one half; say which package has the other."""
    if is_module("venv") and is_module("ensurepip"):
        return
    english = "Install a complete Python (for example from python.org)"
    spanish = "Instala un Python completo (por ejemplo, el de python.org)"
    if Path("/etc/debian_version").exists():
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        english = f"Install it with: apt install python3-venv (here that is {package})"
        spanish = f"Instálalo con: apt install python3-venv (aquí es {package})"
    raise Stop(
        say(
            f"{sys.executable} comes without venv/ensurepip. {english}, then run this again.",
            f"{sys.executable} viene sin venv/ensurepip. {spanish} y repite la orden.",
        )
    )


def is_module(name: str) -> bool:
    """Whether a module is there; an empty folder of its name, left behind, is none."""
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


class Step:
    """One named step of the preparation: on a terminal its seconds run while it works."""

    def __init__(self, number: int, title: str) -> None:
        self.title = f"  [{number}/4] {title} "
        self.live = sys.stderr.isatty()
        self.started = time.monotonic()

    def __enter__(self) -> Step:
        self.show("...")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.show(say("failed", "falló") if kind else "ok", end="\n")

    def show(self, word: str, end: str = "") -> None:
        """The line of this step: rewritten on a terminal, elsewhere printed once, at the end."""
        if not self.live and not end:
            return
        seconds = f"{time.monotonic() - self.started:6.1f} s  {word}"
        start = "\r" if self.live else ""
        sys.stderr.write(f"{start}{self.title.ljust(38, '.')}{seconds:<18}{end}")
        sys.stderr.flush()

    def run(self, command: list[str]) -> int:
        """Run a command, its output to ``run.log``; returns the exit status."""
        with LOG.open("ab") as log:
            log.write(("\n$ " + " ".join(command) + "\n").encode("utf-8", "replace"))
            log.flush()
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=child_env(),
            )
            while True:
                try:
                    return child.wait(timeout=0.5)
                except subprocess.TimeoutExpired:
                    self.show("...")
                except KeyboardInterrupt:
                    child.terminate()
                    child.wait()
                    raise

    def must(self, command: list[str]) -> None:
        """Run a command; when it fails, say why in one sentence."""
        if self.run(command) == 0:
            return
        reason = why_it_failed(LOG.read_text(encoding="utf-8", errors="replace")[-20_000:])
        raise Stop(
            say(
                f"Preparing .venv failed: {reason} Everything that was said is in {LOG}.",
                f"No se pudo preparar .venv: {reason} Todo lo que se dijo está en {LOG}.",
            )
        )

    def install(self, python: str, has_uv: bool, what: list[str]) -> None:
        """Install with uv, or with pip when uv is not to be had or does not get through.

        pip reads settings that uv does not (a mirror, the certificates of one's own network).
        """
        uv = [python, "-m", "uv", "pip", "install", "--python", python]
        if has_uv and self.run([*uv, *what]) == 0:
            return
        self.must([python, "-m", "pip", "install", "--no-input", *what])


CAUSES = (
    (
        r"No space left|Disk quota|os error 28",
        "the disk is full; make room (about 1 GB) and run this again.",
        "el disco está lleno; libera espacio (1 GB aproximadamente) y repite la orden.",
    ),
    (
        r"Permission denied|Access is denied|Read-only file system",
        "a folder may not be written; run this where you may write.",
        "no se puede escribir en una carpeta; ejecútalo donde puedas escribir.",
    ),
    (
        r"CERTIFICATE_VERIFY|peer certificate|SSLError",
        "the certificate of the package server is not trusted; point SSL_CERT_FILE at the "
        "certificates of your network and run this again.",
        "el certificado del servidor de paquetes no es de confianza; indica en SSL_CERT_FILE los "
        "certificados de tu red y repite la orden.",
    ),
    (
        r"name resolution|failed to resolve|dns error|connection|timed out|unreachable|ProxyError"
        r"|from versions: none|error sending request",
        "the packages could not be fetched; check the network (and HTTPS_PROXY, if you need one) "
        "and run this again.",
        "no se pudieron descargar los paquetes; revisa la red (y HTTPS_PROXY, si la necesitas) y "
        "repite la orden.",
    ),
)


def why_it_failed(log: str) -> str:
    """The likely cause and the next step, from what pip or uv wrote."""
    for pattern, english, spanish in CAUSES:
        if re.search(pattern, log, re.IGNORECASE):
            return say(english, spanish)
    return say(
        "look at the last lines of the log, then run this again.",
        "mira las últimas líneas del registro y repite la orden.",
    )
