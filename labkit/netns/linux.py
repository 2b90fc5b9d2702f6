"""A node of real Linux: a network namespace with interfaces, routes and iptables' rules.

As root the namespace is made directly; an ordinary user gets one inside a user namespace
(``unshare --user --map-root-user --net``).  It has no name, so nothing of the machine's own
network is touched, and it is gone when the session ends, however it ends.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labkit.errors import LinuxUnavailable, RulesError
from labkit.model.packet import Packet
from labkit.model.trace import Verdict
from labkit.netfilter.routes import Route
from labkit.netns import wire
from labkit.ruleset.tables import BUILT_IN, Key, Ruleset

TOOLS = ("ip", "nft", "unshare")
Way = tuple[Key, ...]
"""The rules that matched, in order: (table, chain, number); number 0 is the policy."""

REJECTS = {
    (1, 3, 0): "icmp-net-unreachable",
    (1, 3, 1): "icmp-host-unreachable",
    (1, 3, 2): "icmp-proto-unreachable",
    (1, 3, 3): "icmp-port-unreachable",
    (1, 3, 9): "icmp-net-prohibited",
    (1, 3, 10): "icmp-host-prohibited",
    (1, 3, 13): "icmp-admin-prohibited",
    (1, 11, 0): "icmp-ttl-exceeded",
    (58, 1, 0): "icmp6-no-route",
    (58, 1, 1): "icmp6-adm-prohibited",
    (58, 1, 3): "icmp6-addr-unreachable",
    (58, 1, 4): "icmp6-port-unreachable",
    (58, 1, 5): "icmp6-policy-fail",
    (58, 1, 6): "icmp6-reject-route",
    (58, 3, 0): "icmp-ttl-exceeded",
}
"""What the sender is told, by protocol, type and code (ipt_REJECT.h, icmpv6.h)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Linux did with one packet.

    The addresses, ports and mark are those after NAT (where it was dropped: as it was last
    seen, on the loopback or as it came).  ``out`` is the interface it left through, empty when
    it was not forwarded.
    ``reject_with`` names what the sender was told.  ``path`` are the rules that matched, when
    tracing is on.  ``at`` is the second at which it was sent, on Linux's own clock.
    """

    verdict: Verdict
    src: str
    sport: int
    dst: str
    dport: int
    mark: int = 0
    out: str = ""
    delivered_local: bool = False
    reject_with: str = ""
    path: Way = field(default=(), repr=False)
    at: float = field(default=0.0, repr=False)

    @property
    def fate(self) -> tuple[object, ...]:
        """Everything that an emulator must say as well."""
        return self.verdict, self.src, self.sport, self.dst, self.dport, self.mark, self.out


@dataclass(slots=True)
class Linux:
    """A session with one namespace; use it as a context manager.

    ``interfaces`` and ``routes`` are those of ``netfilter.Node``.  Raises ``LinuxUnavailable``
    with the reason when this machine cannot do it.
    """

    interfaces: Mapping[str, Iterable[str]]
    routes: Sequence[Route] = ()
    release: str = ""
    _process: subprocess.Popen[str] | None = None
    _loaded: tuple[str, int] = ("", 4)
    _left: set[tuple[str, int, str]] = field(default_factory=set)
    _tracing: bool = False
    _sets: str = ""
    _sizes: dict[tuple[str, str], int] = field(default_factory=dict)

    def __enter__(self) -> Linux:
        reason = reason_against()
        if reason:
            raise LinuxUnavailable(reason[0], reason[1])
        self._process = start()
        named = {name: list(own) for name, own in self.interfaces.items()}
        routes = [[route.cidr, route.iface, route.via or ""] for route in self.routes]
        self.release = self._ask("setup", interfaces=named, routes=routes)
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.close()
            process.stdout.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # ---- rules --------------------------------------------------------------

    def load(self, text: str, backend: str, family: int = 4, sets: str = "") -> None:
        """The rules in place of all others, and the sets (``ipset save`` text) that they name.

        Raises ``RulesError`` with Linux's own words.
        """
        accounts = sorted(set(re.findall(r"--nfacct-name +(\S+)", text)))
        if accounts:
            self._ask("nfacct", names=accounts)
        self._clear()
        self._load_sets(sets)
        present = re.findall(r"^\*(\w+)", text, re.M)
        self._left = {(backend, family, table) for table in present}
        self._loaded = backend, family
        done = self.run(tool(backend, family, "restore"), stdin=text)
        if done["status"]:
            raise RulesError(
                f"{tool(backend, family, 'restore')} refuses the rules: "
                f"{' '.join(done['err'].split())}"
            )
        self._sizes = {}
        self._ask("loaded")
        self._ask("flush")

    def _clear(self) -> None:
        """Empty every table that an earlier load filled."""
        for backend, family in {left[:2] for left in self._left}:
            empty = "".join(
                f"*{table}\n{policies(table)}COMMIT\n"
                for other, kind, table in self._left
                if (other, kind) == (backend, family)
            )
            self.run(tool(backend, family, "restore"), stdin=empty)

    def _load_sets(self, text: str) -> None:
        """These sets in place of all others."""
        if text == self._sets:
            return
        if not shutil.which("ipset"):
            raise LinuxUnavailable("ipset is not installed.", "apt install ipset.")
        for words, stdin in ((["ipset", "destroy"], ""), (["ipset", "restore"], text)):
            done = self.run(*words, stdin=stdin)
            if done["status"]:
                raise RulesError(f"{' '.join(words)} refuses: {' '.join(done['err'].split())}")
        self._sets = text

    def save(self) -> str:
        """``iptables-save -c`` of the tables that were loaded, without comment lines.

        Legacy is asked table by table: an ordinary user may not read their list in /proc.
        """
        backend, family = self._loaded
        save = tool(backend, family, "save")
        if backend == "nft":
            text = self.run(save, "-c")["out"]
        else:
            here = {table for *_, table in self._left}
            text = "".join(
                self.run(save, "-c", "-t", table)["out"] for table in BUILT_IN if table in here
            )
        lines = [f"{line}\n" for line in text.splitlines() if not line.startswith("#")]
        return "".join(lines)

    def counters(self) -> dict[Key, tuple[int, int]]:
        """Packets and bytes by (table, chain, number); number 0 is the policy."""
        return counters_of(self.save())

    def connections(self) -> list[str]:
        """``conntrack -L``.  Raises ``LinuxUnavailable`` without that program."""
        if not shutil.which("conntrack"):
            raise LinuxUnavailable("conntrack is not installed.", "apt install conntrack.")
        family = "ipv6" if self._loaded[1] == 6 else "ipv4"
        out: str = self.run("conntrack", "-L", "-f", family)["out"]
        return out.splitlines()

    def flush(self) -> None:
        """Forget all connections."""
        self._ask("flush")

    def run(self, *words: str, stdin: str = "") -> dict[str, Any]:
        """Run a program inside; its status, output and errors."""
        answer: dict[str, Any] = self._ask("run", words=list(words), stdin=stdin)
        return answer

    # ---- packets ------------------------------------------------------------

    def trace_rules(self) -> None:
        """From now on every answer says which rules matched (slower)."""
        if not self._tracing:
            self._ask("tracing")
            self._tracing = True

    def send(
        self,
        packets: Sequence[Packet],
        *,
        hook: str = "prerouting",
        pauses: Sequence[float] = (),
    ) -> list[Answer]:
        """Send packets in order and say what became of each.

        A packet enters by its ``in_iface`` (the first interface when it names none), or is
        made on the node with ``hook="output"``.  ``pauses`` are seconds before each.
        Raises ``LinuxUnavailable`` when a report was lost: then nothing is known for sure.
        """
        if self._tracing and not self._sizes:
            here = {table for *_, table in self._left}
            for table, chain, _ in self.counters():
                if table in here:
                    self._sizes[table, chain] = self._sizes.get((table, chain), 0) + 1
        answers: list[Answer] = []
        first = next(name for name in self.interfaces if name != "lo")
        for at in range(0, len(packets), wire.MOST):
            part = packets[at : at + wire.MOST]
            wanted = [
                [
                    (p.in_iface or first) if hook == "prerouting" else "",
                    wire.encode(p, number).hex(),
                    pauses[at + number - 1] if pauses else 0,
                ]
                for number, p in enumerate(part, 1)
            ]
            said = self._ask("send", packets=wanted)
            self._canary(said, len(part), hook)
            events: list[list[list[Any]]] = [[] for _ in part]
            for event in said["events"]:
                number = ordinal(event)
                if 1 <= number <= len(part):
                    events[number - 1].append(event)
            answers += [
                replace(answer(p, seen, self._path(seen)), at=at)
                for p, seen, at in zip(part, events, said["times"], strict=True)
            ]
        return answers

    def _path(self, events: Iterable[list[Any]]) -> Way:
        """The trace of one packet, said alike for both back ends.

        Tables of rules that were loaded before stand there still, empty; they are left out.
        Legacy reports an unconditional last rule as the end of its chain, with its number
        (get_chainname_rulenum in ip_tables.c); nft reports the ends of chains as rule 0.
        """
        found: list[Key] = []
        traced = (e[2:6] for e in events if e[0] == "trace" and e[6] == self._loaded[0])
        for table, chain, kind, number in traced:
            own = chain in BUILT_IN.get(table, ())
            rules = self._sizes.get((table, chain), 0) - own
            if 0 < number <= rules:
                found.append((table, chain, number))
            elif kind == "policy" and own and (table, chain) in self._sizes:
                found.append((table, chain, 0))
        return tuple(found)

    def _canary(self, said: Mapping[str, Any], sent: int, hook: str) -> None:
        """Every packet was seen coming, and every report of the watch arrived."""
        counted = said["counted"]
        came, wanted = (
            (counted["came"], sent) if hook == "prerouting" else (counted["made"], said["made"])
        )
        reported = counted["kept"] + counted["left"] + counted["answered"]
        if came != wanted:
            raise LinuxUnavailable(f"{wanted} packets were sent and Linux saw {came}.")
        if said["reports"] != reported:
            raise LinuxUnavailable(
                f"Linux reported {reported} packets and {said['reports']} reports arrived.",
                "Send fewer packets at once.",
            )

    def _ask(self, op: str, **more: Any) -> Any:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise LinuxUnavailable("The session with Linux has not begun.", "Use it in a with.")
        try:
            process.stdin.write(json.dumps({"op": op, **more}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        if not line:
            raise LinuxUnavailable(f"The process in the namespace ended during {op!r}.")
        answer = json.loads(line)
        if "error" in answer:
            raise LinuxUnavailable(f"Linux refused: {answer['error']}.")
        return answer["ok"]


def ordinal(event: list[Any]) -> int:
    """Which packet an event belongs to."""
    if event[0] == "trace":
        return int(event[1])
    return int(event[15] if event[0] == "answer" else event[4])


def answer(packet: Packet, events: list[list[Any]], path: Way) -> Answer:
    """The end of a packet's way from the reports about it."""
    told, last = "", (packet.src, packet.sport, packet.dst, packet.dport)
    for event in events:
        if event[0] in ("input", "out"):
            prefix, mark, _, out, _, src, dst, proto, sport, dport = event[:10]
            if proto in (wire.ICMP, wire.ICMP6):
                dport = packet.dport
            if prefix == "input" or out != "lo":
                local = prefix == "input"
                return Answer(
                    Verdict.ACCEPTED,
                    src,
                    sport,
                    dst,
                    dport,
                    mark,
                    "" if local else out,
                    local,
                    path=path,
                )
            last = src, sport, dst, dport
        elif event[0] == "answer":
            proto, kind, code = event[7], event[11], event[12]
            told = "tcp-reset" if proto == wire.TCP else REJECTS.get((proto, kind, code), told)
    verdict = Verdict.REJECTED if told else Verdict.DROPPED
    return Answer(verdict, *last, reject_with=told, path=path)


def counters_of(save: str) -> dict[Key, tuple[int, int]]:
    """The counters in ``iptables-save -c`` text, the policies' too."""
    found: dict[Key, tuple[int, int]] = {}
    for table in Ruleset.parse(save).tables.values():
        for chain in table.chains.values():
            if chain.policy:
                found[table.name, chain.name, 0] = chain.counters
            for rule in chain.rules:
                found[rule.key] = rule.counters or (0, 0)
    return found


def policies(table: str) -> str:
    """Lines that give every built-in chain of a table the policy ACCEPT."""
    return "".join(f":{chain} ACCEPT [0:0]\n" for chain in BUILT_IN[table])


def tool(backend: str, family: int, verb: str) -> str:
    """``iptables-nft-restore`` and its seven sisters."""
    return f"ip{'6' if family == 6 else ''}tables-{backend}-{verb}"


# ---- can it run? -----------------------------------------------------------------------------


def start() -> subprocess.Popen[str]:
    """The agent in its namespace.

    Nobody else changes rules there, so iptables-legacy needs no lock, whose file an ordinary
    user could not write.
    """
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH", "")])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "LC_ALL": "C",
        "XTABLES_LOCKFILE": os.devnull,
    }
    return subprocess.Popen(
        [*unshare(), sys.executable, "-m", "labkit.netns.agent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def unshare() -> list[str]:
    """The command that makes the namespace, for root or for an ordinary user."""
    words = ["unshare", "--net"]
    return words if os.geteuid() == 0 else [*words, "--user", "--map-root-user"]


def reason_against(backends: Iterable[str] = ("nft", "legacy")) -> tuple[str, str] | None:
    """Why Linux cannot be asked here, and what helps; None when it can."""
    if sys.platform != "linux":
        return "Network namespaces need Linux.", "The emulator answers on every system."
    programs = [*TOOLS, *(f"iptables-{backend}-restore" for backend in backends)]
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        return (
            f"Not installed: {', '.join(missing)}.",
            "apt install iptables nftables iproute2 util-linux.",
        )
    done = subprocess.run([*unshare(), "true"], capture_output=True, text=True, check=False)
    if done.returncode:
        why = " ".join(done.stderr.split()) or "no reason given"
        return f"Network namespaces are not allowed here ({why}).", "Run it as root."
    return None
