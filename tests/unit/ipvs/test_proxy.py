"""What kube-proxy's IPVS mode sets up: virtual servers, sets, addresses on kube-ipvs0."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.errors import ObjectsError
from labkit.ipvs import read_table
from labkit.kubeproxy.config import HostFacts
from labkit.kubeproxy.ipvs import ipvs_texts
from labkit.model.service import Service, ServicePort
from tests.unit.ipvs.cluster import (
    ALSO_HERE,
    CONFIG,
    ELSEWHERE,
    HERE,
    NODE,
    SERVICES,
    SLICES,
    WEB,
    slice_of,
    texts,
)


def entries(text: str, name: str) -> list[str]:
    """The entries of one set."""
    start = f"add {name} "
    return [line[len(start) :] for line in text.splitlines() if line.startswith(start)]


def test_virtual_servers() -> None:
    """ClusterIP, external IP, load balancer and NodePort are virtual servers of their own."""
    table = read_table(texts().servers)
    web = [v.key for v in table if len(v.servers) == 3]
    assert web == [
        ("tcp", "10.96.0.10", 80),
        ("tcp", "1.2.3.4", 80),
        ("tcp", "5.6.7.8", 80),
        ("tcp", "172.18.0.3", 30080),
        ("tcp", "10.96.0.11", 80),
    ]
    assert all(s.weight == 1 for v in table for s in v.servers)
    assert {v.key: v.persistence for v in table}["udp", "10.96.0.13", 53] == 10800


def test_local_policy_and_its_fallback() -> None:
    """External policy Local takes this node's endpoints; without any, those of the cluster."""
    by_key = {v.key: [s.address for s in v.servers] for v in read_table(texts().servers)}
    assert by_key["tcp", "10.96.0.11", 80] == [ELSEWHERE, HERE, ALSO_HERE]
    assert by_key["tcp", "172.18.0.3", 30081] == [HERE, ALSO_HERE]
    assert by_key["tcp", "172.18.0.3", 30082] == [ELSEWHERE]


def test_hairpin_set_holds_this_nodes_endpoints() -> None:
    """KUBE-LOOP-BACK: each endpoint of this node with itself, ready or not, and no other."""
    made = texts()
    assert entries(made.sets, "KUBE-LOOP-BACK") == [
        f"{HERE},sctp:80,{HERE}",
        f"{HERE},tcp:8080,{HERE}",
        f"{HERE},udp:53,{HERE}",
        f"{ALSO_HERE},tcp:8080,{ALSO_HERE}",
    ]
    (one,) = [s for s in SLICES if s.service_name == "web"]
    unready = replace(one, endpoints=tuple(replace(e, ready=False) for e in one.endpoints))
    alone = ipvs_texts(NODE, [WEB], [unready], CONFIG)
    assert len(entries(alone.sets, "KUBE-LOOP-BACK")) == 2
    assert not any(v.servers for v in read_table(alone.servers))


def test_bound_addresses() -> None:
    """Virtual addresses stand on kube-ipvs0, but for those that the node has anyway."""
    assert "172.18.0.3" not in texts().bound
    assert {"10.96.0.10", "1.2.3.4", "5.6.7.8"} <= set(texts().bound)
    host = HostFacts(local_addresses=("127.0.0.1", "172.18.0.3", "1.2.3.4"))
    made = ipvs_texts(NODE, SERVICES, SLICES, CONFIG, host)
    assert "1.2.3.4" not in made.bound and "1.2.3.4" not in entries(made.sets, "KUBE-IPVS-IPS")
    ports = [v.address for v in read_table(made.servers) if v.port == 30080]
    assert ports == ["172.18.0.3", "1.2.3.4"], "NodePorts listen on every address but loopback"


def test_node_inside_a_source_range() -> None:
    """If the node may use the load balancer, its address is let in by the VIP as source."""
    open_web = replace(WEB, load_balancer_source_ranges=("172.18.0.0/16",))
    made = ipvs_texts(NODE, [open_web], SLICES, CONFIG)
    assert entries(made.sets, "KUBE-LOAD-BALANCER-SOURCE-IP") == ["5.6.7.8,tcp:80,5.6.7.8"]
    assert "-m ipvs" not in made.restore
    assert "-A KUBE-IPVS-OUT-FILTER -s 5.6.7.8 -m ipvs" in texts().restore


def test_empty_sets_have_no_rules() -> None:
    """Without Services only what is fixed stands: no rule asks an empty set for a Service."""
    made = ipvs_texts(NODE, [], [], CONFIG)
    assert "add " not in made.sets and made.servers == ""
    assert "KUBE-CLUSTER-IP dst,dst -j ACCEPT" not in made.restore
    assert "-A KUBE-IPVS-FILTER -m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN" in (
        made.restore
    )


def test_rules_do_not_grow_with_services() -> None:
    """Two hundred Services have as many rules as one; only sets and virtual servers grow."""
    many = [
        Service(f"s{n}", cluster_ip=f"10.97.0.{n + 1}", ports=(ServicePort(80, "x"),))
        for n in range(200)
    ]
    slices = [slice_of(one, 8080, HERE) for one in many]
    one, all_ = (ipvs_texts(NODE, many[:n], slices[:n], CONFIG) for n in (1, 200))
    assert one.restore == all_.restore
    assert len(read_table(all_.servers)) == 200


def test_ipv6() -> None:
    """In IPv6 sets have names of their own, cut to 31 characters, and brackets around addresses."""
    six = Service(
        "six", cluster_ip="fd00:10:96::a", ip_families=("IPv6",), ports=(ServicePort(80, "x"),)
    )
    one = replace(slice_of(six, 8080, "fd00:10:244:1::5"), address_type="IPv6")
    node = replace(NODE, internal_ips=("fd00::3",))
    made = ipvs_texts(node, [six], [one], CONFIG, family="ipv6")
    assert (
        "-A -t [fd00:10:96::a]:80 -s rr\n-a -t [fd00:10:96::a]:80 -r [fd00:10:244:1::5]:8080"
        in (made.servers)
    )
    created = [line.split()[1] for line in made.sets.splitlines() if line.startswith("create")]
    assert "KUBE-6-CLUSTER-IP" in created and "KUBE-6-LOAD-BALANCER-SOURCE-CID" in created
    assert all(name.startswith("KUBE-6-") and len(name) <= 31 for name in created)
    assert "--match-set KUBE-6-CLUSTER-IP " in made.restore
    assert "-s ::1/128 -j RETURN" in made.restore


def test_scheduler() -> None:
    """Every virtual server has the scheduler asked for; mh hashes ports; others are refused."""
    assert {v.scheduler for v in read_table(texts("wlc").servers)} == {"wlc"}
    assert {v.flags for v in read_table(texts("mh").servers)} == {("mh-port",)}
    with pytest.raises(ObjectsError, match="lblc"):
        texts("lblc")


def test_listing_is_sorted_and_aligned() -> None:
    """The listing is by protocol, address and port, each server in ipvsadm's columns."""
    lines = texts().listing.splitlines()
    assert lines[3:7] == [
        "TCP  1.2.3.4:80 rr",
        "  -> 10.244.0.5:8080              Masq    1      0          0         ",
        "  -> 10.244.1.5:8080              Masq    1      0          0         ",
        "  -> 10.244.1.6:8080              Masq    1      0          0         ",
    ]
    assert "UDP  10.96.0.13:53 rr persistent 10800" in lines


def test_listing_sorts_by_number() -> None:
    """Servers stand by the number of their address, not by its text (10.244.1.9 before .10)."""
    far = slice_of(WEB, 8080, "10.244.1.10", "10.244.1.9")
    listed = ipvs_texts(NODE, [WEB], [far], CONFIG).listing.splitlines()
    assert [line.split()[1] for line in listed[4:6]] == ["10.244.1.9:8080", "10.244.1.10:8080"]


def test_who_is_masqueraded_at_the_cluster_ip() -> None:
    """Everyone, whoever is no Pod, or (nothing known of Pods) only virtual sources."""
    wanted = {
        "dst,dst -j": replace(CONFIG, masquerade_all=True),
        "dst,dst ! -s 10.244.0.0/16 -j": CONFIG,
        "src,dst -j": replace(CONFIG, cluster_cidrs=()),
    }
    for words, config in wanted.items():
        rules = texts(config=config).restore
        assert f"--match-set KUBE-CLUSTER-IP {words} KUBE-MARK-MASQ" in rules


def test_headings() -> None:
    """The text for reading holds the three parts under the commands that print them."""
    heads = [line for line in texts().text.splitlines() if line.startswith("# ")]
    assert heads == ["# ipvsadm -Ln", "# ipset save", "# iptables-save"]
