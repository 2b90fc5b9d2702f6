"""``labkit doctor``: what this machine can run, and what is missing."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cluster.doctor import CHECKS, Finding, Patient, Road, roads
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
    console.progress(words("doctor.roads"))
    found = roads(patient)
    console.clear_progress()
    well = all(finding.level != "missing" for finding in findings)
    if options.json:
        console.json(
            {
                "ok": well,
                "backends": [asdict(road) for road in found],
                "findings": [asdict(finding) for finding in findings],
            }
        )
        return 0 if well else 1
    print_roads(found, context)
    console.print()
    console.print(words("doctor.checks"), "bold")
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


def print_roads(found: list[Road], context: Context) -> None:
    """The back ends in order, each with its state, reason and next step."""
    words, console = context.words, context.console
    console.print(words("doctor.roads"), "bold")
    states = [
        words("doctor.road." + ("up" if road.up else "can" if road.ok else "cannot"))
        for road in found
    ]
    name, label = max(len(road.name) for road in found), max(map(len, states))
    for number, (road, state) in enumerate(zip(found, states, strict=True), start=1):
        taken = "  " + words("doctor.road.taken") if road.taken else ""
        style = "" if road.ok or road.up else "dim"
        line = f"{number}. {road.name.ljust(name)}  {state.ljust(label)}  {road.reason}{taken}"
        console.print(line, style)
        if road.fix and not road.up:
            console.print(f"{' ' * (name + label + 7)}-> {road.fix}")
