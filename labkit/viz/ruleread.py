"""A ruleset read for its picture: each rule with its place, its sentence, its Service, its jump."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.kubeproxy.explain import explain
from labkit.model.rulebook import BookField
from labkit.ruleset.tables import Ruleset

SERVICE = re.compile(r'--comment "?([a-z0-9.-]+/[a-z0-9.-]+)[ :"]')
TARGET = re.compile(r" -[jg] (\S+)")
BUILT_IN = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")


@dataclass(frozen=True, slots=True)
class ReadRule:
    """One rule as the explorer shows it."""

    table: str
    chain: str
    number: int
    text: str
    why: str
    service: str = ""
    target: str = ""

    @property
    def place(self) -> str:
        """``nat KUBE-SERVICES 3``."""
        return f"{self.table} {self.chain} {self.number}"

    def shows(self, field: BookField) -> bool:
        """Whether the field comes back in this rule."""
        return any(word in f"{self.text} " for word in field.words)


def read_rules(ruleset: Ruleset, lang: str) -> tuple[ReadRule, ...]:
    """Every rule in the order of ``iptables-save``."""
    text = ruleset.canonical()
    sentences = [why for _, why in explain(text, lang)]
    lines = places_of(text)
    chains = {chain for _, chain, _, _ in lines}
    owners = owners_of(lines)
    rules = []
    for (table, chain, number, line), why in zip(lines, sentences, strict=True):
        found, jump = SERVICE.search(line), TARGET.search(line)
        service = found[1] if found else owners.get(chain, "")
        target = jump[1] if jump and jump[1] in chains else ""
        rules.append(ReadRule(table, chain, number, line, why, service, target))
    return tuple(rules)


def places_of(text: str) -> list[tuple[str, str, int, str]]:
    """Table, chain, number in the chain and text of each rule line."""
    table, counts, found = "filter", {}, []  # type: ignore[var-annotated]
    for line in map(str.strip, text.splitlines()):
        if line.startswith("*"):
            table, counts = line[1:], {}
        elif line.startswith(("-A ", "[")) and "-A " in line:
            line = line[line.index("-A ") :]  # without the counters of iptables-save -c
            chain = line.split(" ", 2)[1]
            counts[chain] = counts.get(chain, 0) + 1
            found.append((table, chain, counts[chain], line))
    return found


def owners_of(lines: list[tuple[str, str, int, str]]) -> dict[str, str]:
    """Chains of one Service alone -> that Service; the chains that all share are left out."""
    named: dict[str, set[str]] = {}
    for _, chain, _, line in lines:
        found = SERVICE.search(line)
        if found:
            named.setdefault(chain, set()).add(found[1])
    own = re.compile(r"KUBE-(SVC|SVL|SEP|FW|EXT)-")
    return {chain: min(names) for chain, names in named.items() if own.match(chain)}


def services_of(rules: tuple[ReadRule, ...]) -> list[str]:
    """The Services that the rules speak of, by name."""
    return sorted({rule.service for rule in rules if rule.service})


def rules_for(rules: tuple[ReadRule, ...], service: str) -> tuple[ReadRule, ...]:
    """The rules of one Service, and the jumps of built-in chains that lead to them."""
    if not service:
        return rules
    own = [rule for rule in rules if rule.service == service]
    doors = {(rule.table, rule.chain) for rule in own}
    return tuple(
        rule
        for rule in rules
        if rule.service == service
        or (rule.chain in BUILT_IN and (rule.table, rule.target) in doors)
    )
