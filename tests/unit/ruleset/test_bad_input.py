"""Text that is no ruleset is refused with its line and, where there is one, its word."""

from __future__ import annotations

import contextlib
import tracemalloc

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


SIZE = 2 << 20
JUNK = {
    "empty lines": "\n" * SIZE,
    "comments": "#x\n" * (SIZE // 3),
    "one long line": "x" * SIZE,
    "one long line of words": f"{HEAD}-A A {'x ' * (SIZE // 2)}",
    "matches without end": f"{HEAD}-A A {'-m comment ' * (SIZE // 11)}",
    "a list without end": f"{HEAD}-A A -m conntrack --ctstate {'NEW,' * (SIZE // 4)}",
    "quotes": HEAD + "-A A " + chr(34) * SIZE,
    "bytes of no text": "".join(map(chr, range(256))) * (SIZE // 256),
    "NUL bytes": f"{HEAD}{chr(0) * SIZE}",
    "backslashes": HEAD + '-A A -m comment --comment "' + chr(92) * SIZE,
}


@pytest.mark.parametrize("kind", JUNK)
def test_junk_takes_little_memory(kind: str) -> None:
    """Whatever two megabytes hold, reading them takes no more than a few times as much."""
    text = JUNK[kind]
    tracemalloc.start()
    try:
        with contextlib.suppress(RulesError):
            Ruleset.parse(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(text)


def test_a_word_is_no_longer_than_iptables_restore_reads() -> None:
    """1,023 characters are read, one more is refused with line and word (xshared.c)."""
    good = f"{HEAD}-A A -p tcp -m multiport --dports {','.join(['1'] * 15)} -j RETURN\n"
    fits = f'-A A -m comment --comment "{255 * chr(120)}" -j LOG --log-prefix "{29 * chr(121)}"\n'
    Ruleset.parse(f"{good}{fits}COMMIT\n")
    for line in (f"-A A -s {'1' * 1024}\n", f'-A A -m comment --comment "{1024 * chr(120)}"\n'):
        with pytest.raises(RulesError, match="at most 1,023 characters") as caught:
            Ruleset.parse(f"{good}{line}COMMIT\n")
        assert caught.value.line == 4
        assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("name", ['a"b', "a b", ""])
def test_no_chain_has_a_name_that_cannot_be_read_again(name: str) -> None:
    """Blanks and quotes in the name of a chain are refused where it is jumped to."""
    word = name.replace('"', '\\"')
    with pytest.raises(RulesError) as caught:
        Ruleset.parse(f'{HEAD}-A A -j "{word}"\nCOMMIT\n')
    assert caught.value.line == 3
