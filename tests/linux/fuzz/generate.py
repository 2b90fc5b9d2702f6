"""Random rulesets and packets from a small world, so that rules do match and flows do meet."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from labkit.model.packet import FlowKey, Packet

HOOKS = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
}
STATES = ("NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "SNAT", "DNAT")
PAUSE = 1.3
"""Seconds between packets where Linux's clock matters: with ``--seconds 2`` no sum of pauses
comes nearer than 0.6 s to the border."""


@dataclass(frozen=True)
class World:
    """Addresses of one IP family."""

    family: int
    clients: tuple[str, ...]
    servers: tuple[str, ...]
    own: tuple[str, ...]
    nets: tuple[str, ...]
    ends: tuple[str, ...]
    masks: tuple[str, ...]

    @property
    def far(self) -> tuple[str, ...]:
        """Where packets may go."""
        return self.servers + self.own


WORLDS = {
    4: World(
        4,
        (*(f"10.244.1.{i}" for i in range(2, 9)), "198.51.100.7"),
        ("203.0.113.9", "203.0.113.10", "10.96.0.1", "10.96.0.2", "8.8.8.8"),
        ("192.168.77.1", "192.168.78.1"),
        (
            "10.244.0.0/16",
            "10.244.1.0/30",
            "10.244.1.4",
            "203.0.113.8/31",
            "203.0.113.9",
            "10.96.0.0/16",
            "10.96.0.1",
            "8.0.0.0/5",
            "192.168.77.1",
            "10.0.0.2/255.0.0.7",
            "192.168.0.0/16",
        ),
        ("203.0.113.9", "203.0.113.10", "10.244.1.4", "192.168.77.1"),
        ("255.255.255.255", "255.255.255.252", "255.255.0.0"),
    ),
    6: World(
        6,
        (*(f"fd00:1::{i}" for i in range(2, 9)), "2001:db8::7"),
        ("2001:db8:1::9", "2001:db8:1::a", "fd00:96::1", "fd00:96::2", "2600::8"),
        ("fd00:77::1", "fd00:78::1"),
        (
            "fd00:1::/64",
            "fd00:1::4/126",
            "fd00:1::4",
            "2001:db8:1::8/125",
            "2001:db8:1::9",
            "fd00:96::/32",
            "fd00:96::1",
            "2000::/3",
            "fd00:77::1",
            "fd00::/9",
        ),
        ("2001:db8:1::9", "2001:db8:1::a", "fd00:1::4", "fd00:77::1"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc"),
    ),
}


@dataclass
class Maker:
    """One ruleset in the making.  ``lists`` are the names of its recent lists."""

    luck: random.Random
    world: World
    serial: int
    slow: bool
    lists: list[str] = field(default_factory=list)

    def ruleset(self) -> str:
        """All four tables, or some of them."""
        self.lists = [f"r{self.serial}a", f"r{self.serial}b"]
        names = [t for t in HOOKS if self.luck.random() < 0.85] or ["filter"]
        return "".join(self.table(name) for name in names)

    def table(self, table: str) -> str:
        """A table with chains of its own; jumps only lead to later chains."""
        luck, own = self.luck, [f"C{i}" for i in range(self.luck.randrange(2, 6))]
        lines = [f"*{table}"]
        for hook in HOOKS[table]:
            drop = table in ("raw", "mangle", "filter") and luck.random() < 0.08
            lines.append(f":{hook} {'DROP' if drop else 'ACCEPT'} [0:0]")
        lines += [f":{name} - [0:0]" for name in own]
        places = [(-1, hook) for hook in HOOKS[table]] + list(enumerate(own))
        for place, chain in places:
            for _ in range(luck.randrange(1, 6)):
                lines.append(self.rule(table, chain, own[place + 1 :]))
        return "\n".join([*lines, "COMMIT", ""])

    def rule(self, table: str, chain: str, later: list[str]) -> str:
        """Matches, then a jump, a verdict, something done, or nothing."""
        luck = self.luck
        words = [f"-A {chain}", *self.header(chain)]
        proto = next((w.split()[-1] for w in words if w.startswith("-p ")), "")
        if proto:
            words += self.transport(proto)
        for _ in range(luck.choice((0, 0, 1, 1, 2))):
            words.append(self.match(table, chain))
        kind = luck.random()
        if kind < 0.34 and later:
            words.append(f"-{luck.choice('jjg')} {luck.choice(later)}")
        elif kind < 0.42:
            words.append("-j RETURN")
        elif kind < 0.9:
            target = self.target(table, chain, proto)
            if target:
                words.append(f"-j {target}")
        return " ".join(words)

    # ---- matches ------------------------------------------------------------

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
            icmp = "icmp" if self.world.family == 4 else "ipv6-icmp"
            words.append(f"-p {luck.choice(('tcp', 'tcp', 'tcp', 'udp', 'udp', icmp))}")
        elif luck.random() < 0.1:
            words.append(f"! -p {luck.choice(('tcp', 'udp'))}")
        return words

    def transport(self, proto: str) -> list[str]:
        """Ports, flags or ICMP types."""
        luck = self.luck
        if proto == "icmp":
            types = ("8", "8/0", "0", "any", "3/1", "3", "destination-unreachable")
            kind = f"-m icmp {self.no()}--icmp-type {luck.choice(types)}"
            return [kind] if luck.random() < 0.5 else []
        if proto == "ipv6-icmp":
            kind = f"-m icmp6 {self.no()}--icmpv6-type {luck.choice(('128', '129', '1', '1/4'))}"
            return [kind] if luck.random() < 0.5 else []
        choice = luck.random()
        if choice < 0.25:
            low = luck.choice((52, 53, 79, 80, 81, 443, 1000, 1003))
            span = luck.choice(
                (f"{low}", f"{low}:{low + luck.randrange(1, 30)}", f":{low}", f"{low}:")
            )
            return [f"-m {proto} {self.no()}--{luck.choice(('dport', 'dport', 'sport'))} {span}"]
        if choice < 0.32:
            return [
                f"-m {proto} --sport 1000:{luck.randrange(1001, 1009)} "
                f"{self.no()}--dport {luck.choice((53, 80, 443))}"
            ]
        if choice < 0.45:
            ports = luck.sample(("53", "80", "81:443", "1001:1004", "443", "8080"), 3)
            side = luck.choice(("dports", "dports", "sports", "ports"))
            return [f"-m multiport {self.no()}--{side} {','.join(ports)}"]
        if choice < 0.6 and proto == "tcp":
            return [
                luck.choice(
                    (
                        f"-m tcp {self.no()}--syn",
                        f"-m tcp {self.no()}--tcp-flags SYN,ACK SYN",
                        f"-m tcp {self.no()}--tcp-flags ALL ACK",
                        "-m tcp --tcp-flags FIN,SYN,RST,ACK FIN,ACK",
                        "-m tcp --tcp-flags ALL NONE",
                        f"-m tcp {self.no()}--tcp-flags RST RST",
                    )
                )
            ]
        return []

    def match(self, table: str, chain: str) -> str:
        """One ``-m``."""
        makers: tuple[Callable[[], str], ...] = (
            self.nth,
            self.mark,
            self.mark,
            self.connmark,
            self.state,
            self.recent,
            self.range,
            self.small,
            self.addrtype,
            self.limit,
        )
        return self.luck.choice(makers)()

    def nth(self) -> str:
        every = self.luck.randrange(1, 6)
        return (
            f"-m statistic --mode nth {self.no()}--every {every} "
            f"--packet {self.luck.randrange(every)}"
        )

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
            return f"-m conntrack {self.no()}--ctstate {states}"
        if kind < 0.75:
            status = ",".join(
                luck.sample(("SEEN_REPLY", "ASSURED", "CONFIRMED"), luck.randrange(1, 3))
            )
            return f"-m conntrack {self.no()}--ctstatus {status}"
        if kind < 0.85:
            return f"-m conntrack --ctdir {luck.choice(('ORIGINAL', 'REPLY'))}"
        return f"-m state {self.no()}--state {','.join(luck.sample(STATES[:5], 2))}"

    def recent(self) -> str:
        luck = self.luck
        name = (
            f"--name {luck.choice(self.lists)} {luck.choice(('--rsource', '--rsource', '--rdest'))}"
        )
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
        ]
        if self.world.family == 4:
            choices += [
                f"-m ttl {self.no()}--ttl-eq 64",
                "-m ttl --ttl-lt 64",
                "-m ttl --ttl-gt 63",
                "-m ttl --ttl-gt 1",
            ]
        return luck.choice(choices)

    def addrtype(self) -> str:
        types = ",".join(
            self.luck.sample(("LOCAL", "UNICAST", "MULTICAST"), self.luck.randrange(1, 3))
        )
        return f"-m addrtype {self.no()}--{self.luck.choice(('src', 'dst'))}-type {types}"

    def limit(self) -> str:
        return f"-m limit --limit 10/hour --limit-burst {self.luck.randrange(1, 20)}"

    # ---- targets ------------------------------------------------------------

    def target(self, table: str, chain: str, proto: str) -> str:
        """A verdict or a change that this table and hook allow."""
        luck = self.luck
        choices = ["ACCEPT"]
        if table in ("raw", "filter", "mangle"):
            choices += ["DROP"]
        if table == "raw":
            choices += ["CT --notrack", "NFLOG --nflog-group 9"]
        if table == "filter":
            choices += [self.reject(proto), self.reject(proto)]
        if table == "mangle":
            choices += [self.mangle(), self.mangle(), self.mangle(), self.mangle()]
        if table == "nat":
            return self.nat(chain, proto)
        return luck.choice(choices)

    def reject(self, proto: str) -> str:
        kinds = (
            ("icmp-port-unreachable", "icmp-admin-prohibited", "icmp-host-unreachable")
            if self.world.family == 4
            else ("icmp6-port-unreachable", "icmp6-adm-prohibited", "icmp6-addr-unreachable")
        )
        if proto == "tcp" and self.luck.random() < 0.5:
            return "REJECT --reject-with tcp-reset"
        return f"REJECT --reject-with {self.luck.choice(kinds)}"

    def mangle(self) -> str:
        luck, value = self.luck, self.number()
        return luck.choice(
            (
                f"MARK --set-mark {value}{self.mask()}",
                f"MARK --set-xmark {value}{self.mask()}",
                f"MARK --and-mark {value}",
                f"MARK --or-mark {value}",
                f"MARK --xor-mark {value}",
                f"CONNMARK --set-mark {value}{self.mask()}",
                f"CONNMARK --set-xmark {value}{self.mask()}",
                "CONNMARK --save-mark",
                "CONNMARK --restore-mark",
                "CONNMARK --save-mark --nfmask 0x7 --ctmask 0x3",
                "CONNMARK --restore-mark --nfmask 0x6 --ctmask 0x7",
            )
        )

    def nat(self, chain: str, proto: str) -> str:
        """NAT where the hook allows it; in a user chain only what every caller allows."""
        luck, place = self.luck, luck_place(self.luck, self.world, proto)
        if chain in ("PREROUTING", "OUTPUT"):
            choices = [f"DNAT --to-destination {place}"] * 4 + ["ACCEPT"]
            if proto in ("tcp", "udp"):
                choices.append("REDIRECT --to-ports 8080")
            if self.world.family == 4:
                choices.append("NETMAP --to 203.0.113.8/30")
                choices.append("DNAT --to-destination 203.0.113.9-203.0.113.14")
            return luck.choice(choices)
        if chain in ("POSTROUTING", "INPUT"):
            own = luck.choice(self.world.own)
            choices = [f"SNAT --to-source {own}", "ACCEPT"]
            if chain == "POSTROUTING":
                choices += ["MASQUERADE"] * 3 + ["MASQUERADE --random-fully"]
                if proto in ("tcp", "udp"):
                    choices.append("MASQUERADE --to-ports 3000-3100")
            if proto in ("tcp", "udp") and self.world.family == 4:
                choices.append(f"SNAT --to-source {own}:1002-1005")
            return luck.choice(choices)
        return luck.choice(("ACCEPT", f"MARK --or-mark {self.number()}", ""))


def luck_place(luck: random.Random, world: World, proto: str) -> str:
    """A destination for DNAT, with a port where the protocol has them."""
    end = luck.choice(world.ends)
    if proto in ("tcp", "udp") and luck.random() < 0.6:
        port = luck.choice((80, 81, 8080))
        return f"[{end}]:{port}" if world.family == 6 else f"{end}:{port}"
    return end


def packet(luck: random.Random, world: World, hook: str) -> Packet:
    """A packet of the small world."""
    four = world.family == 4
    proto = luck.choice(("tcp", "tcp", "tcp", "udp", "udp", "icmp" if four else "ipv6-icmp"))
    source, iface = luck.choice(world.clients), luck.choice(("eth0", "eth0", "eth0", "eth1"))
    if hook == "output":
        source, iface = luck.choice(world.own), ""
    ports = luck.randrange(1000, 1008), luck.choice((22, 53, 79, 80, 81, 443, 444))
    size, ttl = luck.choice((60, 80, 81, 100)), luck.choice((64, 64, 64, 63, 2))
    if not four:
        size, ttl = size + 20, 64
    dst = luck.choice(world.far)
    if "icmp" in proto:
        kind = luck.choice((8, 8, 8, 0, 13) if four else (128, 128, 129))
        if luck.random() < 0.12:
            inner = FlowKey(
                luck.choice(("tcp", "udp")), luck.choice(world.far), ports[1], source, ports[0]
            ).reversed()
            error = (3, 1) if four else (1, 4)
            return (
                Packet(
                    dst,
                    source,
                    proto,
                    in_iface=iface,
                    length=size + 40,
                    icmp_type=error[0],
                    icmp_code=error[1],
                    inner=inner,
                )
                if hook != "output"
                else Packet(
                    source, dst, proto, ports[0], 0, in_iface=iface, length=size, icmp_type=kind
                )
            )
        return Packet(
            source, dst, proto, ports[0], 0, in_iface=iface, length=size, ttl=ttl, icmp_type=kind
        )
    flags = luck.choice(
        ("SYN", "SYN", "SYN", "ACK", "ACK", "SYN,ACK", "FIN,ACK", "RST", "RST,ACK", "")
    )
    return Packet(source, dst, proto, *ports, flags=flags, in_iface=iface, length=size, ttl=ttl)
