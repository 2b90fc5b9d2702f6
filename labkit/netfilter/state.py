"""What one node remembers between packets: connections, lists, counters, draws."""

from __future__ import annotations

from labkit.clock import Clock, ManualClock
from labkit.netfilter.conntrack import Conntrack
from labkit.netfilter.draws import Draws
from labkit.ruleset.tables import Key, Ruleset
from labkit.xt.memory import Memory
from labkit.xt.recent import Recent


class Counters(dict[Key, tuple[int, int]]):
    """Packets and bytes by (table, chain, number of the rule); number 0 is the policy."""

    __slots__ = ()

    def add(self, key: Key, length: int, count: int = 1) -> None:
        """So many packets more, each of this length."""
        packets, octets = self.get(key, (0, 0))
        self[key] = packets + count, octets + length * count

    def include(self, others: Counters, times: int = 1) -> None:
        """What others have counted, so many times."""
        for key, (packets, octets) in others.items():
            before = self.get(key, (0, 0))
            self[key] = before[0] + packets * times, before[1] + octets * times

    def packets(self, table: str, chain: str, number: int = 0) -> int:
        """How many packets the rule (or, with 0, the policy) has counted."""
        return self.get((table, chain, number), (0, 0))[0]


class NodeState:
    """The memory of one node; lives on when the rules are replaced.

    ``clock`` gives the seconds for timeouts (``monotonic``), ``draws`` the randomness.
    ``ordinal`` counts the packets that came in: it is their number for the draws.
    """

    __slots__ = (
        "clock",
        "draws",
        "conntrack",
        "memory",
        "counters",
        "ordinal",
        "rules",
        "tracing",
    )

    def __init__(
        self, clock: Clock | None = None, draws: Draws | None = None, *, tracing: bool = True
    ) -> None:
        self.clock: Clock = clock if clock is not None else ManualClock()
        self.draws = draws if draws is not None else Draws()
        self.conntrack = Conntrack()
        self.memory = Memory()
        self.counters = Counters()
        self.ordinal = 0
        self.rules: Ruleset | None = None
        self.tracing = tracing

    @property
    def now(self) -> float:
        """Seconds on the clock of timeouts."""
        return self.clock.monotonic()

    def conntrack_lines(self) -> list[str]:
        """As ``conntrack -L`` prints the connections."""
        return self.conntrack.lines(self.now)

    def nfacct(self) -> dict[str, tuple[int, int]]:
        """Packets and bytes of the named counters (``nfacct list``)."""
        memory = self.memory
        return {key[1]: memory.read(key) for key in memory.known() if key[0] == "nfacct"}

    def adopt(self, rules: Ruleset, backend: str) -> None:
        """Take note that other rules stand now.

        A chain with the same rules keeps its counters, another begins at zero, as after
        ``iptables-restore --noflush`` of the chains that changed.  The counters of mode nth
        begin anew with any change of their table on iptables-legacy, which replaces it
        whole; iptables-nft keeps those of untouched chains.  A recent list goes when no
        rule names it any more.
        """
        if self.rules is rules:
            return
        old, self.rules = self.rules, rules
        if old is None:
            return
        changed = _changed_chains(old, rules)
        tables = {table for table, _ in changed}
        for key in [k for k in self.counters if k[2] and k[:2] in changed]:
            del self.counters[key]
        names = {m.name for rule in rules.rules() for m in rule.matches if isinstance(m, Recent)}
        for memory_key in self.memory.known():
            kind = memory_key[0]
            if kind == "recent":
                gone = memory_key[1] not in names
            elif kind in ("nfacct", "set"):
                gone = False
            else:
                lost = memory_key[1] in tables if backend == "legacy" else False
                gone = lost or memory_key[1:3] in changed
            if gone:
                self.memory.forget(memory_key)


def _changed_chains(old: Ruleset, new: Ruleset) -> set[tuple[str, str]]:
    """(table, chain) of every chain whose rules are not the same any more."""
    changed = set()
    for table in {*old.tables, *new.tables}:
        before = old.tables[table].chains if table in old.tables else {}
        after = new.tables[table].chains if table in new.tables else {}
        for name in {*before, *after}:
            one, other = before.get(name), after.get(name)
            if one is not other and (one is None or other is None or one.rules != other.rules):
                changed.add((table, name))
    return changed
