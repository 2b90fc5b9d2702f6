"""What labkit itself needs: Python, kubectl, a folder, the loopback; and Jupyter."""

from __future__ import annotations

import json
import platform
import socket
import sys
from importlib.metadata import PackageNotFoundError, version

from labkit.cluster.doctor.findings import PATIENCE, Finding, Patient, absent
from labkit.cluster.kubectl import Kubectl, find_program
from labkit.cluster.paths import find_home
from labkit.cluster.registry import AUTO, Choosing, there
from labkit.errors import LabkitError

OLDEST = (3, 11)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


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
    """The cluster that is up, if one is."""
    words = patient.words
    try:
        home = find_home(patient.environment, words)
        chosen = there(AUTO, Choosing(home, patient.environment, patient.clock, words))
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
    said = words(key) if not status.running else f"{chosen.name}: {words(key)}"
    return Finding("cluster", "ok", said)


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
