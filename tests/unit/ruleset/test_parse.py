"""Reading rules: what is accepted, and how everything else is refused."""

from __future__ import annotations

import pytest

from labkit.errors import LabkitError, RulesError, UnsupportedExtension
from labkit.ruleset import Ruleset
from labkit.ruleset.lint import lint
from labkit.ruleset.tables import NoSuchChain
from labkit.xt.registry import MATCHES, TARGETS


def filter_table(*lines: str) -> str:
    """Lines within table filter."""
    return "\n".join(["*filter", ":OWN - [0:0]", *lines, "COMMIT", ""])


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("-A INPUT -m quantum -j DROP", "quantum"),
        ("-A INPUT -m conntrack --ctmood GOOD -j DROP", "--ctmood"),
        ("-A INPUT -p tcp --dport 80 --wibble 3", "--wibble"),
        ("-A INPUT -j TPROXY --on-port 80", "TPROXY"),
        ("-A INPUT -p udp --syn", "--syn"),
    ],
)
def test_unknown_extension_is_refused_by_name(line: str, word: str) -> None:
    """The error names the line and the word; nothing is assumed to match."""
    with pytest.raises(UnsupportedExtension) as caught:
        Ruleset.parse(filter_table("-A INPUT -j OWN", line), source="my.rules")
    assert (caught.value.line, caught.value.word) == (4, word)
    assert "my.rules, line 4" in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "-A INPUT -s 10.0.0.300 -j DROP",
        "-A INPUT -s 10.0.0.0/33",
        "-A INPUT -p tcp --dport 99999",
        "-A INPUT -p tcp --dport 90:80",
        "-A INPUT -p nonsense",
        "-A INPUT -m",
        "-A INPUT !",
        "-A INPUT ! -j DROP",
        "-A NOWHERE -j DROP",
        "-A INPUT -j DROP -j ACCEPT",
        "-A",
        "-E",
        '-A INPUT -m comment --comment "open',
        "-A INPUT -m comment",
        "-A INPUT word",
        "-A INPUT -m statistic --mode random --probability 1.5",
        "-A INPUT -m statistic --mode nth --every 3 --packet 3",
        "-A INPUT -m tcp --dport 80",
        "-A INPUT -j MARK",
        "-A INPUT -j DNAT --to-destination 1.2.3.4",
        "-A INPUT -j REJECT --reject-with tcp-reset",
        "-A INPUT -s 10.0.0.1 -s 10.0.0.2",
        "-A INPUT ! -s 10.0.0.1,10.0.0.2",
        "[1:x] -A INPUT",
        "[1:2]",
        "-I INPUT 9 -j DROP",
        ":INPUT MAYBE [0:0]",
        f":{'X' * 29} - [0:0]",
        "-X INPUT",
        "-A INPUT -o eth0 -j DROP",
        "-A INPUT -m recent --set --rcheck",
        "-A INPUT -m multiport --dports 80",
        "-A INPUT\0",
        "-A INPUT -m mark --mark zz",
        "-A INPUT -i interface-name-too-long -j DROP",
    ],
)
def test_bad_line_is_one_sentence_with_its_number(line: str) -> None:
    """Each bad line raises RulesError that carries the line's number."""
    with pytest.raises(RulesError) as caught:
        Ruleset.parse(filter_table(line))
    assert caught.value.line == 3
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "-A INPUT -j DROP\n",
        "*nat\n:PREROUTING ACCEPT [0:0]\n",
        "*nat\n*filter\nCOMMIT\n",
        "*wrong\nCOMMIT\n",
        "COMMIT\n",
        "*nat\n:\nCOMMIT\n",
        "\0",
        "hello world",
    ],
)
def test_bad_structure_is_refused(text: str) -> None:
    """Rules outside of a table, truncated saves and other files are refused."""
    with pytest.raises(RulesError):
        Ruleset.parse(text)


def test_truncated_save_never_breaks_the_reader() -> None:
    """A save cut off anywhere is either read or refused in words."""
    text = filter_table(
        '[1:2] -A INPUT ! -s 10.0.0.0/8 -p tcp -m comment --comment "a \\"b\\" c" -m tcp '
        "--dport 80:90 -m statistic --mode random --probability 0.5 -j OWN",
    )
    for end in range(len(text)):
        try:
            Ruleset.parse(text[:end])
        except LabkitError:
            continue


def test_ten_thousand_nested_chains_are_no_problem() -> None:
    """Deep nesting is read, printed and checked without recursion."""
    count = 10_000
    lines = [f":C{i} - [0:0]" for i in range(count)]
    lines += [f"-A C{i} -j C{i + 1}" for i in range(count - 1)]
    rules = Ruleset.parse(filter_table(*lines, "-A INPUT -j C0"))
    assert Ruleset.parse(rules.canonical()).canonical() == rules.canonical()
    assert "loop" not in {finding.code for finding in lint(rules)}
    looped = Ruleset.parse(filter_table(*lines, f"-A C{count - 1} -j C0"))
    assert "loop" in {finding.code for finding in lint(looped)}


def test_several_addresses_make_several_rules() -> None:
    """-s a,b -d c,d is four rules, as iptables makes them."""
    rules = Ruleset.parse(filter_table("-A INPUT -s 10.0.0.1,10.0.0.2 -d 10.1.0.1,10.1.0.2"))
    assert len(rules["filter"]["INPUT"]) == 4


def test_insert_delete_flush_and_restore_onto_what_stands() -> None:
    """-I, -F, -X, -P, -N work, and restore(noflush) leaves other chains alone."""
    rules = Ruleset.parse(
        filter_table(
            "-A INPUT -j DROP",
            "-I INPUT -j ACCEPT",
            "-I INPUT 2 -j OWN",
            "-N NEW",
            "-A NEW -j DROP",
            "-F NEW",
            "-X NEW",
            "-P FORWARD DROP",
            "-A OWN -j RETURN",
        )
    )
    names = [rule.target.NAME for rule in rules["filter"]["INPUT"] if rule.target]
    assert names == ["ACCEPT", "jump", "DROP"]
    assert "NEW" not in rules["filter"]
    assert rules["filter"]["FORWARD"].policy == "DROP"
    after = rules.restore("*filter\n:OWN - [0:0]\n-A OWN -j ACCEPT\nCOMMIT\n")
    assert len(after["filter"]["INPUT"]) == 3
    assert [str(rule) for rule in after["filter"]["OWN"]] == ["-A OWN -j ACCEPT"]
    assert len(rules.restore("*filter\nCOMMIT\n", noflush=False)["filter"]["INPUT"]) == 0


def test_missing_table_and_chain_are_named() -> None:
    """Asking for what is not there says so, and `in` works."""
    rules = Ruleset.parse(filter_table())
    with pytest.raises(NoSuchChain, match="KUBE"):
        rules["filter"]["KUBE"]
    with pytest.raises(NoSuchChain, match="nat"):
        rules["nat"]
    assert "OWN" in rules["filter"]
    assert "KUBE" not in rules["filter"]


def test_negation_is_carried_by_the_match() -> None:
    """Match.negated tells whether an option stands behind the exclamation mark."""
    plain, turned = Ruleset.parse(
        filter_table(
            "-A INPUT -p tcp --dport 80 -m mark --mark 1",
            "-A INPUT -p tcp ! --dport 80 -m mark ! --mark 1",
        )
    )["filter"]["INPUT"]
    assert [match.negated for match in plain.matches] == [False, False]
    assert [match.negated for match in turned.matches] == [True, True]


def test_ipv6_falls_out() -> None:
    """The family is seen from the addresses; masks and default refusals are those of IPv6."""
    rules = Ruleset.parse(filter_table("-A INPUT -s fd00::1 -p tcp -j REJECT"))
    assert rules.family == 6
    assert rules["filter"]["INPUT"][0].canonical == (
        "-A INPUT -s fd00::1/128 -p tcp -j REJECT --reject-with icmp6-port-unreachable"
    )


def test_every_extension_has_a_table_of_flags_and_a_name() -> None:
    """Names in the registry are those that rules write, and flags look like flags."""
    for name, extension in {**MATCHES, **TARGETS}.items():
        assert name == extension.NAME
        assert all(flag.name.startswith("-") for flag in extension.FLAGS)
