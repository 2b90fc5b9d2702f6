"""All rulesets that kube-proxy or a cluster really had, for ``labkit verify``.

``python -m tests.linux.rulesets`` holds the emulator against Linux on every one of them, on
both back ends, and prints the sum (about four minutes; the test takes a sample).
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.netfilter.replay import ROUTES, interfaces
from labkit.netns.linux import Linux
from labkit.netns.verify import Verification, ask
from labkit.ruleset.tables import Ruleset
from tests.golden.kubeproxy.ruletext import JUMPS, rows

TESTS = Path(__file__).parents[1]
BACKENDS = ("nft", "legacy")
NODE = "172.30.99.3"
"""An address of the nodes of which the saves are."""


@dataclass(frozen=True)
class Known:
    """One of them; ``local`` are the node's addresses."""

    name: str
    text: str
    family: int
    local: tuple[str, ...]

    @property
    def rules(self) -> Ruleset:
        """The text as rules."""
        return Ruleset.parse(self.text, source=self.name, family=self.family)


def known() -> list[Known]:
    """The saves of 40 clusters and of kind, the 60 restore inputs, the rules with flows.

    What kube-proxy feeds to iptables-restore holds no jumps from built-in chains: it is there
    as it is and, "wired", with those jumps.
    """
    return [*_saves(), *_restore_inputs(), *_cases()]


def _saves() -> Iterator[Known]:
    texts: dict[str, str] = _unpacked(TESTS / "golden" / "saves" / "saves.json.gz")
    for name, text in texts.items():
        yield Known(name, text, 4, (NODE,))


def _restore_inputs() -> Iterator[Known]:
    for row in rows("restore-inputs.jsonl.gz"):
        family = 6 if row["config"]["ipv6"] else 4
        yield from _both(row["id"], row["rules"], family, (row["config"]["nodeIP"],))


def _cases() -> Iterator[Known]:
    for row in _unpacked(TESTS / "flows" / "flows.json.gz"):
        family = 6 if row["ipFamily"] == "IPv6" else 4
        local = tuple(ip for ip in row["nodeIPs"] if (":" in ip) == (family == 6))
        yield from _both(row["name"], row["rules"], family, local)


def _both(name: str, text: str, family: int, local: tuple[str, ...]) -> Iterator[Known]:
    yield Known(name, text, family, local)
    lines = [
        line
        for line in JUMPS.splitlines()
        if "-j KUBE" not in line or f":{line.rpartition(' ')[2]} " in text
    ]
    whole = Ruleset.parse(text, family=family).restore("\n".join(lines) + "\n")
    yield Known(f"{name} wired", whole.render(), family, local)


def _unpacked(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


def verified(one: Known, backend: str) -> Verification:
    """The emulator against Linux, on a node with the ruleset's addresses."""
    with Linux(interfaces(one.local), ROUTES) as linux:
        return ask(linux, one.rules, backend, one.local)


def main() -> int:
    """All of them; the exit status is 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.linux.rulesets", description=__doc__)
    parser.add_argument("--only", default="", help="a part of the names")
    options = parser.parse_args()
    wanted = [one for one in known() if options.only in one.name]
    bad = 0
    for backend in BACKENDS:
        rules = packets = 0
        for one in wanted:
            found = verified(one, backend)
            rules, packets = rules + found.rules, packets + found.packets
            for difference in found.differences[:5]:
                print(f"{one.name} {backend}: {difference}", flush=True)
            bad += bool(found.differences)
        print(f"iptables-{backend}: {len(wanted)} rulesets, {rules} rules, {packets} packets")
    print(f"{bad} with differences")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
