"""``hostPort``: what the CNI plug-in portmap writes beside kube-proxy's rules.

A Pod's port is also a port of its node: DNAT for what is sent to the node (or to ``hostIP``
alone), and masquerading for what the node asks itself over the loopback, or a Pod of its own
network.  Source: containernetworking/plugins, plugins/meta/portmap (portmap_iptables.go).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labkit.embedded.interfaces import Json

NETWORK = "kindnet"
"""The name of the network in kind's CNI configuration."""
LONGEST_CHAIN, MOST_PORTS = 28, 15
MARK = "0x2000/0x2000"
ANYWHERE = ("", "0.0.0.0")
DECLARED = ("CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-MASQ", "CNI-HOSTPORT-SETMARK")
FIRST = (
    '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ'
)
"""Stands before the others of its chain, so that it sees them all."""
COMMON = (
    "-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
    "-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
    f"-A CNI-HOSTPORT-MASQ -m mark --mark {MARK} -j MASQUERADE",
    '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" '
    f"-j MARK --set-xmark {MARK}",
)
EMPTY = "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
EMPTY += ":POSTROUTING ACCEPT [0:0]\nCOMMIT\n"


@dataclass(frozen=True, slots=True)
class PortMap:
    """One port of a container that is also one of its node."""

    protocol: str
    host_ip: str
    host_port: int
    port: int

    @property
    def matched(self) -> str:
        """The words that every rule about it has."""
        where = "" if self.host_ip in ANYWHERE else f"-d {self.host_ip}/32 "
        return f"{where}-p {self.protocol} -m {self.protocol} --dport {self.host_port}"


@dataclass(frozen=True, slots=True)
class PodPorts:
    """All of one Pod: ``identity`` is the sandbox's, ``network`` its node's Pod network."""

    identity: str
    address: str
    network: str
    maps: tuple[PortMap, ...]

    @property
    def chain(self) -> str:
        """The Pod's own chain (utils.MustFormatChainNameWithPrefix)."""
        digest = hashlib.sha512(f"{NETWORK}{self.identity}".encode()).hexdigest()
        return f"CNI-DN-{digest}"[:LONGEST_CHAIN]

    def rules(self) -> list[str]:
        """The jumps to the chain, then the chain."""
        comment = f'-m comment --comment "dnat name: \\"{NETWORK}\\" id: \\"{self.identity}\\""'
        found = []
        for protocol in dict.fromkeys(one.protocol for one in self.maps):
            numbers = [str(one.host_port) for one in self.maps if one.protocol == protocol]
            for start in range(0, len(numbers), MOST_PORTS):
                some = ",".join(numbers[start : start + MOST_PORTS])
                match = f"-p {protocol} {comment} -m multiport --dports {some}"
                found.append(f"-A CNI-HOSTPORT-DNAT {match} -j {self.chain}")
        for one in self.maps:
            for source in (self.network, "127.0.0.1/32"):
                found.append(f"-A {self.chain} -s {source} {one.matched} -j CNI-HOSTPORT-SETMARK")
            goal = f"{self.address}:{one.port}"
            found.append(f"-A {self.chain} {one.matched} -j DNAT --to-destination {goal}")
        return found


def ports_of(pod: Json) -> tuple[PortMap, ...]:
    """The host ports of a Pod with a network of its own."""
    spec = pod.get("spec") or {}
    if spec.get("hostNetwork"):
        return ()
    every = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    return tuple(
        PortMap(
            (port.get("protocol") or "TCP").lower(),
            port.get("hostIP") or "",
            int(port["hostPort"]),
            int(port["containerPort"]),
        )
        for container in every
        for port in container.get("ports") or []
        if port.get("hostPort")
    )


def added(saved: str, pods: Sequence[PodPorts]) -> str:
    """``iptables-save`` text with the rules for the host ports of these Pods."""
    if not pods:
        return saved
    lines = saved.splitlines()
    if "*nat" not in lines:
        lines += EMPTY.splitlines()
    start = lines.index("*nat")
    end = lines.index("COMMIT", start)
    section = lines[start:end]
    chains = [f":{name} - [0:0]" for name in (*DECLARED, *(one.chain for one in pods))]
    heads, rules = _parted(section)
    own = [rule for one in pods for rule in one.rules()]
    text = [*lines[:start], *heads, *chains, FIRST, *rules, *COMMON, *own, *lines[end:]]
    return "\n".join(text) + "\n"


def _parted(section: Iterable[str]) -> tuple[list[str], list[str]]:
    """The table's line and its chains, and the rules."""
    heads: list[str] = []
    rules: list[str] = []
    for line in section:
        (rules if line.startswith("-A") else heads).append(line)
    return heads, rules
