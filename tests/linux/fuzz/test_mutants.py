"""The judge is judged: planted faults must be noticed by the recording of Linux's answers.

A part of the faults; ``python -m tests.linux.fuzz.mutants`` plants all of them and prints the
score.
"""

from __future__ import annotations

import sys

import pytest

from tests.linux.fuzz.faults import FAULTS
from tests.linux.fuzz.mutants import ROOT, changed, score, summary

EVERY = 11


def test_every_fault_still_fits_its_module() -> None:
    """The text that a fault changes stands in its file, once."""
    for fault in FAULTS:
        text = (ROOT / "labkit" / fault.file).read_text(encoding="utf-8")
        assert changed(fault, text) != text
        compile(changed(fault, text), fault.file, "exec")
    assert len(FAULTS) >= 100
    assert len({fault.what for fault in FAULTS}) == len(FAULTS)


@pytest.mark.skipif(sys.platform == "win32", reason="slow to start processes")
def test_faults_are_noticed() -> None:
    """Of a fixed part of the faults at most one in ten survives; all of them: 95 %."""
    results = score(FAULTS[::EVERY])
    survivors = [one for one in results if not one.caught]
    assert len(survivors) <= len(results) // 10, summary(results)
