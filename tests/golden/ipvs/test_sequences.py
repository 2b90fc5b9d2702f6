"""The schedulers against sequences measured on Linux 6.1 (``ipvs-sequences.txt.gz``)."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from labkit.ipvs import IpvsState, IpvsTable, RealServer, VirtualServer
from labkit.model.packet import Packet

FILE = Path(__file__).with_name("ipvs-sequences.txt.gz")
LINE = re.compile(r"(\w+)\s+w=\[([\d, ]+)\]\s*(-b \S+|held open|24 sources)?\s*(-b \S+)?: (\d+)$")
VIP, KEY = "10.96.0.10", ("tcp", "10.96.0.10", 80)


@dataclass(frozen=True)
class Measured:
    """One line of the file."""

    scheduler: str
    weights: tuple[int, ...]
    how: str
    picks: str


def measured() -> list[Measured]:
    """The lines that have weights."""
    found = []
    for line in gzip.decompress(FILE.read_bytes()).decode().splitlines():
        fit = LINE.match(line)
        if fit:
            weights = tuple(int(word) for word in fit[2].split(","))
            found.append(Measured(fit[1], weights, fit[3] or "", fit[5]))
    return found


MEASURED = measured()
EXACT = [one for one in MEASURED if "-b" not in one.how]


def raw(start: str) -> str:
    """What follows the colon in the line that starts so."""
    text = gzip.decompress(FILE.read_bytes()).decode()
    return next(x for x in text.splitlines() if x.startswith(start)).partition(":")[2].strip()


def servers(*weights: int) -> tuple[RealServer, ...]:
    """The servers of the measurement."""
    return tuple(RealServer(f"10.244.{i}.2", 8080, w) for i, w in enumerate(weights, start=1))


def state_of(scheduler: str, *weights: int, persistence: int = 0, flags: str = "") -> IpvsState:
    """A node with the one virtual server of the measurement."""
    virtual = VirtualServer(
        "tcp", VIP, 80, scheduler, persistence, (flags,) if flags else (), servers(*weights)
    )
    return IpvsState(IpvsTable((virtual,)))


def ask(state: IpvsState, number: int, source: str = "10.100.1.1", *, hold: bool = True) -> str:
    """Which server a new connection meets, as the digit of the file."""
    packet = Packet(source, VIP, sport=20000 + number, dport=80)
    choice = state.connect(packet)
    assert choice is not None and choice.dest is not None
    if not hold:
        state.finish(state.connections[packet.flow])
    return str(int(choice.dest.address.split(".")[2]) - 1)


def test_every_scheduler_was_measured() -> None:
    """The file holds all ten schedulers, so that none is tested by nothing."""
    wanted = {"rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "dh", "sh", "mh"}
    assert {one.scheduler for one in EXACT} == wanted


@pytest.mark.parametrize("one", EXACT, ids=lambda o: f"{o.scheduler}-{o.weights}-{o.how}")
def test_same_server_as_linux(one: Measured) -> None:
    """Each new connection meets the server that Linux picked."""
    state = state_of(one.scheduler, *one.weights)
    sources = one.how == "24 sources"
    picks = "".join(
        ask(
            state,
            number,
            f"10.100.1.{number + 1}" if sources else "10.100.1.1",
            hold=one.how == "held open",
        )
        for number in range(len(one.picks))
    )
    assert picks == one.picks


def test_persistent_client_stays() -> None:
    """A client stays for the time of persistence; six others are spread in turn."""
    same, others = raw("rr persistent 300").split()
    state = state_of("rr", 1, 1, 1, persistence=300)
    assert "".join(ask(state, n) for n in range(len(same))) == same
    seen = "".join(ask(state, 100 + n, f"10.100.1.{n + 2}") for n in range(len(others)))
    assert seen == others


def test_server_added_between() -> None:
    """A server added after three connections is met when the cycle comes to the head."""
    state = state_of("rr", 1, 1)
    for number in range(3):
        ask(state, number)
    state.add_server(KEY, RealServer("10.244.3.2", 8080, 1))
    wanted = raw("rr, 3rd server added")
    assert "".join(ask(state, 10 + n) for n in range(len(wanted))) == wanted


def test_source_port_spreads_one_client() -> None:
    """With sh-port one client meets every server, as measured; without it only one."""
    (line,) = [one for one in MEASURED if "sh-port" in one.how]
    state = state_of("sh", *line.weights, flags="sh-port")
    spread = {ask(state, number) for number in range(24)}
    assert spread == set(line.picks)
    plain = state_of("sh", *line.weights)
    assert len({ask(plain, number) for number in range(24)}) == 1
