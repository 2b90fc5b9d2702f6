"""Growth: the same Service among 1, 10, ... 30,000 others, in every mode of kube-proxy.

Rules are written, read again and followed; nothing here knows a formula.  Large clusters take
long (10,000 Services about ten seconds), so their points can be taken from ``RECORDED``.
"""

from __future__ import annotations

from labkit.dataplane.proxy import KubeProxy
from labkit.errors import UsageError
from labkit.kubeproxy.config import MODES
from labkit.model.cost import Cost
from labkit.model.growth import Growth, GrowthPoint
from labkit.model.packet import Packet
from labkit.model.service import Endpoint, EndpointPort, EndpointSlice, Service, ServicePort

SIZES = (1, 10, 100, 1000)
MOST = 30_000
CLIENT = "10.244.255.250"
_PLAIN = {"nftables": Cost(13, 7), "ipvs": Cost(14, 5)}

RECORDED: dict[int, dict[str, tuple[Cost, Cost]]] = {
    10_000: {
        "iptables": (Cost(5016), Cost(10015)),
        **{mode: (cost, cost) for mode, cost in _PLAIN.items()},
    },
    30_000: {
        "iptables": (Cost(15016), Cost(30014)),
        **{mode: (cost, cost) for mode, cost in _PLAIN.items()},
    },
}
"""Measured with :func:`measured`, seed 0: to the middle Service and to the last."""


def growth(*sizes: int, recorded: bool = True) -> Growth:
    """Measures the given numbers of Services (by default 1 to 1,000, in under a second), and adds
    the recorded points of 10,000 and 30,000 unless ``recorded`` is False."""
    for size in sizes:
        if not 1 <= size <= MOST:
            raise UsageError(f"{size} is no number of Services.", f"Take 1 to {MOST}.")
    wanted = sorted(set(sizes or SIZES))
    found = {size: measured(size) for size in wanted}
    known = {size: RECORDED[size] for size in RECORDED if recorded and size not in found}
    return Growth({mode: _points(mode, found, known) for mode in MODES})


def _points(
    mode: str,
    found: dict[int, dict[str, tuple[Cost, Cost]]],
    known: dict[int, dict[str, tuple[Cost, Cost]]],
) -> tuple[GrowthPoint, ...]:
    fresh = [GrowthPoint(size, *costs[mode]) for size, costs in found.items()]
    old = [GrowthPoint(size, *costs[mode], recorded=True) for size, costs in known.items()]
    return tuple(sorted([*fresh, *old], key=lambda point: point.services))


def measured(services: int) -> dict[str, tuple[Cost, Cost]]:
    """Mode -> cost to the middle Service and to the last, of so many Services of two Pods."""
    objects = [one_of_many(number) for number in range(services)]
    costs = {}
    for mode in MODES:
        plane = KubeProxy(mode=mode).data_plane(*zip(*objects, strict=True))
        middle, last = (
            plane.cost(Packet(CLIENT, objects[at][0].cluster_ip, sport=1024, dport=80))
            for at in (services // 2, services - 1)
        )
        costs[mode] = (middle, last)
    return costs


def one_of_many(number: int) -> tuple[Service, EndpointSlice]:
    """Service ``number`` and its slice of two Pods."""
    name, address = f"shop-{number}", _address("10.96", number + 300)
    service = Service(
        name, cluster_ip=address, cluster_ips=(address,), ports=(ServicePort(80, target_port=8080),)
    )
    endpoints = tuple(Endpoint((_address("10.244", 2 * number + i),)) for i in range(2))
    ports = (EndpointPort(8080),)
    return service, EndpointSlice(f"{name}-1", service_name=name, endpoints=endpoints, ports=ports)


def _address(network: str, number: int) -> str:
    """Addresses one after the other; there are 62,500 in such a network."""
    return f"{network}.{number // 250}.{number % 250 + 1}"
