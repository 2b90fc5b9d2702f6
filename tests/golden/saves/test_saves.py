"""Real output of iptables-save: reading it and writing it again changes nothing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from labkit.netfilter import Node
from labkit.ruleset import Ruleset
from labkit.ruleset.lint import lint

SAVES: dict[str, str] = json.loads(
    gzip.decompress((Path(__file__).parent / "saves.json.gz").read_bytes())
)


def bare(text: str) -> str:
    """The save without its comment lines."""
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize("name", SAVES)
def test_canonical_form_is_what_iptables_save_printed(name: str) -> None:
    """canonical(parse(save)) is the save, counters included."""
    assert Ruleset.parse(SAVES[name]).canonical() == bare(SAVES[name])


@pytest.mark.parametrize("name", SAVES)
def test_rendering_keeps_the_value(name: str) -> None:
    """parse(render(rules)) == rules, and canonical text stays canonical."""
    rules = Ruleset.parse(SAVES[name])
    assert Ruleset.parse(rules.render()) == rules
    assert Ruleset.parse(rules.canonical()).canonical() == rules.canonical()


@pytest.mark.parametrize("name", SAVES)
def test_lint_finds_no_error_in_what_linux_loaded(name: str) -> None:
    """Linux took these rules, so there is nothing to refuse, and no endpoint loses packets."""
    rules = Ruleset.parse(SAVES[name])
    Node(rules, addresses=["172.30.99.3"])
    codes = {finding.code for finding in lint(rules)}
    assert not codes & {"dangling-jump", "loop", "lost-packets"}


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    """A save that went through Windows reads the same."""
    text = SAVES["base2/worker"]
    assert Ruleset.parse("\ufeff" + text.replace("\n", "\r\n")) == Ruleset.parse(text)


def test_every_rule_keeps_its_line_and_text() -> None:
    """rule.line and rule.text point into the source."""
    lines = SAVES["affinity_default/legacy"].splitlines()
    for rule in Ruleset.parse(SAVES["affinity_default/legacy"]).rules():
        assert lines[rule.line - 1] == rule.text


def test_legacy_and_nft_say_the_same_but_for_counters() -> None:
    """Both back ends print the same rules; only the counters of built-in chains differ."""
    seen = 0
    for name, text in SAVES.items():
        if name.endswith("/legacy"):
            other = Ruleset.parse(SAVES[name.replace("/legacy", "/worker")])
            one = Ruleset.parse(text)
            assert sorted(one.canonical(zero=True).splitlines()) == sorted(
                other.canonical(zero=True).splitlines()
            ), name
            seen += 1
    assert seen == 40
