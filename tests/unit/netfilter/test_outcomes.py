"""Exact mode against plain arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest

from labkit.model.packet import Packet
from labkit.model.trace import Verdict
from labkit.netfilter import Node, NodeState
from labkit.ruleset import Ruleset

CLIENT = Packet("10.244.1.9", "10.96.0.1", "tcp", 40000, 80)
KERNEL = Fraction(1, 1 << 31)


def service(shares: list[str | None]) -> Ruleset:
    """A Service with one rule for each share; None stands for a rule without a draw."""
    chains = "".join(f":SEP{i} - [0:0]\n" for i in range(len(shares)))
    draws = "".join(
        "-A SVC "
        + (f"-m statistic --mode random --probability {share} " if share else "")
        + f"-j SEP{i}\n"
        for i, share in enumerate(shares)
    )
    ends = "".join(
        f"-A SEP{i} -p tcp -j DNAT --to-destination 10.1.{i >> 8}.{i & 255}:8080\n"
        for i in range(len(shares))
    )
    return Ruleset.parse(
        f"*nat\n:SVC - [0:0]\n{chains}-A PREROUTING -d 10.96.0.1 -p tcp --dport 80 -j SVC\n"
        f"{draws}{ends}COMMIT\n"
    )


def shares_of(rules: Ruleset) -> dict[str, Fraction]:
    """Destination -> exact probability."""
    return Node(rules, addresses=["192.0.2.1"]).outcomes(CLIENT).by_destination


@pytest.mark.parametrize("count", [1, 2, 3, 5, 12])
def test_kube_proxys_shares_are_the_product_of_rounded_thresholds(count: int) -> None:
    """P_i = t_i * prod(1 - t_j), t in units of 2**-31: equal to 1/N but for the rounding."""
    texts: list[str | None] = [f"{1 / (count - i):.10f}" for i in range(count - 1)]
    found = shares_of(service([*texts, None]))
    left = Fraction(1)
    for i, text in enumerate(texts):
        threshold = Fraction(text or "1") * (1 << 31)
        share = Fraction(int(threshold + Fraction(1, 2))) * KERNEL
        assert found[f"10.1.0.{i}:8080"] == left * share
        left *= 1 - share
    assert found[f"10.1.0.{count - 1}:8080"] == left
    assert all(abs(share - Fraction(1, count)) < Fraction(1, 10**7) for share in found.values())


def test_the_kernel_rounds_to_31_bits() -> None:
    """0.3333333333 is 715827883 / 2**31, as iptables-save's 0.33333333349 shows."""
    found = shares_of(service(["0.3333333333", None]))
    assert found["10.1.0.0:8080"] == Fraction(715827883, 1 << 31)


@pytest.mark.parametrize(("count", "lost"), [(2, Fraction(1, 4)), (4, Fraction(81, 256))])
def test_equal_shares_on_every_rule_lose_packets(count: int, lost: Fraction) -> None:
    """With 1/N on each rule (1 - 1/N)**N of the packets keep the Service's address."""
    found = shares_of(service([str(1 / count)] * count))
    assert found["10.96.0.1:80"] == lost


def test_a_thousand_endpoints_are_cheap_and_exact() -> None:
    """The outcomes of 1,000 endpoints sum to 1 (checked by Outcomes) and are all different."""
    texts: list[str | None] = [f"{1 / (1000 - i):.10f}" for i in range(999)]
    found = shares_of(service([*texts, None]))
    assert len(found) == 1000
    assert sum(found.values()) == 1


def test_two_draws_in_one_rule_multiply() -> None:
    """Each match draws anew."""
    rules = Ruleset.parse(
        "*filter\n-A FORWARD -m statistic --mode random --probability 0.5 -m statistic "
        "--mode random ! --probability 0.25 -j DROP\nCOMMIT\n"
    )
    outcomes = Node(rules, addresses=["192.0.2.1"]).outcomes(CLIENT)
    dropped = sum(o.probability for o in outcomes if o.verdict is Verdict.DROPPED)
    assert dropped == Fraction(3, 8)


def test_exact_mode_leaves_the_state_alone() -> None:
    """outcomes() reads the state and changes nothing of it."""
    rules = Ruleset.parse(
        "*raw\n-A PREROUTING -m recent --set --name seen\n"
        "-A PREROUTING -m recent --rcheck --name seen -j DROP\nCOMMIT\n"
    )
    node, state = Node(rules, addresses=["192.0.2.1"]), NodeState()
    for _ in range(2):
        (only,) = node.outcomes(CLIENT, state=state)
        assert only.verdict is Verdict.DROPPED
    assert not state.memory.known()
    assert len(state.conntrack) == 0
    assert not state.counters


def test_affinity_in_exact_mode_follows_the_list() -> None:
    """A client on the list of one endpoint goes there for certain."""
    rules = service(["0.5", None]).restore(
        "*nat\n-I SVC 1 -m recent --rcheck --seconds 60 --reap --name ep -j SEP1\n"
        "-I SEP1 1 -m recent --set --name ep\nCOMMIT\n"
    )
    node, state = Node(rules, addresses=["192.0.2.1"]), NodeState()
    assert len(node.outcomes(CLIENT, state=state)) == 2
    while not state.memory.known():
        node.receive(Packet("10.244.1.9", "10.96.0.1", "tcp", 41000 + state.ordinal, 80), state)
    assert set(node.outcomes(CLIENT, state=state).by_destination) == {"10.1.0.1:8080"}
