"""canonical() beside iptables-save, for every ruleset of the repository and both back ends."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.netns.linux import Linux
from labkit.ruleset import Ruleset
from tests.linux.wire import require_linux

pytestmark = pytest.mark.linux
GOLDEN = Path(__file__).parents[1] / "golden"


def texts() -> Iterator[tuple[str, str]]:
    """Name and text: saves of real nodes, what kube-proxy restores, and the edge cases."""
    saves = json.loads(gzip.decompress((GOLDEN / "saves" / "saves.json.gz").read_bytes()))
    yield from saves.items()
    for name, key in (("restore-inputs", "rules"), ("cases", "expected_rules_nfacct")):
        lines = gzip.decompress((GOLDEN / "kubeproxy" / f"{name}.jsonl.gz").read_bytes())
        for number, line in enumerate(lines.decode().splitlines()):
            rules = json.loads(line)[key]
            for family, text in rules.items() if isinstance(rules, dict) else [("", rules)]:
                yield f"{name}-{number}{family}", text


def tables(save: str) -> list[str]:
    """The tables of a save, by name: iptables-legacy prints the one used last first."""
    plain = (line for line in save.splitlines(keepends=True) if line[0] != "#")
    return sorted("".join(plain).split("COMMIT\n"))


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_canonical_is_what_iptables_save_prints(backend: str) -> None:
    """Each text is loaded for good, and ``iptables-save`` of it is canonical() of the text."""
    require_linux()
    seen = 0
    with Linux({"eth0": ("192.168.77.1/24",)}) as linux:
        for name, text in texts():
            rules = Ruleset.parse(text)
            linux.load(text, backend, rules.family)
            tool = f"ip{'6' if rules.family == 6 else ''}tables-{backend}-save"
            present = {f"*{table}" for table in rules}
            saved = [
                part
                for part in tables(linux.run(tool)["out"])
                if part.partition("\n")[0] in present
            ]
            expected = [part for part in tables(rules.canonical(zero=True)) if part]
            assert saved == expected, name
            seen += 1
    assert seen > 200
