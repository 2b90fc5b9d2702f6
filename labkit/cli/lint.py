"""``labkit lint``: what is wrong with a text of iptables rules, one line for each finding."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.sources import STDIN, read_text
from labkit.errors import RulesError
from labkit.netfilter.check import check
from labkit.ruleset.lint import Finding, lint
from labkit.ruleset.tables import Ruleset
from labkit.words import Words

BACKENDS = ("both", "nft", "legacy")
EXAMPLES = (
    "labkit lint worker.rules",
    "iptables-save | labkit lint - --json",
    "labkit rules -f service.yaml --save | labkit lint -",
)
STYLES = {"error": "red", "warning": "cyan", "note": "dim"}


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(words, "lint", EXAMPLES)
    made.option("rules", key="cli.linux.rules", metavar="RULES")
    made.option("--backend", key="cli.lint.backend", choices=BACKENDS, default="both")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Print the findings; the exit status is 1 when one of them is more than a note."""
    words, console = context.words, context.console
    text = read_text(options.rules, context)
    rules = Ruleset.parse(text, source="stdin" if options.rules == STDIN else options.rules)
    backends = ("nft", "legacy") if options.backend == "both" else (options.backend,)
    found = [*refused(rules, backends), *lint(rules)]
    counts = Counter(finding.level for finding in found)
    wrong = counts["error"] + counts["warning"] > 0
    total = sum(len(chain) for table in rules.values() for chain in table.values())
    if options.json:
        console.json(
            {
                "rules": total,
                "findings": [
                    {
                        "level": one.level,
                        "code": one.code,
                        "table": one.table,
                        "chain": one.chain,
                        "line": one.line,
                        "what": one.sentence(words.language),
                    }
                    for one in found
                ],
            }
        )
        return int(wrong)
    for one in found:
        console.print(one.text(words.language), STYLES[one.level])
    if not found:
        chains = sum(len(table) for table in rules.values())
        console.print(words("cli.lint.clean", rules=total, chains=chains), "green")
    else:
        console.warn(
            words(
                "cli.lint.count",
                errors=counts["error"],
                warnings=counts["warning"],
                notes=counts["note"],
                rules=total,
            ),
            "dim",
        )
    return int(wrong)


def refused(rules: Ruleset, backends: tuple[str, ...]) -> Iterator[Finding]:
    """What a back end refuses and lint has no kind of its own for."""
    known = {(one.line, one.code) for one in lint(rules) if one.level == "error"}
    lines = {line for line, _ in known}
    said = set()
    for backend in backends:
        try:
            check(rules, backend)
        except RulesError as error:
            if not error.line or error.line in lines or error.line in said:
                continue  # nested too deep has no line, and lint says it
            said.add(error.line)
            rule = next(rule for rule in rules.rules() if rule.line == error.line)
            why = (error.what.partition(": ")[2] or error.what).rstrip(".")
            fields = {"why": f"{why} (iptables-{backend})"}
            yield Finding("error", "refused", rule.table, rule.chain, error.line, fields)
