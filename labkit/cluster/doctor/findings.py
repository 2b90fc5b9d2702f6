"""What a check finds, what it looks at, and how it asks a program."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from labkit.clock import Clock
from labkit.words import Words

Level = Literal["ok", "missing", "note"]
PATIENCE = 6.0


@dataclass(frozen=True, slots=True)
class Finding:
    """``level`` is ok, missing (something needed) or note (something optional)."""

    name: str
    level: Level
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What the checks look at."""

    environment: Mapping[str, str]
    clock: Clock
    words: Words


Check = Callable[[Patient], Finding]


def tool(patient: Patient, name: str, arguments: list[str], use: str, shown: str = "") -> Finding:
    """An optional program: its version, or what it would be good for."""
    path = which(patient, name)
    if path is None:
        return absent(patient, shown or name, use)
    return Finding(shown or name, "ok", first_line(patient, [path, *arguments]) or path)


def absent(patient: Patient, name: str, use: str) -> Finding:
    """The finding for an optional thing that is not there."""
    words = patient.words
    text = words("doctor.optional", what=words("doctor.absent"), use=words(use))
    return Finding(name, "note", text)


def which(patient: Patient, name: str) -> str | None:
    """Where a program is, by the patient's ``PATH`` and the folders for administrators."""
    path = patient.environment.get("PATH", "")
    found = shutil.which(name, path=path)
    return found or shutil.which(name, path="/usr/sbin:/sbin")


def first_line(patient: Patient, command: list[str]) -> str:
    """What a program prints first; empty when it fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            env=dict(patient.environment),
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = done.stdout.strip().splitlines()
    return lines[0].strip() if lines and done.returncode == 0 else ""
