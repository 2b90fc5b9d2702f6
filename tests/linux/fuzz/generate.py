"""Random rulesets from a small world, so that rules do match and flows do meet."""

from __future__ import annotations

import random

from tests.linux.fuzz.matches import THEMES
from tests.linux.fuzz.targets import Targets
from tests.linux.fuzz.worlds import HOOKS, World


def ruleset(luck: random.Random, world: World, serial: int, slow: bool, chance: bool) -> str:
    """All four tables, or some of them; ``serial`` makes the names of recent lists unique."""
    theme = luck.choice(("recent", "counting") if slow else THEMES)
    lists = [f"r{serial}a", f"r{serial}b"]
    maker = Maker(luck, world, slow, chance, lists, theme)
    names = [t for t in HOOKS if luck.random() < 0.85] or ["filter"]
    return "".join(maker.table(name) for name in names)


class Maker(Targets):
    """One ruleset in the making."""

    def table(self, table: str) -> str:
        """A table with chains of its own; jumps only lead to later chains."""
        luck, own = self.luck, [f"C{i}" for i in range(self.luck.randrange(2, 6))]
        lines = [f"*{table}"]
        for hook in HOOKS[table]:
            drop = table in ("raw", "mangle", "filter") and luck.random() < 0.08
            lines.append(f":{hook} {'DROP' if drop else 'ACCEPT'} [0:0]")
        lines += [f":{name} - [0:0]" for name in own]
        lines += self.beginnings(table)
        places = [(-1, hook) for hook in HOOKS[table]] + list(enumerate(own))
        for place, chain in places:
            for _ in range(luck.randrange(1, 6)):
                lines.append(self.rule(table, chain, own[place + 1 :]))
        return "\n".join([*lines, "COMMIT", ""])

    def beginnings(self, table: str) -> list[str]:
        """What gives the rules of a theme something to find."""
        luck, nets = self.luck, self.world.nets
        if table == "mangle" and self.theme == "marks":
            return [
                f"-A {hook} -s {luck.choice(nets)} -j MARK --set-mark {self.number()}"
                for hook in ("PREROUTING", "PREROUTING", "PREROUTING", "OUTPUT", "POSTROUTING")
            ] + [f"-A POSTROUTING {self.connmark()}" for _ in range(3)]
        if table == "filter" and self.theme == "states":
            return [
                f"-A {chain} -p tcp -m conntrack --ctstate ESTABLISHED -m statistic --mode nth "
                f"--every {luck.randrange(3, 6)} --packet 0 -j REJECT --reject-with tcp-reset"
                for chain in ("INPUT", "FORWARD")
            ]
        return []

    def rule(self, table: str, chain: str, later: list[str]) -> str:
        """Matches, then a jump, a verdict, something done, or nothing.

        Dice come last: what Linux threw can be seen only when nothing else decides after it.
        """
        luck = self.luck
        words = [f"-A {chain}", *self.header(chain)]
        proto = next((w.split()[-1] for w in words if w.startswith("-p ")), "")
        if proto:
            words += self.transport(proto)
        more = [self.match() for _ in range(luck.choice((0, 0, 1, 1, 2)))]
        words += sorted(more, key=lambda one: "--probability" in one)
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
