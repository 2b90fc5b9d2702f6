"""What a change of the rules resets: legacy and nft differ, and the emulator with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.model.packet import Packet
from labkit.netfilter import Node, NodeState, Route
from labkit.netns.linux import Linux
from labkit.ruleset import Ruleset
from tests.linux.wire import require_linux

pytestmark = pytest.mark.linux
INTERFACES = {"eth0": ("192.168.77.1/24",), "eth1": ("192.168.78.1/24",)}
ROUTES = (Route("0.0.0.0/0", "eth1"),)
NTH = "-A FORWARD -m statistic --mode nth --every 4 --packet 0"
BEFORE = f"*filter\n{NTH}\nCOMMIT\n*mangle\n{NTH}\nCOMMIT\n"
CHANGES = {
    "a rule in another chain of the table": ("filter", "-A INPUT -p udp -j DROP"),
    "a chain of the table": ("filter", ":NEW - [0:0]"),
    "a rule in another table": ("nat", "-A PREROUTING -p udp -j RETURN"),
}


@pytest.fixture(params=("nft", "legacy"))
def linux(request: pytest.FixtureRequest) -> Iterator[tuple[Linux, str]]:
    """A node of real Linux and the back end."""
    require_linux()
    with Linux(INTERFACES, ROUTES) as made:
        yield made, request.param


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("sent", [3])
def test_counters_of_mode_nth_after_a_change(
    linux: tuple[Linux, str], name: str, sent: int
) -> None:
    """Legacy counts anew after any change of the table, nft only where the chain changed."""
    real, backend = linux
    table, line = CHANGES[name]
    change = f"*{table}\n{line}\nCOMMIT\n"
    before = Ruleset.parse(BEFORE)
    after = before.restore(change)
    real.load(BEFORE, backend)
    node, state = Node(before, interfaces=INTERFACES, routes=ROUTES, backend=backend), NodeState()
    packets = [Packet("192.168.77.9", "192.168.79.9", "tcp", 1000 + i, 80, in_iface="eth0")
               for i in range(sent + 7)]  # fmt: skip
    hits = []
    for number, packet in enumerate(packets):
        if number == sent:
            done = real.run(f"iptables-{backend}-restore", "--noflush", stdin=change)
            assert done["status"] == 0, done["err"]
            node = node.with_rules(after)
        seen = [real.counters()[key, "FORWARD", 1][0] for key in ("filter", "mangle")]
        real.send([packet])
        now = [real.counters()[key, "FORWARD", 1][0] for key in ("filter", "mangle")]
        ours = [state.counters.packets(key, "FORWARD", 1) for key in ("filter", "mangle")]
        node.receive(packet, state)
        later = [state.counters.packets(key, "FORWARD", 1) for key in ("filter", "mangle")]
        linux_hit = [b - a for a, b in zip(seen, now, strict=True)]
        our_hit = [b - a for a, b in zip(ours, later, strict=True)]
        assert linux_hit == our_hit, f"packet {number}"
        hits.append(linux_hit[0])
    again = backend == "legacy" and table == "filter"
    first = [1 if i % 4 == 0 else 0 for i in range(sent)]
    rest = [1 if (i if again else i + sent) % 4 == 0 else 0 for i in range(7)]
    assert hits == first + rest
