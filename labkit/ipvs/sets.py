"""What IPVS mode asks of ipsets: a packet as sets see it, and the addresses of ``kube-ipvs0``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.model import address
from labkit.model.ipset import IpSet
from labkit.model.packet import Packet, protocol_number


@dataclass(frozen=True, slots=True)
class Sides:
    """What of a packet a set can look at (see ``labkit.model.ipset.Seen``)."""

    family: int
    src: int
    dst: int
    proto: int
    sport: int
    dport: int
    icmp_type: int
    icmp_code: int
    in_iface: str
    out_iface: str

    @classmethod
    def of(cls, packet: Packet) -> Sides:
        """The packet with its addresses and protocol as numbers."""
        return cls(
            address.family(packet.src),
            address.number(packet.src),
            address.number(packet.dst),
            protocol_number(packet.proto),
            packet.sport,
            packet.dport,
            packet.icmp_type,
            packet.icmp_code,
            packet.in_iface,
            packet.out_iface,
        )


def bound_addresses(sets: Mapping[str, IpSet]) -> tuple[str, ...]:
    """What stands on ``kube-ipvs0``: the set that kube-proxy keeps of it."""
    return tuple(
        entry
        for name in ("KUBE-IPVS-IPS", "KUBE-6-IPVS-IPS")
        if name in sets
        for entry in sets[name].texts
    )
