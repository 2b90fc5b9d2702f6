"""nftables mode on real Linux: nft loads our tables, lists them as we write them, and sends
real packets where the evaluator says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from math import comb

import pytest
from hypothesis import HealthCheck, given, settings

from labkit import nft
from labkit.dataplane.proxy import KubeProxy
from labkit.model.packet import Packet
from labkit.model.trace import Outcome, Verdict
from labkit.netfilter.nftnode import NftNode
from labkit.netfilter.routes import Route
from labkit.netns.linux import Answer, Linux, reason_against
from tests.golden.kubeproxy.nftables.listing import blocks, tables
from tests.property.kubeproxy_clusters import Cluster, clusters, probes
from tests.support import need
from tests.unit.ipvs.cluster import NODE, SERVICES, SLICES

pytestmark = pytest.mark.linux
ANY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
UPLINK = {4: ("172.18.0.3/16", "192.168.0.2/24"), 6: ("2001:db8::2/64",)}
ROUTES = (Route("0.0.0.0/0", "eth0"), Route("::/0", "eth0"))


@pytest.fixture(scope="module")
def linux() -> Iterator[Linux]:
    """One namespace for all tests of this file; each brings its own table."""
    reason = reason_against(())
    need("linux", reason is None, " ".join(reason or ()))
    with Linux({"eth0": (*UPLINK[4], *UPLINK[6])}, ROUTES) as session:
        yield session


def load(linux: Linux, text: str) -> str:
    """The table in the place of the one before; how nft lists it."""
    empty = "table ip kube-proxy\ndelete table ip kube-proxy\n"
    done = linux.run("nft", "-f", "-", stdin=f"{empty}{empty.replace('ip ', 'ip6 ')}{text}")
    assert done["status"] == 0, done["err"] + text
    linux.flush()
    family = text.split()[1]
    listed: str = linux.run("nft", "list", "table", family, "kube-proxy")["out"]
    return listed


def emulated(text: str) -> NftNode:
    """The evaluator with the same rules in the same place."""
    return NftNode(nft.parse(text), interfaces={"eth0": (*UPLINK[4], *UPLINK[6])}, routes=ROUTES)


def bare(table: str) -> str:
    """nft drops the braces of a set with one element (of overlaps that it joined only when it
    loads its own listing)."""
    return re.sub(r"saddr != \{ ([^ ,]+) \} drop", r"saddr != \1 drop", table)


@ANY
@given(clusters(nfacct=False))
def test_nft_lists_what_we_write(linux: Linux, cluster: Cluster) -> None:
    """Whatever the cluster: real nft loads the table, and lists every set, map and chain as we
    wrote it, but for the order of elements."""
    text = cluster.proxy.nft_text(cluster.services, cluster.slices)
    # nft prints a mask of nothing but the highest bit as a prefix.
    listed = load(linux, text).replace("!= 0x00000000/1 ", "& 0x80000000 != 0x00000000 ")
    ours, theirs = tables(text), tables(listed)
    assert ours.keys() == theirs.keys()
    for name, table in ours.items():
        assert blocks(bare(table)) == blocks(bare(theirs[name]))
    assert nft.parse(listed).tables.keys() == nft.parse(text).tables.keys()


def fits(packet: Packet, said: Answer, outcome: Outcome) -> bool:
    """Whether Linux's answer is this outcome of the evaluator's."""
    if said.verdict is not outcome.verdict:
        return False
    if said.verdict is not Verdict.ACCEPTED:
        return said.reject_with == outcome.reject_with
    host = f"[{said.dst}]" if ":" in said.dst else said.dst
    same_source = said.src == outcome.source.rpartition(":")[0].strip("[]") or (
        said.src == outcome.source
    )
    return (
        f"{host}:{said.dport}" == outcome.destination
        and same_source
        and said.delivered_local == outcome.delivered_local
    )


@ANY
@given(clusters(nfacct=False))
def test_packets_end_as_the_evaluator_says(linux: Linux, cluster: Cluster) -> None:
    """Each real packet ends in one of the ways to which the evaluator gives a chance."""
    family = cluster.proxy.family
    text = cluster.proxy.nft_text(cluster.services, cluster.slices)
    load(linux, text)
    twin = emulated(text)
    asked = list(probes(cluster.services, family))
    for hook in ("prerouting", "output"):
        mine = [packet for packet, where in asked if where == hook]
        mine = [replace(packet, sport=40000 + i) for i, packet in enumerate(mine)]
        for packet, said in zip(mine, linux.send(mine, hook=hook), strict=True):
            outcomes = twin.outcomes(packet, hook=hook)
            assert any(fits(packet, said, one) for one in outcomes), (
                f"{packet} at {hook}: Linux says {said}, the evaluator {list(outcomes)}\n"
                f"{twin.trace(packet, hook=hook).text()}\n{text}"
            )


def lab_text() -> str:
    """The table of the small cluster of the unit tests."""
    return KubeProxy(mode="nftables", node=NODE).nft_text(SERVICES, SLICES)


def test_real_draws_are_uniform(linux: Linux) -> None:
    """numgen random on Linux: what each of three endpoints got in 3,000 connections is within
    the bounds of the exact distribution (1e-9), as is the evaluator's own simulation."""
    load(linux, lab_text())
    packets = [Packet("10.244.1.9", "10.96.0.10", sport=2000 + i, dport=80) for i in range(3000)]
    counts = Counter(said.dst for said in linux.send(packets))
    ours = emulated(lab_text())
    from labkit.netfilter.batch import PacketBatch

    drawn = ours.simulate(PacketBatch(packets[0], 3000), seed=5).by_destination
    for found in (list(counts.values()), list(drawn.values())):
        assert len(found) == 3 and sum(found) == 3000
        for count in found:
            tail = sum(comb(3000, k) * 2 ** (3000 - k) for k in range(count + 1))
            low, high = min(tail, 3**3000 - tail), 3**3000
            assert low * 10**9 > high


def test_affinity_holds_on_linux(linux: Linux) -> None:
    """Twenty clients, ten connections each: every client stays, and the evaluator, which has
    seen Linux's first choice, can only repeat it."""
    load(linux, lab_text())
    packets = [
        Packet(f"10.244.1.{100 + i % 20}", "10.96.0.13", "udp", 3000 + i, 53) for i in range(200)
    ]
    places: dict[str, set[str]] = {}
    for packet, said in zip(packets, linux.send(packets), strict=True):
        places.setdefault(packet.src, set()).add(said.dst)
    assert all(len(goals) == 1 for goals in places.values())
    assert len({goal for goals in places.values() for goal in goals}) == 2  # but for 2**-19
