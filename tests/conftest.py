"""The end of a test run says which groups of tests did not run, and why."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.support import SKIPPED_GROUP


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List each skipped group once, with its reason and how many tests it took along."""
    groups: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _, found, reason = text.partition(SKIPPED_GROUP)
        if found:
            groups[reason.strip()] += 1
    if groups:
        terminalreporter.section("NOT RUN ON THIS MACHINE", sep="!", red=True)
        for reason, count in sorted(groups.items()):
            terminalreporter.line(f"{count:5}  {reason}")
