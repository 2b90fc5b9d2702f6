"""One set of verbs over the three modes: the same traffic, each mode's own way of choosing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import comb

import pytest

from labkit.clock import ManualClock
from labkit.dataplane.beside import side_by_side
from labkit.dataplane.plane import DataPlane
from labkit.dataplane.proxy import KubeProxy
from labkit.errors import ObjectsError, UsageError
from labkit.model.packet import Packet
from labkit.model.service import Service, ServicePort
from labkit.netfilter.batch import PacketBatch
from tests.unit.ipvs.cluster import ALSO_HERE, ELSEWHERE, HERE, NODE, SERVICES, SLICES, slice_of

MODES = ("iptables", "nftables", "ipvs")
POD, OUTSIDE = "10.244.1.9", "192.0.2.7"
WEB = Packet(POD, "10.96.0.10", sport=40000, dport=80)
ENDPOINTS = {f"{ip}:8080" for ip in (ELSEWHERE, HERE, ALSO_HERE)}


def plane(mode: str, *, services: tuple[Service, ...] = SERVICES) -> DataPlane:
    """The worker of the small cluster, in one mode."""
    slices = (*SLICES, *(slice_of(one, 8080, HERE) for one in services if one not in SERVICES))
    return KubeProxy(mode=mode, node=NODE).data_plane(services, slices)


# Client, destination -> (ends, masqueraded), the same in all three modes.
ALIKE = [
    (POD, "10.96.0.10", 80, "tcp", ENDPOINTS, False),
    (OUTSIDE, "10.96.0.10", 80, "tcp", ENDPOINTS, True),
    (OUTSIDE, "172.18.0.3", 30080, "tcp", ENDPOINTS, True),
    (OUTSIDE, "1.2.3.4", 80, "tcp", ENDPOINTS, True),
    ("9.1.1.1", "5.6.7.8", 80, "tcp", ENDPOINTS, True),
    (OUTSIDE, "172.18.0.3", 30081, "tcp", {f"{HERE}:8080", f"{ALSO_HERE}:8080"}, False),
    (POD, "10.96.0.13", 53, "udp", {f"{ELSEWHERE}:53", f"{HERE}:53"}, False),
    (POD, "10.244.0.9", 8080, "tcp", {"10.244.0.9:8080"}, False),
    (OUTSIDE, "172.18.0.3", 22, "tcp", {"172.18.0.3:22"}, False),
    ("7.7.7.8", "5.6.7.8", 80, "tcp", {"dropped"}, False),
    (POD, "10.96.0.14", 80, "tcp", {"rejected icmp-port-unreachable"}, False),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flow", ALIKE, ids=lambda f: f"{f[0]}>{f[1]}:{f[2]}")
def test_same_ends_in_every_mode(
    mode: str, flow: tuple[str, str, int, str, set[str], bool]
) -> None:
    """Whichever mode wrote the rules: the same endpoints, masquerading, refusals and drops."""
    source, goal, port, proto, wanted, masqueraded = flow
    packet = Packet(source, goal, proto, 40000, port)
    made = plane(mode)
    affinity = goal == "10.96.0.13"
    if affinity:
        # One client keeps its endpoint: ask many clients instead.
        clients = (replace(packet, src=f"10.244.1.{100 + i}") for i in range(40))
        state = made.state(seed=1)
        ends = {made.receive(one, state).packet.destination for one in clients}
    else:
        ends = set(made.turns(packet, 60, seed=1))
    assert ends == wanted
    assert made.trace(packet).masqueraded is masqueraded


# Where the modes differ (KEP-3866 "Dropped features", kubernetes pull request 97081).
DIFFERENT = [
    # A port of a ClusterIP that no Service has.
    (POD, "10.96.0.10", 81, ("10.96.0.10:81", "rejected", "rejected")),
    # NodePorts on the loopback.
    ("127.0.0.1", "127.0.0.1", 30080, ("endpoint", "127.0.0.1:30080", "127.0.0.1:30080")),
    # External policy Local without an endpoint on this node.
    (OUTSIDE, "172.18.0.3", 30082, ("dropped", "dropped", f"{ELSEWHERE}:8080")),
]


@pytest.mark.parametrize("flow", DIFFERENT, ids=lambda f: f"{f[1]}:{f[2]}")
def test_known_differences(flow: tuple[str, str, int, tuple[str, str, str]]) -> None:
    """What Kubernetes documents as different between the modes is different here."""
    source, goal, port, wanted = flow
    hook = "output" if source.startswith("127.") else "prerouting"
    packet = Packet(source, goal, sport=40000, dport=port)
    found = [plane(mode).turns(packet, 1, hook=hook)[0] for mode in MODES]
    for end, expected in zip(found, wanted, strict=True):
        assert end in ENDPOINTS if expected == "endpoint" else end.startswith(expected)


def test_round_robin_takes_turns_and_chance_does_not() -> None:
    """In IPVS mode three connections in a row always go to three endpoints; the others draw."""
    ipvs = plane("ipvs").turns(WEB, 300)
    assert all(set(ipvs[i : i + 3]) == ENDPOINTS for i in range(len(ipvs) - 2))
    for mode in ("iptables", "nftables"):
        drawn = plane(mode).turns(WEB, 300, seed=5)
        # That no two neighbours are alike has probability (2/3)**299 < 1e-52.
        assert any(one == other for one, other in pairwise(drawn))
        assert set(drawn) == ENDPOINTS


@pytest.mark.parametrize("mode", MODES)
def test_counts_keep_within_the_exact_bounds(mode: str) -> None:
    """300 connections: what each endpoint got is possible by the exact distribution (1e-9)."""
    counts = plane(mode).simulate(WEB, 300, seed=9).by_destination
    assert sum(counts.values()) == 300 and set(counts) == ENDPOINTS
    for count in counts.values():
        tail = sum(
            comb(300, k) * 2 ** (300 - k) for k in range(301) if abs(k - 100) >= abs(count - 100)
        )
        assert Fraction(tail, 3**300) > Fraction(1, 10**9)


@pytest.mark.parametrize("mode", MODES)
def test_shares_are_equal(mode: str) -> None:
    """Every ready endpoint has its equal share, to within 1e-6."""
    shares = plane(mode).shares(WEB)
    assert set(shares) == ENDPOINTS and sum(shares.values()) == 1
    assert all(abs(share - Fraction(1, 3)) < Fraction(1, 10**6) for share in shares.values())


@pytest.mark.parametrize("mode", MODES)
def test_affinity_holds_until_its_time_is_up(mode: str) -> None:
    """ClientIP: a client stays with its endpoint, and is chosen for anew after three hours."""
    made, clock = plane(mode), ManualClock()
    state = made.state(seed=3, clock=clock)
    dns = Packet(POD, "10.96.0.13", "udp", 40000, 53)
    ends = {made.receive(replace(dns, sport=40000 + i), state).packet.dst for i in range(50)}
    assert len(ends) == 1
    later = set()
    for i in range(40):  # (1/2)**40 that no other one comes up by chance
        clock.turn(10801)
        later.add(made.receive(replace(dns, sport=41000 + i), state).packet.dst)
    assert later == {ELSEWHERE, HERE}


def test_cost_grows_in_iptables_mode_alone() -> None:
    """Each Service before ours is one more rule to ask in iptables mode, nothing in the others."""
    others = tuple(
        Service(f"s{i:03}", cluster_ip=f"10.97.0.{i + 1}", ports=(ServicePort(80, "x"),))
        for i in range(100)
    )
    for mode, more in (("iptables", 100), ("nftables", 0), ("ipvs", 0)):
        few, many = plane(mode).cost(WEB), plane(mode, services=(*others, *SERVICES)).cost(WEB)
        assert (many.rules - few.rules, many.lookups) == (more, few.lookups)


def test_side_by_side_says_what_the_planes_say() -> None:
    """The table has each mode's cost and turns, in both languages."""
    found = side_by_side(WEB, SERVICES, SLICES, n=9, proxy=KubeProxy(node=NODE), seed=2)
    for mode in MODES:
        assert found[mode].cost == plane(mode).cost(WEB, seed=2)
        assert found[mode].turns == plane(mode).turns(WEB, 9, seed=2)
    english, spanish = found.text("en"), found.text("es")
    rows = [line.split() for line in english.splitlines() if line.startswith("  ipvs")]
    letters = rows[0][1:]
    assert letters == letters[:3] * 3
    assert "in turn" in english and "por turnos" in spanish and "al azar" in spanish


def test_wrong_use_is_told() -> None:
    """An unknown mode, hook, or another mode's memory: one sentence with the next step."""
    with pytest.raises(ObjectsError, match=r"'userspace'.*iptables"):
        KubeProxy(mode="userspace")
    with pytest.raises(UsageError, match="hook 'forward'"):
        plane("ipvs").turns(WEB, 1, hook="forward")
    with pytest.raises(UsageError, match="nftables mode"):
        plane("nftables").trace(WEB, state=plane("iptables").state())
    with pytest.raises(UsageError, match="at most 5,000,000"):
        plane("ipvs").simulate(WEB, 1_000_000_000)
    with pytest.raises(UsageError, match="knows its size"):
        plane("nftables").simulate(PacketBatch(WEB, 3), 4)


def test_course_nodes_need_only_a_name() -> None:
    """The course's nodes come with their addresses and the Pods' network."""
    proxy = KubeProxy(mode="nftables", node="labkit-worker")
    assert proxy.node_info.internal_ips == ("172.18.0.3",)
    assert "10.244.0.0/16" in proxy.listing(SERVICES, SLICES)
