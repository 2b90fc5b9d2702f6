"""Lint: each kind of finding where it is, in both languages, and nothing where all is well."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from labkit.ruleset import Ruleset
from labkit.ruleset.lint import lint
from labkit.words.lint import TEXTS

KINDS = {
    "dangling-jump": ("error", "*nat;-A PREROUTING -j NOWHERE", 2),
    "loop": ("error", "*nat;:A -;:B -;-A PREROUTING -j A;-A A -j B;-A B -g A", 6),
    "idle loop": ("warning", "*nat;:A -;-A A -j A", 3),
    "too-deep": (
        "warning",
        "*nat;"
        + ";".join(f":C{i} -" for i in range(16))
        + ";-A PREROUTING -j C0;"
        + ";".join(f"-A C{i} -j C{i + 1}" for i in range(15)),
        0,
    ),
    "unused-chain": ("warning", "*nat;:A -;-A A -j ACCEPT", 3),
    "unreached-chain": ("warning", "*nat;:A -;:B -;-A A -j B;-A B -j ACCEPT", 5),
    "empty-chain": ("note", "*nat;:A -", 0),
    "unreachable": ("warning", "*filter;-A INPUT -j ACCEPT;-A INPUT -p tcp -j DROP", 3),
    "unreachable behind a chain": (
        "warning",
        "*filter;:A -;:B -;-A INPUT -j A;-A INPUT -p tcp -j DROP;-A A -p udp;-A A -g B;-A B -j DROP",
        5,
    ),
    "shadowed": (
        "warning",
        "*filter;-A INPUT -d 10.0.0.0/8 -p tcp -j ACCEPT;"
        "-A INPUT -d 10.1.0.0/16 -i eth0 -p tcp -m tcp --dport 80 -j DROP",
        3,
    ),
    "shadowed ports": (
        "warning",
        "*filter;-A INPUT -p tcp --dport 80:90 -j ACCEPT;-A INPUT -p tcp --dport 85 --syn -j DROP",
        3,
    ),
    "lost-packets": (
        "warning",
        "*nat;:A -;-A PREROUTING -j A;"
        "-A A -m statistic --mode random --probability 0.33333333333 -j ACCEPT;"
        "-A A -m statistic --mode random --probability 0.33333333333 -j ACCEPT;"
        "-A A -m statistic --mode random --probability 0.33333333333 -j ACCEPT",
        6,
    ),
    "lost-packets before a rule that ends nothing": (
        "warning",
        "*nat;:A -;:B -;-A PREROUTING -j A;"
        "-A A -m statistic --mode nth --every 2 --packet 0 -j B;"
        "-A A -m statistic --mode nth --every 2 --packet 0 -j B;-A A -m comment --comment x;"
        "-A B -j RETURN",
        6,
    ),
}
FINE = {
    "shares that add up": "*nat;:A -;-A PREROUTING -j A;"
    "-A A -m statistic --mode random --probability 0.33333333333 -j ACCEPT;"
    "-A A -m statistic --mode random --probability 0.5 -j ACCEPT;-A A -j ACCEPT",
    "the last of n": "*nat;:A -;-A PREROUTING -j A;"
    "-A A -m statistic --mode nth --every 2 --packet 0 -j ACCEPT;"
    "-A A -m statistic --mode nth --every 1 --packet 0 -j ACCEPT",
    "a sample": "*filter;-A INPUT -m statistic --mode random --probability 0.1 -j LOG",
    "a chain that may come back": "*filter;:A -;-A INPUT -j A;-A INPUT -p tcp -j DROP;"
    "-A A -p udp -j RETURN;-A A -j DROP",
    "narrow before wide": "*filter;-A INPUT -d 10.1.0.0/16 -j ACCEPT;-A INPUT -d 10.0.0.0/8 -j DROP",
    "other protocol": "*filter;-A INPUT -p tcp --dport 80 -j ACCEPT;-A INPUT -p udp --dport 80 -j DROP",
    "a goto that comes back": "*filter;:A -;:B -;-A INPUT -j A;-A INPUT -p udp -j DROP;"
    "-A A -p udp -g B;-A A -j DROP;-A B -p tcp -j ACCEPT",
    "ports that overlap": "*filter;-A INPUT -p tcp --dport 80:90 -j ACCEPT;"
    "-A INPUT -p tcp --dport 85:95 -j DROP",
    "negation": "*filter;-A INPUT ! -d 10.0.0.0/8 -j ACCEPT;-A INPUT -d 10.1.0.0/16 -j DROP",
    "a mark set in between": "*filter;-A INPUT -m mark --mark 1 -j ACCEPT;"
    "-A INPUT -j MARK --set-mark 1;-A INPUT -m mark --mark 1 -j DROP",
    "a draw before": "*filter;-A INPUT -p tcp -m statistic --mode random --probability 0.5 -j DROP;"
    "-A INPUT -p tcp -j ACCEPT",
    "a jump before": "*filter;:A -;-A INPUT -p tcp -j A;-A INPUT -p tcp -j DROP;-A A -p udp -j DROP",
}


def read(text: str) -> Ruleset:
    """``;`` stands for the end of a line."""
    lines = (line + " [0:0]" if line[0] == ":" else line for line in text.split(";"))
    return Ruleset.parse("\n".join((*lines, "COMMIT", "")), family=4)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_found_where_it_is(name: str) -> None:
    """The finding has its level and line, and a sentence in both languages."""
    level, text, line = KINDS[name]
    code = "loop" if "loop" in name else name.split()[0]
    found = [one for one in lint(read(text)) if one.code == code]
    assert [(one.level, one.line) for one in found[:1]] == [(level, line)]
    assert code in str(found[0]) and found[0].sentence("es") != found[0].sentence("en")
    assert "{" not in found[0].text("es") + found[0].text("en")


@pytest.mark.parametrize("name", FINE)
def test_nothing_is_found_where_all_is_well(name: str) -> None:
    """No finding for rules that only look like a mistake."""
    assert lint(read(FINE[name])) == ()


def test_every_sentence_is_used() -> None:
    """Each message of the catalogue belongs to a kind that is tested here or to a level."""
    codes = {"loop" if "loop" in name else name.split()[0] for name in KINDS}
    keys = {key.removeprefix("lint.") for key in TEXTS}
    assert keys - codes == {"error", "warning", "note", "line", "idle-loop", "refused"}
