"""The variables that programs need to talk to the lab, and only to the lab."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from labkit.cluster.control import NO_PROXY


def lab_environment(
    environment: Mapping[str, str], kubeconfig: Path, cache: Path
) -> dict[str, str]:
    """``environment`` with the lab's own kubeconfig and cache, and no proxy to the loopback.

    ``KUBERC=off`` leaves the user's own aliases and defaults of kubectl out of the lab
    (kubectl's KEP-3104).
    """
    made = dict(environment)
    made.update(lab_variables(environment, kubeconfig, cache))
    return made


def lab_variables(environment: Mapping[str, str], kubeconfig: Path, cache: Path) -> dict[str, str]:
    """Only the variables that ``lab_environment`` sets or changes."""
    return {
        "KUBECONFIG": str(kubeconfig),
        "KUBECACHEDIR": str(cache),
        "KUBERC": "off",
        "NO_PROXY": without_proxy(environment.get("NO_PROXY", "")),
        "no_proxy": without_proxy(environment.get("no_proxy", "")),
    }


def without_proxy(hosts: str) -> str:
    """The list of hosts that need no proxy, with the loopback in it."""
    known = [host.strip() for host in hosts.split(",") if host.strip()]
    if "*" in known:
        return "*"
    return ",".join(known + [host for host in NO_PROXY.split(",") if host not in known])


def with_program_first(path: str, program: Path) -> str:
    """A ``PATH`` on which the folder of ``program`` comes first, once."""
    folder = str(program.parent)
    others = [part for part in path.split(os.pathsep) if part and part != folder]
    return os.pathsep.join([folder, *others])
