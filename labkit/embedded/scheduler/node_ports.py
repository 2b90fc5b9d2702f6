"""NodePorts: two Pods of a node cannot have the same ``hostPort``."""

from __future__ import annotations

from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler.snapshot import NodeInfo, Refusal, Snapshot

HostPort = tuple[str, str, int]


def fits(pod: Json, info: NodeInfo, all_: Snapshot) -> Refusal | None:
    wanted = host_ports(pod)
    taken = [port for other in info.pods for port in host_ports(other)]
    if any(_clash(a, b) for a in wanted for b in taken):
        reason = "node(s) didn't have free ports for the requested pod ports"
        return Refusal((reason,), evictable=True)
    return None


def host_ports(pod: Json) -> list[HostPort]:
    """Address, protocol and number of each host port; with ``hostNetwork`` all ports are."""
    found = []
    for container in pod["spec"].get("containers") or []:
        for port in container.get("ports") or []:
            number = port.get("hostPort")
            if number:
                address = port.get("hostIP") or "0.0.0.0"
                found.append((address, port.get("protocol") or "TCP", int(number)))
    return found


def _clash(a: HostPort, b: HostPort) -> bool:
    everywhere = "0.0.0.0" in (a[0], b[0])
    return a[1:] == b[1:] and (everywhere or a[0] == b[0])
