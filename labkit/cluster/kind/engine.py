"""The container engine: which one is used, whether it answers, and what it tells of itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.cluster.runner import Command, Done, Runner
from labkit.errors import ClusterError
from labkit.words import Words

ENGINES = ("docker", "podman", "nerdctl")
VARIABLE = "KIND_EXPERIMENTAL_PROVIDER"
LITTLE_MEMORY = 2 << 30
PLATFORMS = {"x86_64": "linux/amd64", "amd64": "linux/amd64", "aarch64": "linux/arm64"}
CONTAINERD_STORE = "io.containerd.snapshotter.v1"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answers.  ``memory`` in bytes, 0 if it does not tell."""

    name: str
    version: str = ""
    cgroup_version: str = ""
    memory: int = 0
    architecture: str = ""
    rootless: bool = False
    containerd_store: bool = False

    @property
    def cgroup_v1(self) -> bool:
        return self.cgroup_version in ("1", "v1")

    @property
    def little_memory(self) -> bool:
        return 0 < self.memory < LITTLE_MEMORY

    @property
    def platform(self) -> str:
        """What ``image save --platform`` must be told; "" where it needs no telling.

        Docker keeps images of several platforms in its containerd store; the option came with 28.
        """
        major = self.version.partition(".")[0]
        if self.name != "docker" or not self.containerd_store or not major.isdigit():
            return ""
        return PLATFORMS.get(self.architecture, "") if int(major) >= 28 else ""

    @property
    def saves_archives(self) -> bool:
        """Whether images go to the nodes through a file: ``kind load docker-image`` asks Docker
        alone, and stumbles over its containerd store."""
        return self.name != "docker" or self.containerd_store


def info(engine: str) -> Command:
    """The engine's own account of itself, as JSON."""
    form = "json" if engine == "podman" else "{{json .}}"
    return Command((engine, "info", "--format", form), 20)


def wished(asked: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The engines to try, in order: the one that was asked for, or kind's own variable, or all."""
    name = asked or environment.get(VARIABLE, "")
    return (name,) if name else ENGINES


def find_engine(asked: str, runner: Runner, words: Words) -> Engine:
    """The first engine that answers; the ``ClusterError`` of the first that is there but does
    not, or the one that says that none is there."""
    names = wished(asked, runner.environment)
    path = runner.environment.get("PATH", "")
    there = [name for name in names if shutil.which(name, path=path)]
    if not there:
        raise ClusterError(words("failure.no_engine"), words("failure.no_engine.fix"))
    errors: list[ClusterError] = []
    for name in there:
        try:
            return read_info(name, runner.check(info(name), {"engine": name}))
        except ClusterError as error:
            errors.append(error)
    raise errors[0]


def read_info(name: str, done: Done) -> Engine:
    """What ``info`` told; what is missing or odd in it counts as not told."""
    try:
        said: Any = json.loads(done.out)
    except ValueError:
        return Engine(name)
    if not isinstance(said, dict):
        return Engine(name)
    return of_podman(said) if name == "podman" else of_docker(name, said)


def of_docker(name: str, said: Mapping[str, Any]) -> Engine:
    """``docker info`` (nerdctl speaks the same)."""
    return Engine(
        name,
        version=str(said.get("ServerVersion") or ""),
        cgroup_version=str(said.get("CgroupVersion") or ""),
        memory=number(said.get("MemTotal")),
        architecture=str(said.get("Architecture") or ""),
        rootless="rootless" in str(said.get("SecurityOptions") or ""),
        containerd_store=CONTAINERD_STORE in str(said.get("DriverStatus") or ""),
    )


def of_podman(said: Mapping[str, Any]) -> Engine:
    """``podman info``."""
    host = said.get("host") or {}
    return Engine(
        "podman",
        version=str((said.get("version") or {}).get("Version") or ""),
        cgroup_version=str(host.get("cgroupVersion") or ""),
        memory=number(host.get("memTotal")),
        architecture=str(host.get("arch") or ""),
        rootless=bool((host.get("security") or {}).get("rootless")),
    )


def number(value: object) -> int:
    """A whole number, or 0."""
    return value if isinstance(value, int) else 0
