"""What ``ipvsadm -Ln`` prints of virtual servers at work: weights, open and ending connections."""

from __future__ import annotations

from labkit.ipvs.nouns import Key, with_port
from labkit.ipvs.schedulers import Dest
from labkit.ipvs.service import LiveService
from labkit.ipvs.state import IpvsState
from labkit.model import address
from labkit.model.packet import protocol_number

HEAD = (
    "IP Virtual Server version 1.2.1 (size=4096)",
    "Prot LocalAddress:Port Scheduler Flags",
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
)


def listing(state: IpvsState) -> str:
    """The table, sorted by protocol, address and port (ipvsadm(8), ``--sort``)."""
    lines = list(HEAD)
    for key in sorted(state.services, key=_place):
        live = state.services[key]
        lines.append(_service(live))
        lines += [_server(dest) for dest in sorted(live.dests, key=_server_place)]
    return "".join(f"{line}\n" for line in lines)


def _service(live: LiveService) -> str:
    virtual = live.virtual
    flags = f" ({','.join(virtual.flags)})" if virtual.flags else ""
    stay = f" persistent {virtual.persistence}" if virtual.persistence else ""
    where = with_port(virtual.address, virtual.port)
    return f"{virtual.protocol.upper():4} {where} {virtual.scheduler}{flags}{stay}"


def _server(dest: Dest) -> str:
    place = with_port(dest.address, dest.port)
    return f"  -> {place:28} {'Masq':7} {dest.weight:<6} {dest.active:<10} {dest.inactive:<10}"


def _place(key: Key) -> tuple[int, int, int]:
    return protocol_number(key[0]), address.number(key[1]), key[2]


def _server_place(dest: Dest) -> tuple[int, int]:
    return address.number(dest.address), dest.port
