"""What this machine can run, and what is missing: one small check after the other.

A check never raises and never takes long; what it finds is a sentence and the next step.
"""

from __future__ import annotations

import json
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from labkit.clock import Clock
from labkit.cluster.kubectl import Kubectl, find_program
from labkit.cluster.paths import find_home
from labkit.cluster.registry import AUTO, choose
from labkit.errors import LabkitError
from labkit.words import Words

Level = Literal["ok", "missing", "note"]
OLDEST = (3, 11)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
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


def examine(patient: Patient) -> list[Finding]:
    """All findings, in the order of ``CHECKS``."""
    return [check(patient) for check in CHECKS]


def python(patient: Patient) -> Finding:
    """The Python that runs this."""
    said = f"{platform.python_version()} ({platform.system()} {platform.machine()})"
    if sys.version_info < OLDEST:
        return Finding(
            "Python",
            "missing",
            patient.words("doctor.python.old", version=said),
            patient.words("doctor.python.fix"),
        )
    return Finding("Python", "ok", said)


def kubectl(patient: Patient) -> Finding:
    """Which kubectl is run, and its version."""
    words = patient.words
    try:
        program = find_program(patient.environment, words)
        runner = Kubectl(program, patient.environment, patient.clock, words)
        answer = runner.run("version", "--client", "-o", "json", timeout=PATIENCE)
        found = json.loads(answer.stdout)["clientVersion"]["gitVersion"]
    except LabkitError as error:
        return Finding("kubectl", "missing", error.what, error.fix)
    except (ValueError, KeyError, TypeError) as error:
        text = words("doctor.kubectl.broken", reason=type(error).__name__)
        return Finding(
            "kubectl", "missing", text, words("cluster.no_kubectl.fix", python=sys.executable)
        )
    key = "doctor.kubectl.pinned" if program.pinned else "doctor.kubectl.other"
    return Finding("kubectl", "ok", words(key, version=found, path=program.path))


def folder(patient: Patient) -> Finding:
    """Where labkit keeps what a cluster needs."""
    name = "LABKIT_HOME"
    try:
        home = find_home(patient.environment, patient.words)
    except LabkitError as error:
        return Finding(name, "missing", error.what, error.fix)
    if home.temporary:
        text = patient.words("doctor.folder.temporary", folder=home.folder)
        return Finding(name, "note", text, patient.words("cluster.folder.fix"))
    return Finding(name, "ok", patient.words("doctor.folder.ok", folder=home.folder))


def loopback(patient: Patient) -> Finding:
    """Whether a server can listen on 127.0.0.1 and be reached there."""
    words = patient.words
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=2.0).close()
    except OSError as error:
        text = words("doctor.port.bad", reason=error.strerror or type(error).__name__)
        return Finding("127.0.0.1", "missing", text, words("doctor.port.fix"))
    return Finding("127.0.0.1", "ok", words("doctor.port.ok"))


def cluster(patient: Patient) -> Finding:
    """The back end that ``auto`` takes, and whether it runs."""
    words = patient.words
    try:
        home = find_home(patient.environment, words)
        chosen = choose(AUTO, home, patient.environment, patient.clock, words).cluster
        status = chosen.status()
    except LabkitError as error:
        return Finding("cluster", "missing", error.what, error.fix)
    if status.recorded and not status.running:
        return Finding(
            "cluster",
            "note",
            f"{chosen.name}: {words('doctor.cluster.dead')}",
            words("doctor.cluster.dead.fix"),
        )
    key = "doctor.cluster.running" if status.running else "doctor.cluster.none"
    return Finding("cluster", "ok", f"{words('doctor.embedded.ok')}; {words(key)}")


def proxies(patient: Patient) -> Finding:
    """Proxies of the environment, by the variables' names alone (values may hold passwords)."""
    names = [name for name in PROXIES if patient.environment.get(name)]
    if not names:
        return Finding("proxy", "ok", patient.words("doctor.proxy.none"))
    return Finding("proxy", "ok", patient.words("doctor.proxy.some", names=", ".join(names)))


def jupyter(patient: Patient) -> Finding:
    """JupyterLab, which the lessons open in."""
    try:
        return Finding("JupyterLab", "ok", version("jupyterlab"))
    except PackageNotFoundError:
        return absent(patient, "JupyterLab", "doctor.use.jupyter")


def docker(patient: Patient) -> Finding:
    """Docker: installed, and does its daemon answer?"""
    path = which(patient, "docker")
    if path is None:
        return absent(patient, "docker", "doctor.use.kind")
    said = first_line(patient, [path, "info", "--format", "{{.ServerVersion}}"])
    if not said:
        return Finding(
            "docker",
            "note",
            patient.words("doctor.docker.dead"),
            patient.words("doctor.docker.dead.fix"),
        )
    return Finding("docker", "ok", said)


def kind(patient: Patient) -> Finding:
    """kind, for a real cluster in Docker."""
    return tool(patient, "kind", ["version"], "doctor.use.kind")


def iptables(patient: Patient) -> Finding:
    """iptables, for comparing with Linux."""
    return tool(patient, "iptables", ["--version"], "doctor.use.linux")


def nft(patient: Patient) -> Finding:
    """nft, for comparing with Linux."""
    return tool(patient, "nft", ["--version"], "doctor.use.linux")


def chromium(patient: Patient) -> Finding:
    """A browser that the tests can drive."""
    for name in BROWSERS:
        if which(patient, name) is not None:
            return tool(patient, name, ["--version"], "doctor.use.chromium", shown="chromium")
    return absent(patient, "chromium", "doctor.use.chromium")


CHECKS: tuple[Check, ...] = (
    python,
    kubectl,
    folder,
    loopback,
    cluster,
    proxies,
    jupyter,
    docker,
    kind,
    iptables,
    nft,
    chromium,
)


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
