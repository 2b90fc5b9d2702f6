"""Session affinity by kube-proxy's own rules, on a clock turned by hand."""

from __future__ import annotations

import pytest

from labkit.lab.affinity import TIMEOUT, StickyNode, crowd


def test_a_client_stays_until_its_time_is_up() -> None:
    """Each connection renews the time; a second past it a new draw decides, so that over many
    clients about half move (two endpoints), and one second before it none does."""
    node = StickyNode(2)
    first = {f"10.244.0.{i}": node.ask(f"10.244.0.{i}") for i in range(1, 91)}
    for _ in range(3):
        node.clock.turn(TIMEOUT - 1)
        assert {one: node.ask(one) for one in first} == first
    node.clock.turn(TIMEOUT + 1)
    moved = sum(node.ask(one) != where for one, where in first.items())
    assert 20 <= moved <= 70  # binomial(90, 1/2), false alarm below one in a million


@pytest.mark.parametrize(("clients", "low", "high"), [(90, 0, 0), (250, 0.35, 0.6)])
def test_the_list_of_a_hundred_addresses(clients: int, low: float, high: float) -> None:
    """Real Linux moved none of 150 clients and 47 % of 250: the list keeps 100 per endpoint."""
    assert low <= crowd(clients) <= high
