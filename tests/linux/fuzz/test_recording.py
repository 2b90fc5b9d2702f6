"""Linux's answers, recorded once: the emulator must give the same, on any machine."""

from __future__ import annotations

import pytest

from tests.linux.fuzz.record import cases, replayed

PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_recorded_answers_of_linux_are_the_emulators(part: int) -> None:
    """Every verdict, address, port, mark, rule on the way, counter and printed line is Linux's."""
    for case in cases()[part::PARTS]:
        differences = list(replayed(case))
        assert not differences, f"seed {case['seed']} {case['backend']}: {differences[0]}"
