"""The parser under a coverage-guided fuzzer, for a short while."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from itertools import islice
from pathlib import Path

from tests.property.fuzzing import SEEDS, Coverage, own_engine
from tests.support import ROOT, need


def test_two_thousand_texts_break_nothing() -> None:
    """Texts that grow out of what they covered: no law is broken, and coverage does grow."""
    coverage = Coverage()
    for text in SEEDS:
        coverage.run(text)
    *_, (_, lines) = islice(own_engine(seed=20261127), 2000)
    assert lines > len(coverage.seen) * 1.2


def test_atheris_finds_nothing_in_ten_seconds(tmp_path: Path) -> None:
    """libFuzzer, where atheris is installed: the same laws, another engine."""
    installed = importlib.util.find_spec("atheris")
    need("atheris", installed, "atheris is not installed (uv pip install atheris)")
    words = ["-m", "tests.property.fuzzing", "--engine", "atheris", "--seconds", "10"]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
