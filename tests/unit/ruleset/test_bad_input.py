"""Text that is no ruleset is refused with its line and, where there is one, its word."""

from __future__ import annotations

import pytest

from labkit.errors import RulesError
from labkit.netfilter import Node
from labkit.ruleset import Ruleset

HEAD = "*nat\n:A - [0:0]\n"
LONG = 200_000

REFUSED = {
    "a save that is cut off": (f"{HEAD}-A A -p tcp -j RETURN\n", 1, ""),
    "a line that is cut off": (f"{HEAD}-A A -p tcp -m tcp --dp", 3, "--dp"),
    "a NUL byte": (f"{HEAD}-A A\0 -j RETURN\nCOMMIT\n", 3, ""),
    "a file that is not UTF-8": (f"{HEAD}:\udc80 - [0:0]\nCOMMIT\n", 3, ""),
    "junk": ("x" * LONG, 1, "x"),
    "a quote that stays open": (f'{HEAD}-A A -m comment --comment "{"x" * LONG}', 3, ""),
    "a chain named ACCEPT": ("*nat\n:ACCEPT - [0:0]\nCOMMIT\n", 2, "ACCEPT"),
    "a chain made with -N DROP": ("*nat\n-N DROP\nCOMMIT\n", 2, "DROP"),
    "a port of many digits": (f"{HEAD}-A A -p tcp --dport {'9' * LONG}\nCOMMIT\n", 3, "999"),
    "a mark of many digits": (f"{HEAD}-A A -m mark --mark 0x{'f' * LONG}\nCOMMIT\n", 3, "0xfff"),
    "an address of colons": (f"{HEAD}-A A -s {':' * LONG}\nCOMMIT\n", 3, ":::"),
    "counters of many digits": (f"{HEAD}[{'9' * LONG}:1] -A A\nCOMMIT\n", 3, "[999"),
    "a line that makes 10^8 rules": (
        f"{HEAD}-A A -s {','.join(['10.0.0.1'] * 10_000)} -d {','.join(['10.0.0.1'] * 10_000)}\n",
        3,
        "10.0.0.1,",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_text_is_refused_with_line_and_word(case: str) -> None:
    """The error names the place, and stays short however long the word is."""
    text, line, word = REFUSED[case]
    with pytest.raises(RulesError) as caught:
        Ruleset.parse(text)
    assert caught.value.line == line
    assert caught.value.word.startswith(word)
    assert bool(caught.value.word) == bool(word)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_a_jump_to_itself_is_refused(backend: str) -> None:
    """Neither back end of Linux loads a loop, once a built-in chain leads to it."""
    Node(Ruleset.parse(f"{HEAD}-A A -j A\nCOMMIT\n"), backend=backend)
    rules = Ruleset.parse(f"{HEAD}-A A -j A\n-A INPUT -j A\nCOMMIT\n")
    with pytest.raises(RulesError, match="loop") as caught:
        Node(rules, backend=backend)
    assert (caught.value.line, caught.value.word) == (3, "A")


def test_ten_thousand_nested_chains_load_on_legacy_alone() -> None:
    """No recursion here gives up, and iptables-nft's limit is said in words."""
    count = 10_000
    lines = [f":C{i} - [0:0]" for i in range(count)]
    lines += ["-A INPUT -j C0", *(f"-A C{i} -j C{i + 1}" for i in range(count - 1))]
    rules = Ruleset.parse("\n".join(["*filter", *lines, "COMMIT", ""]))
    assert Node(rules, backend="legacy").rules is rules
    with pytest.raises(RulesError, match="Too many links"):
        Node(rules, backend="nft")


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    """The same rules, with or without them."""
    text = f"{HEAD}-A A -s 10.0.0.1/32 -j RETURN\n-A A -s 10.0.0.2/32 -j RETURN\nCOMMIT\n"
    assert Ruleset.parse("\ufeff" + text.replace("\n", "\r\n")) == Ruleset.parse(text)
