"""Indexed Jobs: which completion a Pod is for, and which are done (``0-2,4``).

After pkg/controller/job/indexed_job_utils.go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from labkit.embedded.controllers.objects import labels, name, notes
from labkit.embedded.interfaces import Json

INDEX = "batch.kubernetes.io/job-completion-index"
VARIABLE = "JOB_COMPLETION_INDEX"


def indexed(job: Json) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def index_of(pod: Json) -> int | None:
    """The completion that a Pod is for."""
    text = notes(pod).get(INDEX) or labels(pod).get(INDEX) or ""
    return int(text) if text.isdigit() else None


def read(text: str | None) -> set[int]:
    """The numbers of ``completedIndexes``."""
    found: set[int] = set()
    for part in (text or "").split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            found |= set(range(int(first), int(last or first) + 1))
    return found


def written(numbers: Iterable[int]) -> str:
    """Numbers as ``completedIndexes`` writes them: runs of three or more as a range."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(str(each) for each in run)
        for run in runs
    ]
    return ",".join(parts)


def valid(job: Json, pod: Json) -> bool:
    """Is the Pod for one of the Job's completions?  Where there are no indexes every Pod is."""
    if not indexed(job):
        return True
    index = index_of(pod)
    return index is not None and index < int(job["spec"]["completions"])


def superfluous(job: Json, active: list[Json]) -> list[Json]:
    """Active Pods of an Indexed Job that have no index of their own."""
    if not indexed(job):
        return []
    seen: Counter[int | None] = Counter()
    found = []
    for pod in active:
        index = index_of(pod)
        if not valid(job, pod) or seen[index]:
            found.append(pod)
        seen[index] += 1
    return found


LONGEST_PREFIX = 58
"""Of a generated name: 63 characters less the five that the API server adds."""


def marked(job: Json, pod: Json, index: int) -> Json:
    """A new Pod for one completion: its name, host name, label, annotation and variable."""
    metadata, spec = pod["metadata"], pod["spec"]
    end = f"-{index}-"
    metadata["generateName"] = name(job)[: LONGEST_PREFIX - len(end)] + end
    metadata["annotations"] = {**metadata.get("annotations", {}), INDEX: str(index)}
    metadata["labels"] = {**metadata.get("labels", {}), INDEX: str(index)}
    spec["hostname"] = f"{name(job)}-{index}"
    source = {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}}
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        has = container.setdefault("env", [])
        if not any(entry.get("name") == VARIABLE for entry in has):
            has.append({"name": VARIABLE, "valueFrom": source})
    return pod
