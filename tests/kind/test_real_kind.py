"""The real kind (and the real docker command line, where it is) against real failures."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from labkit.cluster.failures import recognise
from labkit.cluster.kind import commands
from labkit.cluster.kind.config import Plan, config_text
from tests.kind.conftest import Machine
from tests.kind.dialogues import RECORDED
from tests.kind.testing_kind import NotToBeHad, fetch
from tests.support import need


@pytest.fixture(scope="module")
def kind() -> Path:
    """kind of the PATH, else of Debian testing."""
    found = shutil.which("kind")
    if found:
        return Path(found)
    try:
        return fetch()
    except NotToBeHad as error:
        need("kind", None, f"no kind (Debian testing's package: {error})")
        raise AssertionError from error


def run(kind: Path, *words: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run the real kind."""
    environment = {**os.environ, "PATH": path or os.environ["PATH"]}
    return subprocess.run(
        [kind, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def engine_answers() -> bool:
    """Whether a real Docker runs here (then these failures cannot be had)."""
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
@pytest.mark.parametrize("old", [True, False])
def test_kind_reads_our_configuration(kind: Path, tmp_path: Path, mode: str, old: bool) -> None:
    """kind decodes (strictly) every configuration that we write: what it stumbles over is the
    missing engine, not a field; a misspelt one it refuses by name."""
    config = tmp_path / "kind.yaml"
    text = config_text(Plan(proxy_mode=mode, cgroup_v1=old))
    config.write_text(text, encoding="utf-8")
    create = commands.create(config, tmp_path / "kubeconfig", retain=False).words[1:]
    said = run(kind, *create, path=str(tmp_path))
    assert (said.returncode, recognise(said.stderr)) == (1, "no_engine"), said.stderr
    config.write_text(text.replace("nodes:", "nodez:"), encoding="utf-8")
    said = run(kind, *create, path=str(tmp_path))
    assert "nodez" in said.stderr and recognise(said.stderr) == "config"
    config.write_text(text.replace("v1alpha4", "v1alpha9"), encoding="utf-8")
    assert recognise(run(kind, *create, path=str(tmp_path)).stderr) == "config"


def test_recording_is_what_kind_says(kind: Path, tmp_path: Path) -> None:
    """Without an engine the real kind says to the letter what the recording has."""
    cases = {
        "kind 0.33: docker CLI absent (also no podman, nerdctl)": ("create", "cluster"),
        "kind 0.33: get clusters, docker CLI absent": ("get", "clusters"),
        "kind 0.33: delete cluster, docker CLI absent": ("delete", "cluster"),
    }
    for title, words in cases.items():
        said = run(kind, *words, path=str(tmp_path))
        one = RECORDED[title]
        assert (said.returncode, said.stdout) == (one["exit"], one["stdout"])
        assert said.stderr.split() == one["stderr"].split(), title


def test_every_option_exists(kind: Path) -> None:
    """The real kind knows each option with which we call it."""
    folder = Path("x")
    for command in (
        commands.create(folder, folder, retain=True),
        commands.delete(folder),
        commands.load(["image"]),
        commands.load_archive(folder),
    ):
        verbs = [word for word in command.words[1:4] if word[0] != "-"][:2]
        known = run(kind, *verbs, "--help").stdout
        for option in (word for word in command.words if word.startswith("--")):
            assert option in known, (command.shown(), option)


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker command line")
@pytest.mark.skipif(engine_answers(), reason="a Docker runs here, so it cannot be found dead")
def test_real_docker_without_its_daemon(kind: Path, machine: Machine) -> None:
    """The real docker command line and the real kind: one sentence, nothing made."""
    for name in ("docker", "kind"):
        (machine.programs / name).unlink()
    (machine.programs / "kind").symlink_to(kind)
    (machine.programs / "docker").symlink_to(str(shutil.which("docker")))
    done = machine.labkit("lab", "--backend", "kind")
    assert done.returncode == 1 and done.stdout == ""
    assert "docker is installed, but its daemon is not running" in done.stderr
    assert not (machine.home / "kind").exists()
    said = subprocess.run(
        [kind, "get", "clusters"], env=machine.environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert recognise(said.stderr) == "engine_down"


def test_missing_kind_is_skipped_aloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without apt gives a reason, not a crash."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotToBeHad, match="apt-get"):
        fetch()
