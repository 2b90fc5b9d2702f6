"""``ip addr`` and ``ip route``, for a Pod: one interface, one default route."""

from __future__ import annotations

import ipaddress
import zlib

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.plan import NODES

LOOPBACK = (
    "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n"
    "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
    "    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n"
)


async def ip(process: Process) -> int:
    """``addr``, ``route`` and ``link`` in their simple form."""
    words = [word for word in process.argv[1:] if not word.startswith("-")]
    what = words[0] if words else ""
    if what and "address".startswith(what):
        kit.out(process, LOOPBACK + _address(process) + _virtual(process))
        return 0
    if what and "route".startswith(what):
        kit.out(process, _routes(process.net.address))
        return 0
    if what and "link".startswith(what):
        kit.out(process, _links(process))
        return 0
    kit.err(process, "BusyBox v1.37.0 multi-call binary.\n\nUsage: ip a | l | r\n")
    return 1


def _mac(address: str) -> str:
    value = zlib.crc32(address.encode())
    return "be:ef:" + ":".join(f"{value >> shift & 255:02x}" for shift in (24, 16, 8, 0))


def _address(process: Process) -> str:
    own = process.net.address
    length = 16 if any(plan.address == own for plan in NODES) else 24
    return (
        "2: eth0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n"
        f"    link/ether {_mac(own)} brd ff:ff:ff:ff:ff:ff\n"
        f"    inet {own}/{length} brd {_network(own, length).broadcast_address} scope global eth0\n"
        "       valid_lft forever preferred_lft forever\n"
    )


def _virtual(process: Process) -> str:
    """The dummy interface of IPVS mode, down and without a neighbour."""
    if not process.net.virtual_addresses:
        return ""
    return (
        "3: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop \n"
        f"    link/ether {_mac('kube-ipvs0')} brd ff:ff:ff:ff:ff:ff\n"
    ) + "".join(
        f"    inet {address.partition('/')[0]}/32 scope global kube-ipvs0\n"
        "       valid_lft forever preferred_lft forever\n"
        for address in process.net.virtual_addresses
    )


def _links(process: Process) -> str:
    shown = LOOPBACK + _address(process) + _virtual(process)
    lines = shown.splitlines(keepends=True)
    return "".join(line for line in lines if "inet" not in line and "valid_lft" not in line)


def _network(own: str, length: int) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(f"{own}/{length}", strict=False)


def _routes(own: str) -> str:
    """As kind's network plugin sets them up in a Pod."""
    for plan in NODES:
        if ipaddress.ip_address(own) in ipaddress.ip_network(plan.pod_cidr):
            via = plan.pod_gateway
            return (
                f"default via {via} dev eth0 \n{plan.pod_cidr} via {via} dev eth0  src {own} \n"
                f"{via} dev eth0 scope link  src {own} \n"
            )
    return f"default via 172.18.0.1 dev eth0 \n172.18.0.0/16 dev eth0 scope link  src {own} \n"
