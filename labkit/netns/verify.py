"""Does the emulator agree with this machine's Linux on a ruleset?  (``labkit verify``)"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from labkit.model.ipset import IpSets
from labkit.netfilter.replay import INTERFACES, ROUTES, interfaces
from labkit.netns.compare import Comparison, Difference
from labkit.netns.linux import Linux
from labkit.netns.questions import answers, packets
from labkit.ruleset.tables import Ruleset

Progress = Callable[[str], None]
"""Told what is being done: load, come, made, back, again, count."""


def silent(step: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared, and every difference."""

    backend: str
    release: str
    rules: int
    packets: int
    differences: tuple[Difference, ...]


def node(local: Iterable[str] = ()) -> Linux:
    """Linux as the forwarding node of ``labkit replay``."""
    return Linux(interfaces(local), ROUTES)


def verify(
    rules: Ruleset,
    backend: str = "nft",
    local: Sequence[str] = (),
    most: int = 4000,
    sets: IpSets | None = None,
    progress: Progress = silent,
) -> Verification:
    """Packets for everything that the rules name, through Linux and through the emulator.

    First those that come in, then those made on the node, then what the other side answers,
    then the first ones once more (now of known connections).  Raises ``LinuxUnavailable``
    where Linux cannot be asked, ``RulesError`` where it refuses the rules.
    """
    with node(local) as linux:
        return ask(linux, rules, backend, local, most, sets, progress)


def ask(
    linux: Linux,
    rules: Ruleset,
    backend: str,
    local: Sequence[str] = (),
    most: int = 4000,
    sets: IpSets | None = None,
    progress: Progress = silent,
) -> Verification:
    """The same in a session that is there already."""
    progress("load")
    both = Comparison(linux, rules, backend, sets=sets or IpSets())
    own = [*local, *(a.partition("/")[0] for a in INTERFACES["eth0"])]
    come, made = packets(rules, own, most)
    come = [replace(one, in_iface="eth0") for one in come]
    progress("come")
    back = [*answers(zip(come, both.send(come), strict=True), "eth1")]
    progress("made")
    back += answers(zip(made, both.send(made, "output"), strict=True), "eth1")
    progress("back")
    both.send(back)
    progress("again")
    both.send([replace(one, flags="ACK") for one in come if one.proto != "sctp"])
    progress("count")
    found = both.finish()
    size = sum(1 for _ in rules.rules())
    return Verification(backend, linux.release, size, both.packets, tuple(found))
