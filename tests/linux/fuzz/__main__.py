"""``python -m tests.linux.fuzz --rulesets 2000 --packets 500000``: the emulator against Linux."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from itertools import count

from labkit.errors import LabkitError
from labkit.netfilter.replay import INTERFACES, ROUTES
from labkit.netns.linux import Linux
from tests.linux.fuzz.mutants import score, summary
from tests.linux.fuzz.play import Case, by_chance, play

BACKENDS = ("nft", "legacy")
REFRESH = 200
"""Cases for one namespace: a new one after so many keeps Linux's memory small."""


class Sessions:
    """One namespace for cases without rules of chance, one that traces for those with them."""

    def __init__(self) -> None:
        self.open: dict[bool, Linux] = {}

    def of(self, seed: int) -> Linux:
        """The one for the case of a seed."""
        traced = by_chance(seed)
        if traced not in self.open:
            self.open[traced] = Linux(INTERFACES, ROUTES).__enter__()
        return self.open[traced]

    def end(self) -> None:
        """Leave them: the next cases get new ones."""
        for linux in self.open.values():
            linux.__exit__()
        self.open = {}


def run(rulesets: int, packets: int, first: int, backends: tuple[str, ...], shown: int) -> int:
    """Compare at least so many rulesets and packets on each back end; the differing cases."""
    bad = 0
    for backend in backends:
        began, done, total, rules, wrong = time.monotonic(), 0, 0, 0, []
        sessions = Sessions()
        per_case = max(100, packets // max(rulesets, 1))
        for seed in count(first):
            if done >= rulesets and total >= packets:
                break
            if done % REFRESH == REFRESH - 1:
                sessions.end()
            try:
                case = play(sessions.of(seed), seed, backend, per_case)
            except LabkitError as error:
                print(f"seed {seed} {backend}: {error}", file=sys.stderr)
                wrong.append(seed)
                done += 1
                sessions.end()
                continue
            done, total, rules = done + 1, total + case.packets, rules + case.rules
            if case.differences:
                wrong.append(seed)
                if len(wrong) <= shown:
                    tell(case)
        sessions.end()
        seconds = time.monotonic() - began
        print(
            f"iptables-{backend}: {done} rulesets, {rules} rules, {total} packets, "
            f"{len(wrong)} rulesets with differences, {seconds:.0f} s",
            flush=True,
        )
        if wrong:
            print("  seeds:", *wrong[:30])
        bad += len(wrong)
    return bad


def tell(case: Case) -> None:
    """The first differences of a case."""
    kinds = Counter(d.what.split()[0] for d in case.differences)
    print(f"seed {case.seed} {case.backend}: {len(case.differences)} differences {dict(kinds)}")
    for difference in case.differences[:4]:
        print(f"   #{difference.number} {difference}")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.linux.fuzz", description=__doc__)
    parser.add_argument("--rulesets", type=int, default=2000)
    parser.add_argument("--packets", type=int, default=500_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--backend", choices=(*BACKENDS, "both"), default="both")
    parser.add_argument("--shown", type=int, default=10, help="cases to print")
    parser.add_argument("--no-mutants", action="store_true", help="leave the mutation score out")
    options = parser.parse_args()
    backends = BACKENDS if options.backend == "both" else (options.backend,)
    bad = run(options.rulesets, options.packets, options.first, backends, options.shown)
    if not options.no_mutants:
        print(summary(score()), flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
