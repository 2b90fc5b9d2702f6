"""The record of a course as a page to keep or to hand on: what is passed, which beliefs fell,
what of labkit is still on this machine.

It is a record, not a proof: it is made where the learner works.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.grading import catalog
from labkit.grading.feedback import SIGNS
from labkit.grading.overview import Overview
from labkit.words import Words

if TYPE_CHECKING:
    from labkit.grading.learner import Learner


def certificate(learner: Learner, left: Sequence[str]) -> str:
    """The page.  ``left`` names what is still there (:func:`traces`)."""
    from labkit.grading.grader.style import page, table, text

    words = learner.words
    title = words("grading.record.title")
    overview = Overview(tuple(learner.rows()), words)
    rows = [
        [
            name,
            text(about),
            f"{SIGNS[state]} {text(words(f'grading.state.{state}'))}",
            str(checks),
            str(hints),
        ]
        for name, about, state, checks, hints, _ in overview.rows
    ]
    keys = ("id", "title", "state", "checks", "hints")
    head = [words(f"grading.column.{key}") for key in keys]
    caption = words("grading.overview", passed=overview.passed, all=len(rows))
    fallen = beliefs_that_fell(learner.store.section("exercises"), words)
    told = "".join(f"<li>{text(one)}</li>" for one in fallen)
    still = words("grading.record.none")
    if left:
        still = words("grading.record.left", names=", ".join(left))
    parts = [
        f"<h1>{text(title)}</h1>",
        f"<p>{text(words('grading.record.about'))}</p>",
        table(text(caption), head, rows, "   rr"),
        f"<h2>{text(words('grading.record.beliefs'))}</h2>",
        f"<ul>{told}</ul>" if told else f"<p>{text(words('grading.record.no_beliefs'))}</p>",
        f"<h2>{text(words('grading.record.traces'))}</h2><p>{text(still)}</p>",
    ]
    return page(title, "".join(parts), words)


def beliefs_that_fell(exercises: Mapping[str, Any], words: Words) -> list[str]:
    """The misconceptions that answers once showed, of exercises that are passed by now."""
    known = catalog.beliefs(words.language)
    found: dict[str, None] = {}
    for name, record in exercises.items():
        if name not in catalog.exercises() or not record.get("passed"):
            continue
        said = catalog.exam(name).SAID
        for key in record.get("causes", ()):
            number = said[key].misconception if key in said else ""
            if number in known:
                found[f"{number}: {known[number]}"] = None
    return sorted(found)


def traces(environment: Mapping[str, str], words: Words) -> list[str]:
    """What of labkit is still on this machine: clusters that were not taken down, and contexts
    of its kind cluster in the user's own kubeconfig.  Asks files alone."""
    from labkit.clock import SystemClock
    from labkit.cluster.paths import find_home
    from labkit.cluster.registry import Choosing, recorded_names

    home = find_home(environment, words)
    need = Choosing(home, environment, SystemClock(), words)
    found = [words("grading.record.cluster", name=name) for name in recorded_names(need)]
    files = environment.get("KUBECONFIG", "").split(os.pathsep)
    own = [Path(environment.get("HOME", "~")).expanduser() / ".kube" / "config"]
    for file in [*own, *(Path(one) for one in files if one)]:
        if home.folder in file.parents:
            continue  # the lab's own kubeconfig goes with the lab
        found += [
            words("grading.record.context", name=name, file=file) for name in contexts_in(file)
        ]
    return list(dict.fromkeys(found))


def contexts_in(file: Path) -> list[str]:
    """labkit's contexts in a kubeconfig; none in a file that cannot be read."""
    import yaml

    try:
        table = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return []
    entries = table.get("contexts") if isinstance(table, dict) else None
    entries = entries if isinstance(entries, list) else []
    names = [str(one.get("name")) for one in entries if isinstance(one, dict)]
    return [name for name in names if "labkit" in name]
