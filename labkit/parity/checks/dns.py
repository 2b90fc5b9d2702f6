"""Names: what a Pod's resolver is told, and what the cluster's DNS answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labkit.parity.differences import Difference, compare
from labkit.parity.stage import Stage

ADDRESS = re.compile(r"^Address(?: \d+)?:\s+(\d+\.\d+\.\d+\.\d+)\s*$", re.MULTILINE)


def dns(stage: Stage) -> Iterator[Difference]:
    """resolv.conf names the cluster's DNS and three domains; a Service's name is its ClusterIP, a
    headless one's its Pods, and an unknown name is none."""
    space = stage.cluster.namespace
    text = stage.run("client-pod", "cat /etc/resolv.conf").stdout
    conf = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
    domain = domain_of(conf.get("search", ""), space)
    search = conf.get("search", "").split()
    wanted = [f"{space}.svc.{domain}", f"svc.{domain}", domain]
    yield from compare("resolv.conf: search", wanted, search[:3])
    yield from compare("resolv.conf: options", "ndots:5", conf.get("options", "").strip())
    full = f"backend-service.{space}.svc.{domain}"
    expected = [stage.address("backend-service")]
    yield from compare(f"nslookup {full}", expected, resolved(stage, full))
    name = f"headless.{space}.svc.{domain}"
    pods = sorted(one.address for one in stage.backends())
    yield from compare(f"nslookup {name}", pods, sorted(resolved(stage, name)))
    unknown = stage.run("client-pod", f"nslookup no-such.{space}.svc.{domain}")
    yield from compare("nslookup of an unknown name: status", 1, unknown.status)
    nowhere = "NXDOMAIN" in unknown.output
    yield from compare("nslookup of an unknown name: NXDOMAIN", True, nowhere)


def domain_of(search: str, namespace: str) -> str:
    """The cluster's domain, by the first word of the search list."""
    first = (search.split() or [""])[0]
    return first.removeprefix(f"{namespace}.svc.") or "cluster.local"


def resolved(stage: Stage, name: str) -> list[str]:
    """The addresses of a name; the server's own line has a port, and does not count."""
    return ADDRESS.findall(stage.run("client-pod", f"nslookup -type=a {name}").stdout)
