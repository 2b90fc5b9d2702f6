"""ClusterIPs and node ports: the bands, what is taken, the words of a refusal."""

from __future__ import annotations

import ipaddress

import pytest

from labkit.embedded.allocators import ClusterIPs, NodePorts, NotAllocated
from labkit.embedded.chance import SeededChance


def test_drawn_addresses_stay_out_of_the_lower_band() -> None:
    """In a /16 the first 256 addresses are left to those who choose (KEP-3070)."""
    addresses, chance, taken = ClusterIPs("10.96.0.0/16"), SeededChance(1), set[str]()
    for _ in range(500):
        taken.add(addresses.next(taken, chance))
    assert len(taken) == 500
    network = ipaddress.ip_network("10.96.0.0/16")
    assert all(ipaddress.ip_address(each) in network for each in taken)
    assert min(ipaddress.ip_address(each) for each in taken) > ipaddress.ip_address("10.96.1.0")


def test_a_small_network_is_used_up() -> None:
    """A /28 gives its 14 addresses, the lower band last, and then says that it is full."""
    addresses, chance, taken = ClusterIPs("10.0.0.0/28"), SeededChance(2), list[str]()
    for _ in range(14):
        taken.append(addresses.next(taken, chance))
    assert len(set(taken)) == 14
    assert not {"10.0.0.0", "10.0.0.15"} & set(taken)
    with pytest.raises(NotAllocated, match="range is full"):
        addresses.next(taken, chance)


def test_chosen_address() -> None:
    """A chosen address must be free and of the network."""
    addresses = ClusterIPs("10.96.0.0/16")
    addresses.claim("10.96.0.7", ())
    with pytest.raises(NotAllocated, match=r"10\.96\.0\.1: provided IP is already allocated"):
        addresses.claim("10.96.0.1", ("10.96.0.1",))
    with pytest.raises(
        NotAllocated, match=r"\(10.97.0.1\) is not in the valid range.*10.96.0.0/16"
    ):
        addresses.claim("10.97.0.1", ())


def test_node_ports() -> None:
    """Drawn ports leave the first 86 of 2768 alone; a chosen one must be free and in range."""
    ports, chance, taken = NodePorts(range(30000, 32768)), SeededChance(3), set[int]()
    for _ in range(300):
        taken.add(ports.next(taken, chance))
    assert len(taken) == 300
    assert min(taken) >= 30086
    assert max(taken) <= 32767
    with pytest.raises(NotAllocated, match="The range of valid ports is 30000-32767"):
        ports.claim(80, ())
    with pytest.raises(NotAllocated, match="provided port is already allocated"):
        ports.claim(30001, (30001,))
