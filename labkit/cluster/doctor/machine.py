"""The machine: cgroups, file watches, memory, disk, user namespaces."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from labkit.cluster.doctor.findings import PATIENCE, Finding, Patient, which
from labkit.cluster.paths import find_home
from labkit.errors import LabkitError

LINUX = sys.platform.startswith("linux")
WATCHES, INSTANCES = 524288, 512
"""What kind asks for (its known issues: too many open files)."""

LITTLE_MEMORY = 512 << 20
KIND_MEMORY = 4 << 30
LITTLE_DISK = 50 << 20
KIND_DISK = 3 << 30
INOTIFY = Path("/proc/sys/fs/inotify")
CONTROLLERS = Path("/sys/fs/cgroup/cgroup.controllers")
MEMINFO = Path("/proc/meminfo")


def cgroups(patient: Patient) -> Finding:
    """Version 2, or the old one that new Kubernetes refuses."""
    if not LINUX:
        return elsewhere(patient, "cgroups")
    if CONTROLLERS.exists():
        return Finding("cgroups", "ok", "v2")
    words = patient.words
    return Finding("cgroups", "note", words("doctor.cgroup_v1"), words("doctor.cgroup_v1.fix"))


def inotify(patient: Patient) -> Finding:
    """How many files and how many times Linux lets a user watch."""
    if not LINUX:
        return elsewhere(patient, "inotify")
    watches, instances = number("max_user_watches"), number("max_user_instances")
    words = patient.words
    said = words("doctor.inotify", watches=watches, instances=instances)
    if watches >= WATCHES and instances >= INSTANCES:
        return Finding("inotify", "ok", said)
    fix = words("failure.inotify.fix")
    return Finding("inotify", "note", f"{said}; {words('doctor.inotify.few')}", fix)


def number(name: str) -> int:
    """A limit of inotify; 0 where it does not tell."""
    try:
        return int((INOTIFY / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def memory(patient: Patient) -> Finding:
    """What is free, and for which cluster that is enough."""
    words = patient.words
    free = free_memory()
    if free == 0:
        return Finding("memory", "ok", words("doctor.memory.unknown"))
    said = words("doctor.free", size=gigabytes(free))
    if free < LITTLE_MEMORY:
        text = f"{said}; {words('doctor.memory.little')}"
        return Finding("memory", "missing", text, words("doctor.memory.little.fix"))
    if free < KIND_MEMORY:
        text = f"{said}; {words('doctor.memory.no_kind')}"
        return Finding("memory", "note", text)
    return Finding("memory", "ok", said)


def free_memory() -> int:
    """Bytes that programs could still have; all there is where only that is told; 0 if nothing."""
    try:
        for line in MEMINFO.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                return int(value.split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0


def disk(patient: Patient) -> Finding:
    """What is free where labkit keeps its things."""
    words = patient.words
    try:
        folder = find_home(patient.environment, words).folder
        free = shutil.disk_usage(folder).free
    except LabkitError as error:
        return Finding("disk", "missing", error.what, error.fix)
    except OSError as error:
        return Finding("disk", "note", error.strerror or type(error).__name__)
    said = words("doctor.free", size=gigabytes(free))
    if free < LITTLE_DISK:
        return Finding("disk", "missing", said, words("cluster.disk_full.fix"))
    if free < KIND_DISK:
        return Finding("disk", "note", f"{said}; {words('doctor.disk.no_kind')}")
    return Finding("disk", "ok", said)


def user_namespaces(patient: Patient) -> Finding:
    """Whether a user without rights may make a user namespace (the sandbox, rootless engines)."""
    name, words = "user namespaces", patient.words
    if not LINUX:
        return elsewhere(patient, name)
    program = which(patient, "unshare")
    if program is None:
        return Finding(name, "note", words("doctor.userns.untried"))
    if runs([program, "--user", "true"]):
        return Finding(name, "ok", words("doctor.userns.ok"))
    return Finding(name, "note", words("doctor.userns.no"), words("doctor.userns.fix"))


def runs(command: list[str]) -> bool:
    """Whether a command ends well."""
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def elsewhere(patient: Patient, name: str) -> Finding:
    """What only Linux has: elsewhere the engine's own machine has it."""
    return Finding(name, "ok", patient.words("doctor.elsewhere", system=platform.system()))


def gigabytes(size: int) -> str:
    """A size for people."""
    return f"{size / (1 << 30):.1f} GB"
