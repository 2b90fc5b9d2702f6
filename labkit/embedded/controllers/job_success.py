"""Success policies: when an Indexed Job has done enough, though not everything.

After pkg/controller/job/success_policy.go (KEP-3998).
"""

from __future__ import annotations

from collections.abc import Set

from labkit.embedded.controllers import job_indexes
from labkit.embedded.interfaces import Json


def matched(job: Json, completed: Set[int]) -> str | None:
    """The message of the first rule that the completed indexes satisfy."""
    rules = (job["spec"].get("successPolicy") or {}).get("rules") or []
    for at, rule in enumerate(rules):
        if completed and _holds(rule, completed):
            return f"Matched rules at index {at}"
    return None


def _holds(rule: Json, completed: Set[int]) -> bool:
    count, listed = rule.get("succeededCount"), rule.get("succeededIndexes")
    if listed is None:
        return count is not None and len(completed) >= int(count)
    wanted = job_indexes.read(listed)
    done = len(wanted & completed)
    return bool(wanted) and (done == len(wanted) or (count is not None and done >= int(count)))
