"""Persistence, drained and removed servers, the trash: what lives in the kernel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.clock import ManualClock
from labkit.errors import RulesError
from labkit.ipvs import IpvsState, IpvsTable, RealServer, VirtualServer
from labkit.model.packet import Packet
from labkit.model.step import Verdict
from labkit.netfilter.ipvsnode import IpvsNode

KEY = ("tcp", "10.96.0.10", 80)


def table(scheduler: str = "rr", persistence: int = 0, protocol: str = "tcp") -> IpvsTable:
    """One virtual server with three servers a, b, c."""
    servers = tuple(RealServer(f"10.244.{i}.2", 8080) for i in (1, 2, 3))
    return IpvsTable(
        (VirtualServer(protocol, "10.96.0.10", 80, scheduler, persistence, (), servers),)
    )


def packet(number: int = 0, source: str = "10.100.1.1") -> Packet:
    """The first packet of a connection."""
    return Packet(source, "10.96.0.10", sport=20000 + number, dport=80)


def pick(state: IpvsState, number: int = 0, source: str = "10.100.1.1") -> str:
    """The server of a new connection."""
    choice = state.connect(packet(number, source))
    assert choice is not None
    return choice.dest.address if choice.dest else ""


def test_persistence_ends_with_its_time() -> None:
    """A client comes back to its server until its time is up, then it is scheduled anew."""
    clock = ManualClock()
    state = IpvsState(table(persistence=300), clock)
    assert pick(state, 0) == "10.244.3.2"
    for connection in list(state.connections.values()):
        state.forget(connection)
    clock.turn(299)
    assert pick(state, 1) == "10.244.3.2"
    state.forget(state.connections[packet(1).flow])
    clock.turn(299)
    assert pick(state, 2) == "10.244.3.2", "each connection starts the time again"
    state.forget(state.connections[packet(2).flow])
    clock.turn(301)
    assert pick(state, 3) == "10.244.2.2"


def test_open_connection_keeps_the_client() -> None:
    """While a connection of the client lives, its persistence does not end."""
    clock = ManualClock()
    state = IpvsState(table(persistence=300), clock)
    assert pick(state, 0) == "10.244.3.2"
    for _ in range(20):
        clock.turn(600)
        connection = state.known(packet(0))
        assert connection is not None, "packets keep it alive"
        state.saw(connection, "ACK")
    assert pick(state, 1) == "10.244.3.2"


def test_persistence_leaves_a_drained_server() -> None:
    """With expire_quiescent_template (kube-proxy's setting) a drained server gets nobody new."""
    for expire, wanted in ((True, "10.244.2.2"), (False, "10.244.3.2")):
        state = IpvsState(table(persistence=300), expire_quiescent=expire)
        pick(state, 0)
        state.add_server(KEY, RealServer("10.244.3.2", 8080, 0))
        assert pick(state, 1) == wanted


def test_drained_server_keeps_its_connections() -> None:
    """A server with connections is drained, not removed: they go on, new ones go elsewhere."""
    node = IpvsNode(table())
    memory = node.state()
    state = memory.ipvs
    first = node.receive(packet(0), memory)
    node.receive(first.packet.reply("SYN,ACK"), memory)
    assert not state.drain(KEY, "10.244.3.2", 8080)
    later = node.receive(packet(0), memory)
    assert later.packet.dst == "10.244.3.2" and later.ctstate == "ESTABLISHED"
    assert {pick(state, n) for n in range(1, 7)} == {"10.244.1.2", "10.244.2.2"}
    assert state.drain(KEY, "10.244.1.2", 8080) is False
    fresh = IpvsState(table())
    assert fresh.drain(KEY, "10.244.1.2", 8080), "without connections it goes at once"


def test_udp_server_goes_at_once() -> None:
    """UDP servers are removed whatever connections they have."""
    state = IpvsState(table(protocol="udp"))
    key = ("udp", "10.96.0.10", 80)
    state.connect(Packet("10.100.1.1", "10.96.0.10", "udp", 20000, 80))
    assert state.drain(key, "10.244.3.2", 8080)


def test_connection_of_a_removed_server_ends() -> None:
    """The next packet after the removal is dropped and the one after it begins anew."""
    node = IpvsNode(table())
    memory = node.state()
    state = memory.ipvs
    assert node.receive(packet(0), memory).packet.dst == "10.244.3.2"
    state.remove_server(KEY, "10.244.3.2", 8080)
    assert node.receive(packet(0), memory).verdict is Verdict.DROPPED
    assert node.receive(packet(0), memory).packet.dst == "10.244.2.2"


def test_server_returns_from_the_trash_with_its_connections() -> None:
    """A server that is removed and added again still counts the connections it had."""
    clock = ManualClock()
    state = IpvsState(table("lc"), clock)
    for number in range(6):
        pick(state, number)
    state.remove_server(KEY, "10.244.3.2", 8080)
    clock.turn(10_000)
    state.add_server(KEY, RealServer("10.244.3.2", 8080))
    assert state.service(KEY).dests[0].active == 2
    assert pick(state, 10) == "10.244.3.2" and pick(state, 11) == "10.244.2.2"


def test_trash_is_emptied_after_two_minutes() -> None:
    """A removed server is forgotten 120 s after the last connection that pointed to it."""
    for wait, same in ((119, True), (121, False)):
        clock = ManualClock()
        state = IpvsState(table(), clock)
        pick(state, 0)
        before = state.service(KEY).find("10.244.3.2", 8080)
        state.remove_server(KEY, "10.244.3.2", 8080)
        clock.turn(1000)
        state.forget(state.connections[packet(0).flow])
        clock.turn(wait)
        state.add_server(KEY, RealServer("10.244.3.2", 8080))
        assert (state.service(KEY).find("10.244.3.2", 8080) is before) is same


def test_round_robin_goes_on_when_its_last_server_is_removed() -> None:
    """The cycle continues behind the place of the removed server, nobody is passed over."""
    state = IpvsState(table())
    assert [pick(state, 0), pick(state, 1)] == ["10.244.3.2", "10.244.2.2"]
    state.remove_server(KEY, "10.244.2.2", 8080)
    assert [pick(state, n) for n in (2, 3, 4)] == ["10.244.1.2", "10.244.3.2", "10.244.1.2"]


def test_no_server_left_is_a_refusal() -> None:
    """With every server drained the client is told port unreachable; nobody is made up."""
    for scheduler in ("rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "sh", "dh", "mh"):
        servers = (RealServer("10.244.1.2", 8080, 0), RealServer("10.244.2.2", 8080, 0))
        virtual = VirtualServer("tcp", "10.96.0.10", 80, scheduler, 0, (), servers)
        end = IpvsNode(IpvsTable((virtual,))).trace(packet())
        assert end.verdict is Verdict.REJECTED, scheduler
        assert end.reject_with == "icmp-port-unreachable"


def test_adopt_keeps_what_stays() -> None:
    """A table with one server more changes only that: connections and place are kept."""
    state = IpvsState(table())
    pick(state, 0)
    (virtual,) = table().services
    more = (*virtual.servers, RealServer("10.244.4.2", 8080))
    state.adopt(IpvsTable((VirtualServer("tcp", "10.96.0.10", 80, "rr", 0, (), more),)))
    assert [dest.active for dest in state.service(KEY).dests] == [0, 1, 0, 0]
    assert pick(state, 1) == "10.244.2.2"
    state.adopt(IpvsTable())
    assert state.connect(packet(2)) is None


@pytest.mark.parametrize("flag", ["", "sh-fallback"])
def test_source_hash_of_a_drained_server(flag: str) -> None:
    """Whoever hashes to a drained server is refused, with sh-fallback sent elsewhere."""
    servers = (RealServer("10.244.1.2", 8080), RealServer("10.244.2.2", 8080, 0))
    virtual = VirtualServer("tcp", "10.96.0.10", 80, "sh", 0, (flag,) if flag else (), servers)
    state = IpvsState(IpvsTable((virtual,)))
    found = {pick(state, n, f"10.100.1.{n + 1}") for n in range(24)}
    assert found == ({"10.244.1.2"} if flag else {"10.244.1.2", ""})


def test_maglev_moves_few_clients() -> None:
    """Draining one server of ten moves its own clients only; removing it, few others."""
    servers = tuple(RealServer(f"10.244.{i}.2", 8080) for i in range(1, 11))
    virtual = VirtualServer("tcp", "10.96.0.10", 80, "mh", 0, ("mh-fallback",), servers)
    state = IpvsState(IpvsTable((virtual,)))
    clients = [f"10.100.{n // 250}.{n % 250 + 1}" for n in range(1000)]
    before = [pick(state, 0, client) for client in clients]
    state.add_server(KEY, RealServer("10.244.3.2", 8080, 0))
    drained = [pick(state, 1, client) for client in clients]
    others = [(a, b) for a, b in zip(before, drained, strict=True) if a != "10.244.3.2"]
    assert all(a == b for a, b in others) and not {"10.244.3.2", ""} & set(drained)
    state.remove_server(KEY, "10.244.3.2", 8080)
    removed = [pick(state, 2, client) for client in clients]
    moved = sum(a != b for a, b in zip(before, removed, strict=True) if a != "10.244.3.2")
    assert moved < 100, "a table of remainders would move nine of ten"


def test_unknown_server_is_named() -> None:
    """Removing or draining what is not there is an error that names it."""
    state = IpvsState(table())
    with pytest.raises(RulesError, match=r"10\.9\.9\.9:1"):
        state.remove_server(KEY, "10.9.9.9", 1)
    with pytest.raises(RulesError, match=r"10\.9\.9\.9:1"):
        state.drain(KEY, "10.9.9.9", 1)
    with pytest.raises(RulesError, match=r"10\.1\.1\.1:2"):
        state.service(("tcp", "10.1.1.1", 2))


def test_sync_drains_and_removes_as_kube_proxy_does() -> None:
    """A server that left the table goes on with what it has; without any it is removed within
    a minute; one that comes back serves again."""
    clock = ManualClock()
    state = IpvsState(table(), clock)
    assert pick(state, 0) == "10.244.3.2"
    fewer = IpvsTable((replace(next(iter(table())), servers=servers_of("10.244.1.2")),))
    state.sync(fewer)
    live = state.service(KEY)
    assert [(d.address, d.weight) for d in live.dests] == [("10.244.3.2", 0), ("10.244.1.2", 1)]
    assert {pick(state, n) for n in range(1, 5)} == {"10.244.1.2"}
    state.forget(state.connections[packet(0).flow])
    clock.turn(61)
    assert pick(state, 6) == "10.244.1.2"
    assert [d.address for d in live.dests] == ["10.244.1.2"]
    state.sync(table())
    assert {pick(state, n) for n in range(7, 13)} == {f"10.244.{i}.2" for i in (1, 2, 3)}


def test_idle_connections_are_forgotten() -> None:
    """TCP after 900 s without a packet, after a FIN 120 s, after a reset 10 s; UDP after 300 s."""
    for protocol, flags, lives, dies in (
        ("tcp", "ACK", 899, 901),
        ("tcp", "FIN,ACK", 119, 121),
        ("tcp", "RST", 9, 11),
        ("udp", "", 299, 301),
    ):
        clock = ManualClock()
        state = IpvsState(table(protocol=protocol), clock)
        first = Packet("10.100.1.1", "10.96.0.10", protocol, 20000, 80)
        state.connect(first)
        connection = state.known(first)
        assert connection is not None
        state.saw(connection, flags)
        clock.turn(lives)
        assert state.known(first) is connection
        clock.turn(dies - lives)
        assert state.known(first) is None, (protocol, flags)
        assert not connection.dest.active and not connection.dest.inactive


def servers_of(*addresses: str) -> tuple[RealServer, ...]:
    """Servers of weight 1."""
    return tuple(RealServer(one, 8080) for one in addresses)
