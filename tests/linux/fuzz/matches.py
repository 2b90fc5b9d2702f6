"""Random matches: every ``-m`` that the emulator knows and this node can be asked."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.linux.fuzz.worlds import World

STATES = ("NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "SNAT", "DNAT")
FLAGS = (
    "--syn",
    "--tcp-flags SYN,ACK SYN",
    "--tcp-flags SYN,ACK,FIN ACK,FIN",
    "--tcp-flags ALL ACK",
    "--tcp-flags FIN,SYN,RST,ACK FIN,ACK",
    "--tcp-flags ALL NONE",
    "--tcp-flags RST RST",
    "--tcp-flags FIN,RST NONE",
)


THEMES = ("", "", "marks", "recent", "counting", "states")
"""What the rules of one case are mostly about, so that they meet; empty: about everything."""


@dataclass
class Matches:
    """``slow`` rules look at seconds, those of ``chance`` throw dice (Linux's are in its trace).

    ``lists`` are the names of the recent lists.
    """

    luck: random.Random
    world: World
    slow: bool
    chance: bool
    lists: list[str] = field(default_factory=list)
    theme: str = ""

    def no(self, chance: float = 0.25) -> str:
        """An exclamation mark, now and then."""
        return "! " if self.luck.random() < chance else ""

    def header(self, chain: str) -> list[str]:
        """-s -d -i -o -p; a chain called from several hooks may name both interfaces."""
        luck, words = self.luck, []
        if luck.random() < 0.25:
            words.append(f"{self.no()}-s {luck.choice(self.world.nets)}")
        if luck.random() < 0.25:
            words.append(f"{self.no()}-d {luck.choice(self.world.nets)}")
        names = ("eth0", "eth1", "eth+", "lo", "+", "et+")
        if luck.random() < 0.1 and chain not in ("OUTPUT", "POSTROUTING"):
            words.append(f"{self.no()}-i {luck.choice(names)}")
        if luck.random() < 0.1 and chain not in ("PREROUTING", "INPUT"):
            words.append(f"{self.no()}-o {luck.choice(names)}")
        if luck.random() < 0.55:
            protos = ("tcp", "tcp", "tcp", "tcp", "udp", "udp", "sctp", self.world.icmp)
            words.append(f"-p {luck.choice(protos)}")
        elif luck.random() < 0.1:
            words.append(f"! -p {luck.choice(('tcp', 'udp', self.world.icmp))}")
        return words

    def transport(self, proto: str) -> list[str]:
        """Ports, flags or ICMP types."""
        luck = self.luck
        if "icmp" in proto:
            return [self.icmp(proto)] if luck.random() < 0.5 else []
        choice = luck.random()
        if choice < 0.25:
            return [f"-m {proto} {self.no()}{self.ports()}"]
        if choice < 0.32:
            low = luck.randrange(1000, 1005)
            return [
                f"-m {proto} {self.no()}--sport {low}:{low + luck.randrange(1, 5)} "
                f"{self.no()}--dport {luck.choice((53, 80, 443))}"
            ]
        if choice < 0.45:
            ports = luck.sample(("53", "80", "81:443", "1001:1004", "443", "8080"), 3)
            side = luck.choice(("dports", "dports", "sports", "ports"))
            return [f"-m multiport {self.no()}--{side} {','.join(ports)}"]
        if choice < 0.62 and proto == "tcp":
            return [f"-m tcp {self.no()}{luck.choice(FLAGS)}"]
        return []

    def ports(self) -> str:
        """One port, or a range with one or two ends."""
        luck = self.luck
        low = luck.choice((52, 53, 79, 80, 81, 443, 1000, 1003))
        spans = (f"{low}", f"{low}:{low + luck.randrange(1, 30)}", f":{low}", f"{low}:")
        return f"--{luck.choice(('dport', 'dport', 'sport'))} {luck.choice(spans)}"

    def icmp(self, proto: str) -> str:
        if proto == "icmp":
            types = ("8", "8/0", "0", "any", "3/1", "3", "destination-unreachable", "11/0", "13")
            return f"-m icmp {self.no()}--icmp-type {self.luck.choice(types)}"
        types6 = ("128", "129", "1", "1/4", "3")
        return f"-m icmp6 {self.no()}--icmpv6-type {self.luck.choice(types6)}"

    def match(self) -> str:
        """One ``-m``."""
        makers: list[Callable[[], str]] = [
            self.nth,
            self.nth,
            self.mark,
            self.mark,
            self.connmark,
            self.connmark,
            self.state,
            self.state,
            self.recent,
            self.recent,
            self.range,
            self.small,
            self.ttl,
            self.addrtype,
            self.limit,
            self.set,
        ]
        if self.chance:
            makers += [self.random] * 6
        themes: dict[str, list[Callable[[], str]]] = {
            "marks": [self.mark, self.connmark, self.connmark],
            "recent": [self.recent],
            "counting": [self.nth, self.limit],
            "states": [self.state],
        }
        if self.theme and self.luck.random() < 0.6:
            makers = themes[self.theme]
        return self.luck.choice(makers)()

    def nth(self) -> str:
        every = self.luck.randrange(1, 6)
        return (
            f"-m statistic --mode nth {self.no()}--every {every} "
            f"--packet {self.luck.randrange(every)}"
        )

    def random(self) -> str:
        odds = self.luck.choice(("0", "0.2", "0.33333333349", "0.5", "0.8", "1"))
        return f"-m statistic --mode random {self.no()}--probability {odds}"

    def mark(self) -> str:
        return f"-m mark {self.no()}--mark {self.number()}{self.mask()}"

    def connmark(self) -> str:
        return f"-m connmark {self.no()}--mark {self.number()}{self.mask()}"

    def number(self) -> str:
        return f"{self.luck.choice((0, 1, 2, 3, 4, 5, 6, 7, 0x4000, 0x80000001)):#x}"

    def mask(self) -> str:
        return self.luck.choice(("", "/0x1", "/0x3", "/0x7", "/0x6", "/0x4000", "/0xfffffffe"))

    def state(self) -> str:
        luck = self.luck
        kind = luck.random()
        if kind < 0.6:
            states = ",".join(luck.sample(STATES, luck.randrange(1, 4)))
            more = f" --ctdir {luck.choice(('ORIGINAL', 'REPLY'))}" if luck.random() < 0.1 else ""
            return f"-m conntrack {self.no()}--ctstate {states}{more}"
        if kind < 0.75:
            names = ("SEEN_REPLY", "ASSURED", "CONFIRMED", "NONE")
            status = ",".join(luck.sample(names, luck.randrange(1, 3)))
            return f"-m conntrack {self.no()}--ctstatus {status}"
        if kind < 0.85:
            return f"-m conntrack --ctdir {luck.choice(('ORIGINAL', 'REPLY'))}"
        return f"-m state {self.no()}--state {','.join(luck.sample(STATES[:5], 2))}"

    def recent(self) -> str:
        luck = self.luck
        side = luck.choice(("--rsource", "--rsource", "--rdest"))
        name = f"--name {luck.choice(self.lists)} {side}"
        if luck.random() < 0.3:
            name += f" --mask {luck.choice(self.world.masks)}"
        kind = luck.random()
        if kind < 0.4:
            return f"-m recent {self.no(0.1)}--set {name}"
        if kind < 0.5:
            return f"-m recent {self.no(0.1)}--remove {name}"
        more = ""
        if luck.random() < 0.5:
            more += f" --seconds {2 if self.slow and luck.random() < 0.7 else 600}"
            more += " --reap" if luck.random() < 0.3 else ""
        if luck.random() < 0.5:
            more += f" --hitcount {luck.randrange(1, 7)}"
        more += " --rttl" if luck.random() < 0.2 else ""
        return f"-m recent {self.no(0.2)}{luck.choice(('--rcheck', '--update'))}{more} {name}"

    def range(self) -> str:
        luck, side = self.luck, self.luck.choice(("src", "dst"))
        places = self.world.clients[:7] if side == "src" else self.world.servers[:2]
        low, high = sorted((luck.randrange(len(places)), luck.randrange(len(places))))
        return f"-m iprange {self.no()}--{side}-range {places[low]}-{places[high]}"

    def small(self) -> str:
        luck = self.luck
        choices = [
            "-m length --length 81:",
            f"-m length {self.no()}--length 60:100",
            "-m length --length 100",
            '-m comment --comment "a \'b\' \\"c\\""',
            f"-m physdev {self.no()}--physdev-is-bridged",
        ]
        return luck.choice(choices)

    def ttl(self) -> str:
        if self.world.family == 6:
            return self.small()
        how = (f"{self.no(0.5)}--ttl-eq 64", "--ttl-lt 64", "--ttl-gt 63", "--ttl-gt 1")
        return f"-m ttl {self.luck.choice(how)}"

    def addrtype(self) -> str:
        types = ",".join(
            self.luck.sample(("LOCAL", "UNICAST", "MULTICAST"), self.luck.randrange(1, 3))
        )
        return f"-m addrtype {self.no()}--{self.luck.choice(('src', 'dst'))}-type {types}"

    def limit(self) -> str:
        """At one in two seconds and without a burst, pauses of 1.3 s stay off the border."""
        if self.slow and self.luck.random() < 0.7:
            return "-m limit --limit 30/minute --limit-burst 1"
        return f"-m limit --limit 10/hour --limit-burst {self.luck.randrange(1, 20)}"

    def set(self) -> str:
        luck, six = self.luck, self.world.family == 6
        name, sides = luck.choice(
            (
                ("ip", ("src", "dst")),
                ("net", ("src", "dst")),
                ("ipport", ("src,src", "dst,dst", "src,dst")),
                ("ip" if six else "port", ("src", "dst")),
            )
        )
        side = luck.choice(sides)
        return f"-m set {self.no()}--match-set s{self.world.family}{name} {side}"
