"""The tree of chances: its products are what the emulator, fed with the same rules, finds."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from labkit.errors import UsageError
from labkit.model.chain import ChanceChain
from labkit.model.packet import Packet
from labkit.netfilter.node import Node
from labkit.ruleset.tables import Ruleset
from labkit.viz.show import show
from labkit.viz.tree import kept

SVG = "{http://www.w3.org/2000/svg}"
TINY = 1e-6


@settings(max_examples=30, deadline=None)
@given(some.lists(some.integers(0, 1000), min_size=1, max_size=12))
def test_shares_are_what_the_rules_do(thousandths: list[int]) -> None:
    """For any chain the leaves and the loss are the emulator's exact odds, but for 31 bits."""
    chain = ChanceChain([Fraction(one, 1000) for one in thousandths])
    node = Node(Ruleset.parse(chain.rules_text()), addresses=["172.18.0.2"])
    packet = Packet("10.244.9.9", "10.96.0.50", sport=1024, dport=80)
    found = node.outcomes(packet).by_destination
    for i, branch in enumerate(chain.branches, start=1):
        assert float(found.get(f"10.244.0.{i}:8080", 0)) == pytest.approx(branch.share, abs=TINY)
    assert float(found.get("10.96.0.50:80", 0)) == pytest.approx(chain.lost, abs=TINY)


@pytest.mark.parametrize("pods", [1, 2, 3, 17, 64])
def test_kube_proxys_chain_is_even(pods: int) -> None:
    """1/N, 1/(N-1) ... 1: each gets exactly 1/N, and nothing gets lost."""
    chain = ChanceChain.fair(pods)
    assert {branch.share for branch in chain.branches} == {Fraction(1, pods)}
    assert chain.lost == 0


def test_wrong_chains_are_wrong_by_the_known_figures() -> None:
    """1/N everywhere loses 25 % of two and 29.6 % of three; 1/N, 2/N ... gives 33/44/22."""
    assert ChanceChain.naive(2).lost == Fraction(1, 4)
    assert ChanceChain.naive(3).lost == Fraction(8, 27)
    shares = [branch.share for branch in ChanceChain.cumulative(3).branches]
    assert shares == [Fraction(1, 3), Fraction(4, 9), Fraction(2, 9)]


def test_what_linux_keeps_is_what_iptables_save_shows() -> None:
    """Texts of real saves: 1/3 and 1/5 come back with the last of their 31 bits rounded."""
    shown = [kept(Fraction(1, n)) for n in (2, 3, 5)]
    assert shown == ["0.50000000000", "0.33333333349", "0.20000000019"]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_loss_is_told_in_picture_alt_and_table(lang: str) -> None:
    """29.63 % lost: in the drawing, in the alt text, and as a row of the table."""
    picture = show(ChanceChain.naive(3), lang).picture()
    root = ElementTree.fromstring(picture.svg)
    assert any("29.63 %" in (one.text or "") for one in root.iter(f"{SVG}text"))
    assert "29.63 %" in picture.alt
    assert "29.63 %" in picture.text.splitlines()[-1]


def test_a_slider_and_a_choice_draw_another_chain() -> None:
    """Setting Pods and kind gives the tree of that chain; the table has a row for each rule."""
    tree = show(ChanceChain.fair(3), "en")
    tree.pods = 20
    assert len(tree.rows) == 20
    tree.kind = "naive"
    assert len(tree.rows) == 21
    tree.pods = 10_000
    assert len(tree.chain.probabilities) == 64
    own = show(ChanceChain(["1/3", "1/2", 1], ["a", "b", "c"]), "en")
    assert own.kinds == []
    assert [row[0] for row in own.rows] == ["a", "b", "c"]


@pytest.mark.parametrize("wrong", [["x"], [2], [-0.1], [], [None], ["1/0"], [float("nan")]])
def test_what_is_no_probability_is_refused(wrong: list[object]) -> None:
    """A learner's chain with a slip gets one sentence that names the rule."""
    with pytest.raises(UsageError):
        ChanceChain(wrong)  # type: ignore[arg-type]
