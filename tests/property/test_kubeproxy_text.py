"""Whatever the cluster, the text that we write must hang together."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.kubeproxy.syncer import Syncer
from tests.golden.kubeproxy.ruletext import chains, declared
from tests.property.kubeproxy_clusters import (
    Cluster,
    clusters,
    endpoint,
    hosts,
    objects,
)

TARGETS = {"ACCEPT", "REJECT", "DROP", "MARK", "RETURN", "DNAT", "MASQUERADE"}
TOP = {
    "KUBE-SERVICES",
    "KUBE-EXTERNAL-SERVICES",
    "KUBE-FORWARD",
    "KUBE-NODEPORTS",
    "KUBE-PROXY-FIREWALL",
    "KUBE-FIREWALL",
    "KUBE-POSTROUTING",
    "KUBE-MARK-MASQ",
}
BUILT_IN = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}


def jumps(lines: list[str]) -> set[str]:
    """The chains that rules jump to."""
    found = {match.group(1) for line in lines if (match := re.search(r" -j (\S+)", line))}
    return found - TARGETS


@given(clusters())
def test_nothing_dangles(cluster: Cluster) -> None:
    """Every jump has its chain, every chain of a Service its jump and its rules; each is
    declared once and has at most 28 characters."""
    text = cluster.proxy.restore_text(cluster.services, cluster.slices)
    names = declared(text)
    assert len(names) == len(set(names))
    found = chains(text)
    assert set(found) == set(names)
    for table in ("filter", "nat"):
        mine = {chain: lines for (where, chain), lines in found.items() if where == table}
        targets = {target for lines in mine.values() for target in jumps(lines)}
        assert targets <= set(mine)
        for chain in set(mine) - TOP:
            assert len(chain) <= 28
            assert chain in targets
            assert mine[chain]


@given(clusters())
def test_save_and_restore_hold_the_same_rules(cluster: Cluster) -> None:
    """Each chain of kube-proxy has as many rules in the save as in the restore text, and
    the save adds but the jumps from built-in chains."""
    restored = chains(cluster.proxy.restore_text(cluster.services, cluster.slices))
    saved = chains(cluster.proxy.save_text(cluster.services, cluster.slices))
    counts = {key: len(lines) for key, lines in saved.items() if lines}
    assert {key: n for key, n in counts.items() if key[1] not in BUILT_IN} == {
        key: len(lines) for key, lines in restored.items() if lines
    }
    assert counts["nat", "PREROUTING"] == counts["nat", "OUTPUT"] == 1
    assert counts["nat", "POSTROUTING"] == 1


@given(clusters())
def test_every_endpoint_of_a_chain_gets_an_equal_share(cluster: Cluster) -> None:
    """What is left over by the rules before times a rule's probability is 1/N for all N
    endpoints, but for the 31 bits in which the kernel keeps probabilities."""
    saved = chains(cluster.proxy.save_text(cluster.services, cluster.slices))
    for (_, chain), lines in saved.items():
        if not chain.startswith(("KUBE-SVC-", "KUBE-SVL-")):
            continue
        drawn = [line for line in lines if "-j KUBE-SEP-" in line and " recent " not in line]
        left = Fraction(1)
        for line in drawn:
            match = re.search(r"--probability (\S+)", line)
            share = left * (Fraction(match.group(1)) if match else 1)
            assert abs(share - Fraction(1, len(drawn))) < Fraction(len(drawn), 2**29)
            left -= share
        assert left == 0


@given(clusters())
def test_traffic_goes_to_usable_endpoints_only(cluster: Cluster) -> None:
    """Every DNAT leads to the first address of an endpoint that is ready, or that still
    serves while it terminates; and no chain of an endpoint is without a DNAT."""
    text = cluster.proxy.restore_text(cluster.services, cluster.slices)
    usable = {
        endpoint.addresses[0]
        for one in cluster.slices
        for endpoint in one.endpoints
        if endpoint.ready or (endpoint.serving and endpoint.terminating)
    }
    for (_, chain), lines in chains(text).items():
        targets = re.findall(r"--to-destination \[?([0-9a-f.:]+?)\]?:\d+$", "\n".join(lines), re.M)
        assert len(targets) == chain.startswith("KUBE-SEP-")
        assert set(targets) <= usable


def load(state: dict[str, list[str]], text: str) -> None:
    """What ``iptables-restore --noflush`` does to a nat table, on texts."""
    nat = text[text.index("*nat") :]
    for line in nat.splitlines():
        words = line.split()
        if line.startswith(":"):
            state[words[0][1:]] = []
        elif line.startswith("-A"):
            state[words[1]].append(line)
        elif line.startswith("-X"):
            assert state.pop(words[1]) == []
    for lines in state.values():
        assert jumps(lines) <= set(state)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Cluster, list[Cluster]]:
    """A kube-proxy that is told of several states of a cluster, one after the other."""
    family = draw(st.sampled_from(["ipv4", "ipv6"]))
    proxy = draw(hosts(family, nfacct=True))
    states = []
    services, slices = draw(objects(family))
    for _ in range(draw(st.integers(1, 4))):
        states.append(Cluster(proxy, services, slices))
        change = draw(st.sampled_from(["all", "gone", "new", "new", "copy"]))
        if change == "all":
            services, slices = draw(objects(family))
        elif slices:
            old = draw(st.sampled_from(slices))
            new = replace(old)  # equal, and yet another object: nothing has changed
            if change == "new":
                new = replace(old, endpoints=tuple(draw(st.lists(endpoint(family), max_size=3))))
            kept = () if change == "gone" else (new,)
            slices = tuple(two for one in slices for two in (kept if one is old else (one,)))
    return states[0], states


@settings(max_examples=60)
@given(histories())
def test_partial_syncs_lead_to_the_same_rules_as_full_ones(
    history: tuple[Cluster, list[Cluster]],
) -> None:
    """After any history the table holds what a fresh kube-proxy would write, and no more."""
    first, states = history
    syncer = Syncer(first.proxy)
    table: dict[str, list[str]] = {}
    for number, state in enumerate(states):
        result = syncer.sync(state.services, state.slices, now=float(number))
        load(table, result.text)
        fresh: dict[str, list[str]] = {}
        load(fresh, state.proxy.restore_text(state.services, state.slices))
        assert table == fresh
        assert result.full == (number == 0)
        assert syncer.save_text() == state.proxy.save_text(state.services, state.slices)
        again = syncer.sync(state.services, state.slices, now=float(number))
        assert again.changed_services == again.stale_chains == ()
        assert not re.search(r"KUBE-(SVC|SVL|SEP|EXT|FW)-\S+ - ", again.text)
        load(table, again.text)
        assert table == fresh
