"""``labkit doctor``: what this machine can run, and what is missing."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cluster.doctor import CHECKS, Finding, Patient
from labkit.words import Words

STYLES = {"ok": "green", "missing": "red", "note": "dim"}


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(words, "doctor", ("labkit doctor", "labkit doctor --json"))
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Print all findings; exit status 1 when something that is needed is missing."""
    words, console = context.words, context.console
    patient = Patient(context.environment, context.clock, words)
    findings: list[Finding] = []
    for check in CHECKS:
        console.progress(check.__name__)
        findings.append(check(patient))
    console.clear_progress()
    well = all(finding.level != "missing" for finding in findings)
    if options.json:
        console.json({"ok": well, "findings": [asdict(finding) for finding in findings]})
        return 0 if well else 1
    console.print(words("doctor.title"), "bold")
    label = max(len(words(f"doctor.{level}")) for level in STYLES)
    name = max(len(finding.name) for finding in findings)
    for finding in findings:
        state = words(f"doctor.{finding.level}").ljust(label)
        line = f"{state}  {finding.name.ljust(name)}  {finding.text}"
        console.print(line, STYLES[finding.level] if finding.level != "ok" else "")
        if finding.fix:
            console.print(f"{' ' * (label + name + 4)}-> {finding.fix}")
    console.print(words("doctor.not_emulated"), "dim")
    console.print(words("doctor.all_well" if well else "doctor.not_well"))
    return 0 if well else 1
