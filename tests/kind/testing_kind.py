"""The real kind of Debian testing, with the machine's own apt, into a cache folder.

Where to ask is read from the machine's own sources: the archive that its release comes from, with
the suite ``testing``.  Nothing is installed and no list of the machine changes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
LIMIT = 120


class NotToBeHad(Exception):
    """Why there is no kind here."""


def cache() -> Path:
    """Where it is kept from run to run."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "labkit-tests" / "kind"


def fetch() -> Path:
    """The program; raises ``NotToBeHad`` with the reason."""
    found = cache() / "usr" / "bin" / "kind"
    if found.exists():
        return found
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise NotToBeHad(f"no {tool} on this machine")
    cache().mkdir(parents=True, exist_ok=True)
    options = apt_options(cache() / "apt")
    ask(["apt-get", *options, "-q", "update"])
    ask(["apt-get", *options, "-q", "download", "kind"])
    packages = sorted(cache().glob("kind_*.deb"))
    if not packages:
        raise NotToBeHad("apt downloaded nothing")
    ask(["dpkg-deb", "-x", str(packages[-1]), str(cache())])
    return found


def apt_options(folder: Path) -> list[str]:
    """apt with lists, cache and sources of our own."""
    for part in ("lists/partial", "archives/partial", "parts"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.list"
    sources.write_text(testing_line(), encoding="utf-8")
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": folder / "parts",
        "Dir::Etc::preferencesparts": folder / "parts",
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": folder,
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def testing_line() -> str:
    """The line for ``testing`` on the archive of this very machine."""
    form = "$(REPO_URI)|$(CODENAME)|$(ORIGIN)|$(LABEL)"
    targets = ask(["apt-get", "indextargets", "--format", form])
    codename = ask(["sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"]).strip()
    for line in targets.splitlines():
        uri, name, origin, label = line.split("|")
        if (name, origin, label) == (codename, "Debian", "Debian"):
            return f"deb [signed-by={KEYRING}] {uri} testing main\n"
    raise NotToBeHad("the machine's apt sources name no Debian archive")


def ask(command: list[str]) -> str:
    """Run a program of the system; what it printed."""
    try:
        done = subprocess.run(
            command, cwd=cache(), capture_output=True, text=True, timeout=LIMIT, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotToBeHad(f"{command[0]}: {type(error).__name__}") from error
    if done.returncode != 0:
        raise NotToBeHad(f"{command[0]} failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout
