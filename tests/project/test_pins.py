"""The lock, pyproject.toml and the files for Binder and conda say the same."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support import ROOT, need

PIN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][\w.]*( ; [^:]+)?")
NAMED_PACKAGES = {"jupyterlab", "ipywidgets", "matplotlib", "kubernetes", "papermill", "nbval"}


def locked() -> list[Requirement]:
    """The lines of the lock."""
    return [Requirement(line) for line in lock_lines()]


def lock_lines() -> list[str]:
    """The text of the lock, line by line."""
    return (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()


def project() -> dict[str, object]:
    """The [project] table of pyproject.toml."""
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    return table


def test_the_lock_holds_pins_and_nothing_else() -> None:
    """Each line of the lock is one exact version, in order, without any address."""
    lines = lock_lines()
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    names = [line.partition("==")[0] for line in lines]
    assert names == sorted(names)


def test_the_lock_satisfies_pyproject() -> None:
    """Every dependency, extras included, is pinned to a version that pyproject.toml allows."""
    table = project()
    extras = table["optional-dependencies"]
    wanted = [*table["dependencies"], *(text for group in extras.values() for text in group)]
    assert len(wanted) > 20
    for need_ in map(Requirement, wanted):
        pins = [pin for pin in locked() if pin.name == canonicalize_name(need_.name)]
        assert pins, f"{need_.name} is not in the lock"
        for pin in pins:
            version = str(pin.specifier).removeprefix("==")
            assert need_.specifier.contains(version), f"{need_} does not allow {pin}"


def test_the_lock_is_closed() -> None:
    """What an installed, pinned package requires here is pinned too, to a version it allows."""
    here = {pin.name: pin for pin in locked() if pin.marker is None or pin.marker.evaluate()}
    for name, pin in here.items():
        try:
            told = distribution(name).requires or []
        except PackageNotFoundError:
            pytest.fail(f"{pin} is pinned but not installed: run this through run.py")
        for asked in map(Requirement, told):
            if asked.marker is None or asked.marker.evaluate({"extra": ""}):
                other = here.get(canonicalize_name(asked.name))
                assert other is not None, f"{name} requires {asked}, which is not pinned"
                version = str(other.specifier).removeprefix("==")
                allowed = asked.specifier.contains(version, prereleases=True)
                assert allowed, f"{name} requires {asked}, but the lock has {other}"


def test_binder_and_conda_files_are_up_to_date() -> None:
    """binder/ and environment.yml are what tools/make_binder.py writes today."""
    need("binder", sys.platform == "linux", "the pins of Binder are worked out on Linux")
    tool = ROOT / "tools" / "make_binder.py"
    done = subprocess.run(
        [sys.executable, str(tool), "--check"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_environment_names_what_the_course_is_made_with() -> None:
    """The six packages the course names stand in environment.yml, on conda-forge or by pip."""
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    read = yaml.safe_load(text)
    assert read["channels"] == ["conda-forge"]
    plain = [entry for entry in read["dependencies"] if isinstance(entry, str)]
    by_pip = next(entry["pip"] for entry in read["dependencies"] if isinstance(entry, dict))
    assert by_pip[-1] == "-e ."
    names = {Requirement(entry).name for entry in [*plain, *by_pip[:-1]]}
    assert names >= NAMED_PACKAGES
    assert "pip" in plain


def test_repo2docker_finds_the_pins() -> None:
    """What Binder would build: Python 3.11, the pins in an early layer, then postBuild."""
    need(
        "binder",
        find_spec("repo2docker"),
        "no jupyter-repo2docker (python3 run.py test installs it)",
    )
    words = ["--no-build", "--debug", str(ROOT)]
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", *words],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    said = done.stdout
    assert done.returncode == 0, said[-2000:]
    assert "python=3.11" in said
    pins = said.index('-r "binder/requirements.txt"')
    whole_copy = re.search(r"COPY --chown=\d+:\d+ src/ \$\{REPO_DIR\}/\n", said)
    assert whole_copy is not None
    assert pins < whole_copy.start() < said.index("RUN ./binder/postBuild")
