"""What the two back ends refuse to load, the emulator refuses for the same back end."""

# ruff: noqa: E501
from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.errors import RulesError
from labkit.netfilter import Node
from labkit.netns.linux import Linux
from labkit.ruleset import Ruleset
from tests.linux.wire import require_linux

pytestmark = pytest.mark.linux

TEXTS = {
    "DNAT led to from POSTROUTING": "*nat;:O -;-A POSTROUTING -j O;-A O -j DNAT --to-destination 1.2.3.4",
    "MASQUERADE led to from PREROUTING": "*nat;:O -;-A PREROUTING -j O;-A O -j MASQUERADE",
    "MASQUERADE nobody leads to": "*nat;:O -;-A O -j MASQUERADE",
    "MASQUERADE led to twice": "*nat;:O -;:P -;-A POSTROUTING -j P;-A P -j O;-A O -j MASQUERADE;-A INPUT -g P",
    "owner led to from INPUT": "*filter;:O -;-A INPUT -j O;-A O -m owner --uid-owner 5",
    "owner led to from OUTPUT": "*filter;:O -;-A OUTPUT -j O;-A O -m owner --uid-owner 5",
    "owner in INPUT": "*filter;-A INPUT -m owner --uid-owner 5",
    "interface limit led to": "*filter;:O -;-A O -m addrtype --limit-iface-out --dst-type LOCAL;-A INPUT -j O",
    "interface limit": "*filter;-A INPUT -m addrtype --limit-iface-out --dst-type LOCAL",
    "physdev-out in OUTPUT": "*filter;-A OUTPUT -m physdev --physdev-out eth0",
    "physdev-out in INPUT": "*filter;-A INPUT -m physdev --physdev-out eth0",
    "physdev-in in OUTPUT": "*filter;-A OUTPUT -m physdev --physdev-in eth0",
    "physdev-out of a bridge": "*filter;-A OUTPUT -m physdev --physdev-is-bridged --physdev-out eth0",
    "REJECT in mangle": "*mangle;-A PREROUTING -j REJECT",
    "tcp-reset for udp": "*filter;-A INPUT -p udp -j REJECT --reject-with tcp-reset",
    "tcp-reset for all but tcp": "*filter;-A INPUT ! -p tcp -j REJECT --reject-with tcp-reset",
    "tcp-reset": "*filter;-A INPUT -p tcp -j REJECT --reject-with tcp-reset",
    "DNAT in filter": "*filter;-A INPUT -j DNAT --to-destination 1.2.3.4",
    "NETMAP led to": "*nat;:O -;-A PREROUTING -j O;-A O -j NETMAP --to 1.2.3.0/24",
    "NETMAP in INPUT": "*nat;-A INPUT -j NETMAP --to 1.2.3.0/24",
    "SNAT in INPUT": "*nat;-A INPUT -j SNAT --to 1.2.3.0",
    "MASQUERADE in INPUT": "*nat;-A INPUT -j MASQUERADE",
    "REDIRECT in POSTROUTING": "*nat;-A POSTROUTING -j REDIRECT",
    "DROP in nat": "*nat;-A PREROUTING -j DROP",
    "policy DROP in nat": "*nat;:PREROUTING DROP",
    "notrack in mangle": "*mangle;-A INPUT -j CT --notrack",
    "TRACE in raw": "*raw;-A OUTPUT -j TRACE",
    "TRACE in mangle": "*mangle;-A FORWARD -j TRACE",
    "TRACE in a chain of filter": "*filter;:O -;-A FORWARD -j O;-A O -j TRACE",
    "MARK in filter": "*filter;-A FORWARD -j MARK --set-mark 1",
    "CONNMARK in filter": "*filter;-A FORWARD -j CONNMARK --set-mark 1",
    "jump into nowhere": "*nat;:O -;-A O -j O2",
    "goto into nowhere": "*nat;-A PREROUTING -g O2",
    "loop that nothing leads to": "*nat;:O -;-A O -j O",
    "loop": "*nat;:O -;-A O -j O;-A PREROUTING -j O",
    "loop of gotos": "*nat;:O -;:P -;-A O -g P;-A P -g O;-A PREROUTING -j P",
    "long loop that nothing leads to": "*nat;:O -;:P -;-A O -j P;-A P -j O",
    "jump to a built-in chain": "*nat;:O -;-A O -j PREROUTING",
    "jump to a built-in chain, led to": "*nat;:O -;-A PREROUTING -j O;-A O -j OUTPUT",
    "chain named like a target": "*nat;:DNAT -;-A PREROUTING -j DNAT --to-destination 1.2.3.4",
    "chain named like a match": "*filter;:tcp -;-A INPUT -j tcp",
    "chain named ACCEPT": "*filter;:ACCEPT -",
    "-i in OUTPUT": "*filter;-A OUTPUT -i eth0",
    "-o in PREROUTING": "*raw;-A PREROUTING -o eth0",
    "-i in a chain led to from OUTPUT": "*filter;:O -;-A OUTPUT -j O;-A O -i eth0",
    "policy of an own chain": "*filter;:O ACCEPT",
    "no policy": "*filter;:INPUT -",
    "policy REJECT": "*filter;:INPUT REJECT",
    "29 characters": f"*filter;:{'x' * 29} -",
    "28 characters": f"*filter;:{'x' * 28} -",
    "unknown table": "*nosuch",
    "no COMMIT twice": "*filter;*nat",
    "-X of a chain in use": "*filter;:O -;-A INPUT -j O;-X O",
    "-X of a chain": "*filter;:O -;-X O",
    "-N twice": "*filter;-N O;-N O",
    "-I behind the end": "*filter;-I INPUT 2 -j ACCEPT",
    "-I at the end": "*filter;-A INPUT;-I INPUT 2 -j ACCEPT",
    "-F of a chain that is not there": "*filter;-F O",
    "-P of an own chain": "*filter;:O -;-P O DROP",
    "-D by its words": "*filter;-A INPUT -p tcp -j ACCEPT;-A INPUT;-D INPUT -p 6 -j ACCEPT",
    "-D of what is not there": "*filter;-A INPUT -p tcp -j ACCEPT;-D INPUT -p udp -j ACCEPT",
    "-R": "*filter;-A INPUT -p tcp -j ACCEPT;-A INPUT;-R INPUT 1 -p udp -j DROP",
    "-R behind the end": "*filter;-A INPUT -p tcp -j ACCEPT;-R INPUT 2 -p udp -j DROP",
    "-D twice": "*filter;-A INPUT -p tcp -j ACCEPT;-A INPUT;-D INPUT 2;-D INPUT 1;-D INPUT 1",
    "-Z": "*filter;-A INPUT;-Z INPUT;-Z",
    "beginnings of options": "*nat;-A POSTROUTING --prot tcp --src 10.0.0.1 --dest 10.0.0.2 --dp 80 -j SNAT --to 1.2.3.4",
    "a beginning of two options": "*filter;-A INPUT -p tcp -m conntrack --ctorigsrcp 5 --ctorig 10.0.0.1",
    "chain named like a target, without options": "*nat;:LOG -;-A PREROUTING -j LOG;-A LOG -j RETURN",
    "-D of a rule": "*filter;-A INPUT -j ACCEPT;-D INPUT 1",
    **{
        f"{deep} chains deep": "*filter;"
        + ";".join(f":C{i} -" for i in range(deep))
        + ";-A INPUT -j C0;"
        + ";".join(f"-A C{i} -j C{i + 1}" for i in range(deep - 1))
        for deep in (15, 16, 100)
    },
}


ONLY_THERE = {("policy of an own chain", "legacy"), ("-R", "nft")}
"""What one back end alone refuses (-R of a rule that the same text made: a fault of 1.8.9), and
labkit reads for both: iptables-save prints no such line."""


@pytest.fixture(scope="module")
def linux() -> Iterator[Linux]:
    """A node of real Linux."""
    require_linux()
    with Linux({"eth0": ("192.168.77.1/24",)}) as made:
        yield made


@pytest.mark.parametrize("backend", ["nft", "legacy"])
@pytest.mark.parametrize("name", TEXTS)
def test_loaded_or_refused_as_by_linux(linux: Linux, name: str, backend: str) -> None:
    """A text that this back end takes makes a node, and one that it refuses is refused."""
    text = TEXTS[name].replace(";", "\n") + "\nCOMMIT\n"
    text = text.replace("-\n", "- [0:0]\n")
    for table in ("nat", "filter", "mangle", "raw"):  # nothing of the text before stays
        linux.run(f"iptables-{backend}", "-t", table, "-F")
        linux.run(f"iptables-{backend}", "-t", table, "-X")
    done = linux.run(f"iptables-{backend}-restore", stdin=text)
    saved = linux.run(f"iptables-{backend}-save")["out"]
    refused: RulesError | None = None
    try:
        rules = Ruleset.parse(text, family=4)
        Node(rules, backend=backend)
    except RulesError as error:
        refused = error
    if (name, backend) in ONLY_THERE:
        return
    assert bool(done["status"]) == (refused is not None), (refused, done["err"])
    if refused is None:
        plain = [line for line in saved.splitlines() if line[:1] == "-"]
        assert plain == [line for line in rules.canonical().splitlines() if line[:1] == "-"]
