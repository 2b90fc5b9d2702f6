"""NumPy mode by leaves: sources that differ, counted as the walker counts them one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from labkit.model import address
from labkit.model.packet import Packet
from labkit.netfilter import Node, NodeState
from labkit.netfilter.batch import PacketBatch, by_groups, by_leaves
from labkit.netfilter.draws import Draws
from labkit.netfilter.somewhere import EVERYWHERE, TOP, NotSymbolic, Ranges, Somewhere
from labkit.netfilter.stages import RECEIVE
from labkit.ruleset import Ruleset


def service(endpoints: int) -> Ruleset:
    """A Service as kube-proxy writes it: hairpin, masquerading of who is no Pod, draws."""
    pods = [f"10.244.{i // 200}.{1 + i % 200}" for i in range(endpoints)]
    lines = ["*nat", ":MARK-MASQ - [0:0]", ":SVC - [0:0]", ":POST - [0:0]"]
    lines += [f":SEP{i} - [0:0]" for i in range(endpoints)]
    lines += ["-A PREROUTING -d 10.96.0.1/32 -p tcp --dport 80 -j SVC"]
    lines += ["-A POSTROUTING -j POST", "-A MARK-MASQ -j MARK --or-mark 0x4000"]
    lines += ["-A SVC ! -s 10.244.0.0/16 -d 10.96.0.1/32 -j MARK-MASQ"]
    for i, pod in enumerate(pods):
        share = 1 / (endpoints - i)
        draw = f"-m statistic --mode random --probability {share:.10f}" if share < 1 else ""
        lines += [f"-A SVC {draw} -j SEP{i}", f"-A SEP{i} -s {pod}/32 -j MARK-MASQ"]
        lines += [f"-A SEP{i} -p tcp -j DNAT --to-destination {pod}:8080"]
    lines += ["-A POST -m mark ! --mark 0x4000/0x4000 -j RETURN", "-A POST -j MASQUERADE"]
    lines += ["COMMIT", "*filter", "-A FORWARD -m iprange --src-range 192.0.2.3-192.0.2.7 -j DROP"]
    return Ruleset.parse("\n".join((*lines, "COMMIT", "")), family=4)


@pytest.mark.parametrize("endpoints", [1, 2, 7, 100, 300])
def test_counted_as_by_the_walker(endpoints: int) -> None:
    """Hairpin, masquerading, refused ranges and martians: outcomes and every counter agree."""
    node, size, seed = Node(service(endpoints), addresses=["172.18.0.2"]), 1500, 7
    packet = Packet("10.244.0.1", "10.96.0.1", "tcp", 4000, 80, in_iface="eth1")
    hosts = ["10.244.0.1", "10.244.0.3", "10.244.1.9", "192.0.2.5", "192.0.2.9", "172.18.0.2"]
    hosts += ["127.0.0.1", "0.0.0.0", "255.255.255.255", "10.243.255.255", "10.245.0.0"]
    sources = [hosts[(i * 7) % len(hosts)] for i in range(size)]
    columns = {"src": np.array([address.number(host) for host in sources], np.uint32)}
    batch = node.simulate(PacketBatch(packet, size, columns), seed=seed)
    ends: Counter[str] = Counter()
    counters: Counter[tuple[str, str, int]] = Counter()
    for ordinal, source in enumerate(sources):
        state = NodeState(draws=Draws(seed))
        state.ordinal = ordinal
        ends[node.receive(replace(packet, src=source), state).label] += 1
        counters.update({key: count for key, (count, _) in state.counters.items()})
    assert dict(ends) == batch.by_label
    assert dict(counters) == {key: count for key, (count, _) in batch.counters.items()}
    assert any("masqueraded" in label for label in ends) and "dropped" in ends


@pytest.mark.parametrize("endpoints", [3, 40])
def test_both_ways_of_the_numpy_mode_agree(endpoints: int) -> None:
    """Leaves and groups give the same outcomes and counters for 200,000 connections."""
    node, size = Node(service(endpoints), addresses=["172.18.0.2"]), 200_000
    packet = Packet("10.244.0.1", "10.96.0.1", "tcp", 4000, 80, in_iface="eth1")
    sources = np.random.default_rng(3).integers(0x0AF40000, 0x0AF40100, size)
    sources[::3] = address.number("198.51.100.7")
    batch = PacketBatch(packet, size, {"src": sources})
    one, other = (way(node, batch, RECEIVE, 5) for way in (by_leaves, by_groups))
    assert one.by_label == other.by_label
    assert dict(one.counters) == dict(other.counters)


def test_ranges_are_sets() -> None:
    """Complement, intersection and union of ranges hold exactly the right addresses."""
    luck = np.random.default_rng(1)
    for _ in range(200):
        points = sorted(int(p) for p in luck.choice(64, 8, replace=False))
        one = Ranges(((points[0], points[1]), (points[3], points[4])))
        other = Ranges(((points[2], points[5]), (points[6], points[7])))
        for value in (*range(66), TOP):
            a, b = _holds(one, value), _holds(other, value)
            assert _holds(one & other, value) == (a and b)
            assert _holds(one | other, value) == (a or b)
            assert _holds(one ^ True, value) == (not a)
            assert _holds(True & one, value) == a


def _holds(ranges: Ranges, value: int) -> bool:
    return any(low <= value <= high for low, high in ranges.pairs)


def test_what_ranges_cannot_answer_is_refused() -> None:
    """A mask with holes, a truth value, an index: never a guess."""
    where = Somewhere()
    for ask in (
        lambda: (where & 0xFF00FF00) == 0,
        lambda: bool(where & 0xFF000000),
        lambda: bool(EVERYWHERE),
        lambda: {where: 1},
        lambda: [1, 2][where],
        lambda: where == 5,
    ):
        with pytest.raises(NotSymbolic):
            ask()
