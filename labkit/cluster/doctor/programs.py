"""Programs that some of labkit's uses want: engines and kind, iptables and nft, a browser."""

from __future__ import annotations

from labkit.cluster.doctor.findings import PATIENCE, Finding, Patient, absent, tool, which
from labkit.cluster.failures import explain
from labkit.cluster.kind.tool import find_kind
from labkit.cluster.runner import Command, Runner
from labkit.errors import LabkitError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FORMS = {"docker": "{{.ServerVersion}}", "nerdctl": "{{.ServerVersion}}",
         "podman": "{{.Version.Version}}"}  # fmt: skip


def docker(patient: Patient) -> Finding:
    """Docker: installed, and does its daemon answer?"""
    return engine(patient, "docker")


def podman(patient: Patient) -> Finding:
    """Podman, which kind can use as well."""
    return engine(patient, "podman")


def nerdctl(patient: Patient) -> Finding:
    """nerdctl, which kind can use as well."""
    return engine(patient, "nerdctl")


def engine(patient: Patient, name: str) -> Finding:
    """A container engine; one that does not answer says why, with the next step."""
    words = patient.words
    path = which(patient, name)
    if path is None:
        return absent(patient, name, "doctor.use.kind")
    runner = Runner(patient.environment, patient.clock, words)
    try:
        done = runner.run(Command((path, "info", "--format", FORMS[name]), PATIENCE))
    except LabkitError as error:
        return Finding(name, "note", error.what, error.fix)
    version = done.out.strip().splitlines()
    if done.ok and version:
        return Finding(name, "ok", version[0].strip())
    what, fix = explain(done.text, words, {"engine": name})
    if not what:
        what, fix = words("doctor.docker.dead"), words("doctor.docker.dead.fix")
    return Finding(name, "note", what, fix)


def kind(patient: Patient) -> Finding:
    """kind, for a real cluster in containers."""
    try:
        find_kind(patient.environment, patient.words)
    except LabkitError as error:
        plain = absent(patient, "kind", "doctor.use.kind")
        return Finding("kind", plain.level, plain.text, error.fix)
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
