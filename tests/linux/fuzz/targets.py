"""Random targets: what each table and hook allows."""

from __future__ import annotations

from tests.linux.fuzz.matches import Matches

WITH_PORTS = ("tcp", "udp", "sctp")
HIDDEN = "9000-9004"
"""Ports between which no rule tells apart: which one Linux drew is not seen of a dropped packet."""


class Targets(Matches):
    """Matches, and targets for them."""

    def target(self, table: str, chain: str, proto: str) -> str:
        """A verdict or a change that this table and hook allow."""
        luck = self.luck
        choices = ["ACCEPT"]
        if table in ("raw", "filter", "mangle"):
            choices += ["DROP"]
        if table == "raw":
            choices += ["CT --notrack", "NFLOG --nflog-group 9"]
        if table == "filter":
            choices += [self.reject(proto)] * 2
        if table == "mangle":
            choices += [self.mangle() for _ in range(40 if self.theme == "marks" else 5)]
        if table == "nat":
            return self.nat(chain, proto)
        return luck.choice(choices)

    def reject(self, proto: str) -> str:
        if proto == "tcp" and self.luck.random() < 0.5:
            return "REJECT --reject-with tcp-reset"
        return f"REJECT --reject-with {self.luck.choice(self.world.refusals)}"

    def mangle(self) -> str:
        luck, value = self.luck, self.number()
        nfmask, ctmask = (luck.choice(("0x7", "0x6", "0x3", "0x4001")) for _ in range(2))
        return luck.choice(
            (
                f"MARK --set-mark {value}{self.mask()}",
                f"MARK --set-xmark {value}{self.mask()}",
                f"MARK --and-mark {value}",
                f"MARK --or-mark {value}",
                f"MARK --xor-mark {value}",
                f"CONNMARK --set-mark {value}{self.mask()}",
                f"CONNMARK --set-xmark {value}{self.mask()}",
                f"CONNMARK --or-mark {value}",
                "CONNMARK --save-mark",
                "CONNMARK --restore-mark",
                f"CONNMARK --save-mark --nfmask {nfmask} --ctmask {ctmask}",
                f"CONNMARK --restore-mark --nfmask {nfmask} --ctmask {ctmask}",
            )
        )

    def nat(self, chain: str, proto: str) -> str:
        """NAT where the hook allows it; in a user chain only what every caller allows."""
        if chain in ("PREROUTING", "OUTPUT"):
            return self.destination(proto)
        if chain in ("POSTROUTING", "INPUT"):
            return self.source(chain, proto)
        return self.luck.choice(("ACCEPT", f"MARK --or-mark {self.number()}", ""))

    def destination(self, proto: str) -> str:
        luck, ranges = self.luck, self.world.ranges
        choices = [f"DNAT --to-destination {self.place(proto)}" for _ in range(5)]
        choices += ["ACCEPT", f"NETMAP --to {self.world.netmap}"]
        choices.append(f"DNAT --to-destination {luck.choice(ranges)}")
        choices.append(f"DNAT --to-destination {luck.choice(ranges)} --persistent")
        if proto in WITH_PORTS:
            low = luck.choice((80, 8080))
            choices.append(f"REDIRECT --to-ports {low}")
            choices.append(f"REDIRECT --to-ports {low}-{low + luck.randrange(1, 9)}")
            ports = f"{low}-{low + luck.randrange(1, 5)}"
            choices.append(f"DNAT --to-destination {self.with_port(ports)}")
            choices.append(f"DNAT --to-destination {self.with_port(HIDDEN)} --random")
        else:
            choices += ["REDIRECT"] * 2
        return luck.choice(choices)

    def source(self, chain: str, proto: str) -> str:
        luck, own = self.luck, self.luck.choice(self.world.own)
        choices = [f"SNAT --to-source {own}", f"SNAT --to-source {own} --random-fully", "ACCEPT"]
        choices.append(f"SNAT --to-source {self.world.ranges[0]}")
        if chain == "POSTROUTING":
            choices += ["MASQUERADE"] * 3 + ["MASQUERADE --random-fully", "MASQUERADE --random"]
            if proto in WITH_PORTS:
                choices.append("MASQUERADE --to-ports 3000-3100")
        if proto in WITH_PORTS:
            span = f"[{own}]:1002-1005" if self.world.family == 6 else f"{own}:1002-1005"
            choices.append(f"SNAT --to-source {span}")
        return luck.choice(choices)

    def place(self, proto: str) -> str:
        """A destination for DNAT, with a port where the protocol has them."""
        if proto in WITH_PORTS and self.luck.random() < 0.6:
            return self.with_port(str(self.luck.choice((80, 81, 8080))))
        return self.luck.choice(self.world.ends)

    def with_port(self, port: str) -> str:
        end = self.luck.choice(self.world.ends)
        return f"[{end}]:{port}" if self.world.family == 6 else f"{end}:{port}"
