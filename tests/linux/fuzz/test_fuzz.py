"""Random rulesets and packets, the emulator beside this machine's Linux: the short form.

``python -m tests.linux.fuzz`` compares 2,000 rulesets and 500,000 packets on each back end and
prints the mutation score; see its ``--help``.
"""

from __future__ import annotations

import time

import pytest

from tests.linux.fuzz.__main__ import BACKENDS, Sessions
from tests.linux.fuzz.play import SLOW_EVERY, play
from tests.linux.wire import require_linux

pytestmark = pytest.mark.linux
SECONDS = 12.0
"""For each back end; a slow machine compares fewer rulesets, never none."""

FIRST, RULESETS, LEAST, PACKETS = 700_000, 40, 3, 110


@pytest.mark.parametrize("backend", BACKENDS)
def test_random_rules_do_the_same_on_linux(backend: str) -> None:
    """Every verdict, address, mark, counter and printed line is equal."""
    require_linux()
    sessions = Sessions()
    seeds = [seed for seed in range(FIRST, FIRST + RULESETS) if seed % SLOW_EVERY != 7]
    ends = time.monotonic() + SECONDS
    compared = 0
    try:
        for seed in seeds:
            if compared >= LEAST and time.monotonic() > ends:
                break
            case = play(sessions.of(seed), seed, backend, PACKETS)
            assert not case.differences, f"seed {seed} {backend}: {case.differences[0]}"
            compared += 1
    finally:
        sessions.end()
    assert compared >= LEAST
