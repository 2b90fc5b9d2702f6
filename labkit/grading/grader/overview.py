"""What a class did, in numbers: the distribution, hardest exercises, beliefs, suspicions."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Result = Mapping[str, Any]
SUSPICIOUS_NOTES = ("foreign_data", "check_changed")
SUSPICIOUS_CAUSES = tuple(
    f"run.{how}" for how in ("dead", "files", "flood", "memory", "processes", "silent", "slow")
)
BINS = 10


@dataclass(frozen=True, slots=True)
class ClassView:
    """``shares``: how many submissions have 0-10 %, 10-20 % ... of their points (ten counts);
    ``hardest``: exercise, mean share, how many; ``beliefs``: misconception and count of
    learners; ``suspicions``: the result, and why (keys)."""

    results: tuple[Result, ...]
    shares: tuple[int, ...]
    hardest: tuple[tuple[str, float, int], ...]
    beliefs: tuple[tuple[str, int], ...]
    causes: tuple[tuple[str, str, int], ...]
    suspicions: tuple[tuple[Result, tuple[str, ...]], ...]


def class_view(results: Sequence[Result], answers: Mapping[str, str]) -> ClassView:
    """The view of all results; ``answers`` holds a fingerprint of the answers behind each page
    of feedback (``result["page"]``)."""
    return ClassView(
        tuple(results),
        _shares(results),
        _hardest(results),
        _beliefs(results),
        _causes(results),
        _suspicions(results, answers),
    )


def share(result: Result) -> float:
    """The part of the points, 0 to 1."""
    return float(result["score"]) / result["max"] if result["max"] else 0.0


def _shares(results: Sequence[Result]) -> tuple[int, ...]:
    counts = [0] * BINS
    for result in results:
        counts[min(BINS - 1, int(share(result) * BINS + 1e-9))] += 1
    return tuple(counts)


def _hardest(results: Sequence[Result]) -> tuple[tuple[str, float, int], ...]:
    found: dict[str, list[float]] = defaultdict(list)
    for result in results:
        for part in result["exercises"]:
            found[part["id"]].append(part["score"] / part["max"])
    rows = [(name, sum(all_) / len(all_), len(all_)) for name, all_ in found.items()]
    return tuple(sorted(rows, key=lambda row: (row[1], row[0])))


def _beliefs(results: Sequence[Result]) -> tuple[tuple[str, int], ...]:
    """Learners (not tests) behind each misconception, the commonest first."""
    seen: set[tuple[str, str]] = set()
    for result in results:
        for cause in _all_causes(result):
            if cause["misconception"]:
                seen.add((cause["misconception"], result["learner"]))
    counts = Counter(name for name, _ in seen)
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _causes(results: Sequence[Result]) -> tuple[tuple[str, str, int], ...]:
    """The commonest reasons: exercise, a sentence as an example, how many learners."""
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    example: dict[tuple[str, str], str] = {}
    for result in results:
        for part in result["exercises"]:
            for row in part["results"]:
                if row["cause"]:
                    key = (part["id"], row["cause"]["key"])
                    seen[key].add(result["learner"])
                    example.setdefault(key, row["cause"]["rationale"])
    rows = [(key[0], example[key], len(who)) for key, who in seen.items()]
    return tuple(sorted(rows, key=lambda row: (-row[2], row[0]))[:12])


def _suspicions(
    results: Sequence[Result], answers: Mapping[str, str]
) -> tuple[tuple[Result, tuple[str, ...]], ...]:
    twins: dict[str, set[str]] = defaultdict(set)
    for result in results:
        twins[answers.get(result["page"], "")].add(result["learner"])
    times = Counter((one["learner"], one["lesson"]) for one in results if one["lesson"])
    rows = []
    for result in results:
        why = [key for key in SUSPICIOUS_NOTES if key in result["note_keys"]]
        keys = {cause["key"] for cause in _all_causes(result)}
        why += sorted(keys & set(SUSPICIOUS_CAUSES))
        if result["problem"]:
            why.append("unreadable")
        mark = answers.get(result["page"])
        if mark and len(twins[mark]) > 1:
            why.append("twin")
        if times[result["learner"], result["lesson"]] > 1:
            why.append("several")
        if why:
            rows.append((result, tuple(why)))
    return tuple(rows)


def _all_causes(result: Result) -> list[Mapping[str, Any]]:
    return [row["cause"] for part in result["exercises"] for row in part["results"] if row["cause"]]


def fingerprint(sources: Sequence[str]) -> str:
    """Of answers, blind to spaces; "" when they are too short to tell anything."""
    text = "".join("".join(source.split()) for source in sources)
    return hashlib.sha256(json.dumps(text).encode()).hexdigest() if len(text) > 400 else ""
