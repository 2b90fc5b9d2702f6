"""``labkit verify``: kube-proxy's real rules, in the emulator and on Linux, without a difference.

This is a sample; ``python -m tests.linux.rulesets`` takes all of them (about five minutes).
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from labkit.netns.compare import Difference
from labkit.netns.verify import verify
from labkit.ruleset import Ruleset
from labkit.xt.mark import MarkTarget
from tests.linux.rulesets import BACKENDS, Known, known, verified
from tests.linux.wire import require_linux
from tests.support import labkit

pytestmark = pytest.mark.linux
SAMPLE = 14
KNOWN = known()
TAKEN = [
    one
    for one in KNOWN
    if one.name in ("base2/worker", "affinity_default/legacy", "kind/base2.control-plane")
] + random.Random(3).sample(KNOWN, SAMPLE)


@pytest.fixture(autouse=True)
def _needs_linux() -> None:
    require_linux()


@pytest.mark.parametrize("one", TAKEN, ids=lambda one: one.name)
def test_kube_proxys_rules_do_the_same_on_linux(one: Known) -> None:
    """Ends, ways through the rules, counters and printing are equal; for each ruleset the back
    ends take turns."""
    backend = BACKENDS[len(one.name) % 2]
    found = verified(one, backend)
    assert found.packets > 30
    assert not found.differences, f"{backend}: {found.differences[0]}"


def test_there_are_all_the_rulesets_that_are_known() -> None:
    """120 saves of 40 clusters, those of kind, 60 restore inputs and the rules with flows."""
    names = [one.name for one in KNOWN]
    assert len([n for n in names if n.endswith(("/worker", "/worker2", "/legacy"))]) >= 120
    assert len([n for n in names if n.startswith("kind/")]) >= 2
    assert len([n for n in names if n.startswith("r00") and n.endswith("wired")]) == 60


def test_a_planted_difference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the emulator sets another mark than Linux, verify says which packet and which mark."""
    text = "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j MARK --set-mark 5\nCOMMIT\n"
    rules = Ruleset.parse(text)

    def wrong(self: MarkTarget, frame: object) -> object:
        frame.mark = 6  # type: ignore[attr-defined]
        frame.changed()  # type: ignore[attr-defined]
        return CONTINUE

    from labkit.xt.base import CONTINUE

    monkeypatch.setattr(MarkTarget, "apply", wrong)
    found = verify(rules)
    assert found.differences
    first: Difference = found.differences[0]
    assert "mark 0x5" in first.linux and "mark 0x6" in first.emulator


RULES = "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p tcp -m tcp --dport 80 -j DROP\nCOMMIT\n"


def test_the_command_says_what_it_compared(tmp_path: Path) -> None:
    """Status 0, a sentence for each back end in both languages, and the same as JSON."""
    path = tmp_path / "node.rules"
    path.write_text(RULES)
    done = labkit("verify", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "iptables-nft",
        "iptables-legacy",
    ]
    assert "0 differences" in done.stdout
    assert "0 diferencias" in labkit("verify", str(path), "--backend", "nft", lang="es").stdout
    said = json.loads(labkit("verify", "-", "--json", "--backend", "legacy", stdin=RULES).stdout)
    assert said["equal"] is True
    assert [one["backend"] for one in said["backends"]] == ["legacy"]
    assert said["backends"][0]["packets"] > 10 and said["backends"][0]["rules"] == 1


def test_sets_are_loaded_into_linux_too(tmp_path: Path) -> None:
    """Rules with -m set are compared when the sets come along."""
    rules, sets = tmp_path / "node.rules", tmp_path / "sets.txt"
    rules.write_text(
        "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m set --match-set far dst -j DROP\nCOMMIT\n"
    )
    sets.write_text("create far hash:ip family inet\nadd far 203.0.113.9\n")
    done = labkit("verify", str(rules), "--ipset", str(sets))
    assert done.returncode == 0, done.stderr
    without = labkit("verify", str(rules))
    assert without.returncode == 2 and "--ipset" in without.stderr


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("*filter\n-A FORWARD -j GONE\nCOMMIT\n", [], "GONE"),
        ("*filter\n-A FORWARD -m quux -j DROP\nCOMMIT\n", [], "quux"),
        ("\0\0\0", [], "NUL byte"),
        (RULES, ["--local", "10.0.0.300"], "10.0.0.300"),
        (RULES, ["--packets", "0"], "--packets"),
        (RULES, ["--backend", "bpf"], "bpf"),
        (RULES, ["--ipset", "/nowhere/sets"], "/nowhere/sets"),
    ],
)
def test_bad_input_is_one_sentence(text: str, words: list[str], said: str) -> None:
    """Status 2, one or two short lines on stderr, no traceback."""
    done = labkit("verify", "-", *words, stdin=text)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 2 and "Traceback" not in done.stderr
