"""What kubectl prints in front of a real cluster of Kubernetes v1.36.2, recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

from labkit.parity.differences import Difference, compare, compare_lines
from labkit.parity.masks import masked
from labkit.parity.stage import Stage


def transcripts(stage: Stage) -> Iterator[Difference]:
    """Each recorded command prints the same here, but for what is random, and ends alike."""
    text = (files("labkit.parity") / "transcripts.json").read_text(encoding="utf-8")
    space = stage.cluster.namespace
    for one in json.loads(text):
        answer = stage.kubectl.run(*one["arguments"], stdin=one["stdin"])
        where = "kubectl " + " ".join(one["arguments"])
        yield from compare(f"{where}: status", one["exit"], answer.status)
        for name, expected, found in (
            ("stdout", one["stdout"], answer.stdout),
            ("stderr", one["stderr"], answer.stderr),
        ):
            theirs, ours = masked(expected, "default"), masked(found, space)
            if theirs != ours:
                lines = theirs.splitlines(), ours.splitlines()
                yield from compare_lines(f"{where}: {name}", *lines)
