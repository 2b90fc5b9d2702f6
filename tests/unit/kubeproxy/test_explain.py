"""Every rule of a real save is explained, and the sentence names what it is about."""

from __future__ import annotations

import re

import pytest

from labkit.errors import RulesError
from labkit.kubeproxy.explain import explain, explained
from tests.golden.kubeproxy.ruletext import rows

SAVES = {row["variant"]: row["worker"] for row in rows("clusters.jsonl.gz")}
RESTORES = {row["id"]: row["rules"] for row in rows("restore-inputs.jsonl.gz")}
FOREIGN = ("Not one of kube-proxy's rules.", "No es una regla de kube-proxy.")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_no_rule_of_kube_proxy_is_left_without_a_sentence(lang: str) -> None:
    """Of 100 clusters' rules, in either spelling, each has its own sentence; it names the
    Service of its comment and the address that its DNAT leads to."""
    for text in (*SAVES.values(), *RESTORES.values()):
        explained = explain(text, lang)
        assert [rule for rule, _ in explained] == [
            line for line in text.splitlines() if line.startswith("-A")
        ]
        for rule, sentence in explained:
            assert sentence not in FOREIGN
            assert "{" not in sentence
            assert "  " not in sentence
            service = re.search(r'--comment "?(?:[a-zA-Z ]* for )?([\w-]+/[\w:-]+)', rule)
            assert not service or service.group(1) in sentence
            target = re.search(r"--to-destination (\S+)", rule)
            assert not target or target.group(1) in sentence


def sentence(variant: str, *parts: str, lang: str = "en") -> str:
    """The sentence about the only rule of a save with all these parts."""
    found = [said for rule, said in explain(SAVES[variant], lang) if all(p in rule for p in parts)]
    assert len(found) == 1, found
    return found[0]


def test_shares_are_said_of_those_that_come_and_of_all() -> None:
    """Of five endpoints the second rule takes 1 in 4 of those left, 1 in 5 of all."""
    said = sentence("replicas5", "--probability 0.25000000000")
    assert "1 in 4" in said
    assert "1 in 5 of all" in said
    dicho = sentence("replicas5", "--probability 0.25000000000", lang="es")
    assert "1 de cada 4" in dicho
    assert "1 de cada 5 del total" in dicho


def test_refused_and_dropped_are_told_apart() -> None:
    """REJECT is for no endpoint at all, DROP for none on this node."""
    assert "refused at once" in sentence("no_endpoints", "-j REJECT")
    local = [
        said
        for row in RESTORES.values()
        for rule, said in explain(row)
        if "has no local endpoints" in rule
    ]
    assert local
    assert all("none on this node" in said for said in local)


def test_mark_is_named_by_its_bit() -> None:
    """Another masquerade bit shows in every sentence about the mark."""
    assert "0x8000" in sentence("cfg_masq_bit_15", "--set-xmark 0x8000/0x8000")
    assert "0x8000" in sentence("cfg_masq_bit_15", "! --mark")
    restore = next(iter(RESTORES.values())).replace("0x4000", "0x00004000")
    assert any("0x4000:" in said for _, said in explain(restore))


def test_large_clusters_are_explained_without_comments() -> None:
    """Where endpoints have no comment, the chains that lead to them tell the Service."""
    row = next(row for row in rows("cases.jsonl.gz") if row["name"].endswith("1001"))
    explained = explain(row["expected_rules_nfacct"])
    dnats = [said for rule, said in explained if "DNAT --to" in rule]
    assert len(dnats) > 1000
    assert all(re.search(r"an endpoint of \S+/\S+\.", said) for said in dnats)


def test_rules_of_others_are_called_so() -> None:
    """Docker's rules, a broken chain or a stray target are no rules of kube-proxy."""
    text = "*nat\n-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE\n-A DOCKER -j RETURN\n-A\n-A X\n"
    text += "[3:180] -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n"
    said = [sentence for _, sentence in explain(text)]
    assert said[:2] == [FOREIGN[0]] * 2
    assert "0x4000" in said[-1]


def test_a_quote_that_does_not_close_is_refused_by_line() -> None:
    """A torn file gets one sentence with the line's number."""
    with pytest.raises(RulesError) as caught:
        explain('*nat\n-A KUBE-SERVICES -m comment --comment "default/web\n')
    assert caught.value.line == 2


LISTINGS = [row["nft"] for row in rows("nftables/listings.jsonl.gz")]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_nothing_of_the_nftables_table_is_left_without_a_sentence(lang: str) -> None:
    """Of 40 real listings every rule and every entry of a map is known and names its Service;
    so are the table's own sets."""
    for text in LISTINGS:
        found = explained(text, lang)
        rules = [one for one in found if one.code != "set"]
        assert len(rules) > 20
        for one in found:
            assert one.known, one
            assert "{" not in one.sentence and "  " not in one.sentence
            name = re.search(
                r"(?:service|local|external|endpoint)-\w{8}-([\w-]+/[\w-]+)/", one.rule
            )
            assert not name or one.service.startswith(name[1])
            assert not name or name[1] in one.sentence
            goal = re.search(r"dnat to (\S+)$", one.rule)
            assert not goal or one.endpoint == goal[1]


def test_the_number_of_choices_is_that_of_the_map() -> None:
    """One in N: the sentence about a choice says how many endpoints there are."""
    for text in LISTINGS:
        for one in explained(text):
            mod = re.search(r"numgen random mod (\d+) v?map", one.rule)
            if mod and mod[1] != "1":
                assert mod[1] in one.sentence
