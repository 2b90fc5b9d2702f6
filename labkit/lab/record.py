"""The record of a lab as JSON: what was run, what it answered, who answered, the verdict."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from labkit.lab import verdict
from labkit.lab.answers import Answers
from labkit.lab.run import Record
from labkit.lab.verdict import Judgement


def as_json(
    record: Record, *, backend: str, manifests: str, requests: int, seconds: float, error: str
) -> dict[str, Any]:
    """The whole record; ``ok`` tells whether the lab did what it says, ``error`` why not."""
    made: dict[str, Any] = {
        "ok": not error,
        "error": error or None,
        "backend": backend,
        "manifests": manifests,
        "requests": requests,
        "seconds": round(seconds, 3),
        "steps": [{**asdict(step), "seconds": round(step.seconds, 3)} for step in record.steps],
        "answers": [],
        "tally": [],
        "band": None,
        "switches": None,
        "verdict": None,
    }
    if record.answers is not None and record.judgement is not None:
        made |= measured(record.answers, record.judgement)
    return made


def measured(answers: Answers, judged: Judgement) -> dict[str, Any]:
    """What the burst showed.  Bands are inclusive."""
    nodes, tally = answers.nodes(), answers.tally()
    expected = float(verdict.expected_switches(judged.answers, max(judged.pods, 1)))
    return {
        "answers": [asdict(item) for item in answers.items],
        "names_from": "node" if answers.literal else "answer",
        "tally": [
            {"pod": pod, "node": nodes.get(pod, ""), "answers": count}
            for pod, count in tally.items()
        ],
        "band": {"low": judged.band[0], "high": judged.band[1]},
        "switches": {
            "seen": judged.switches,
            "expected": expected,
            "low": judged.switch_band[0],
            "high": judged.switch_band[1],
        },
        "verdict": judged.kind,
    }
