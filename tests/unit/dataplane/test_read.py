"""A node's text, of whichever mode, is read again into the node that it came from."""

from __future__ import annotations

import pytest

from labkit.dataplane.proxy import KubeProxy
from labkit.dataplane.read import mode_of, read_plane
from labkit.dataplane.report import expected, odds_report
from labkit.errors import RulesError
from labkit.model.packet import Packet
from tests.unit.ipvs.cluster import NODE, SERVICES, SLICES

MODES = ("iptables", "nftables", "ipvs")
PACKETS = [
    Packet("10.244.1.9", "10.96.0.10", sport=40000, dport=80),
    Packet("192.0.2.7", "172.18.0.3", sport=40000, dport=30080),
    Packet("7.7.7.8", "5.6.7.8", sport=40000, dport=80),
    Packet("10.244.1.9", "10.96.0.14", sport=40000, dport=80),
]


@pytest.mark.parametrize("mode", MODES)
def test_what_is_shown_is_read_again(mode: str) -> None:
    """The shares of every end are those of the node that the text came from."""
    made = KubeProxy(mode=mode, node=NODE).data_plane(SERVICES, SLICES)
    assert mode_of(made.text) == mode
    again = read_plane(made.text, addresses=NODE.internal_ips)
    assert again.mode == mode
    for packet in PACKETS:
        assert again.shares(packet) == made.shares(packet)
        assert len(expected(again, packet)) == len(expected(made, packet))
        assert sum(expected(again, packet).values()) == 1
        assert odds_report(again, packet).data["mode"] == mode


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# ipvsadm -Ln\nTCP  10.0.0.1:80 rr\n\n# ipset save\ncreate A hash:mac\n", 5),
        ("# ipvsadm -Ln\n# iptables-save\n*nat\n:X - [0:0]\n-A X -m nonsense -j ACCEPT\n", 5),
        ("table ip t {\n\tchain c {\n\t\tnonsense\n\t}\n}\n", 3),
        ("*nat\n:X - [0:0]\n-A X -m nonsense -j ACCEPT\nCOMMIT\n", 3),
    ],
)
def test_errors_name_the_line_of_the_whole_text(text: str, line: int) -> None:
    """Whichever part it is in: the line counts from the beginning of what was given."""
    with pytest.raises(RulesError) as caught:
        read_plane(text, source="x.rules")
    assert caught.value.line == line


def test_a_part_may_come_once() -> None:
    """Two nodes' texts pasted together are refused by name."""
    with pytest.raises(RulesError, match="ipset save"):
        read_plane("# ipvsadm -Ln\n# ipset save\n# ipset save\n")
