"""The mutation score: how many planted faults the recording of Linux's answers notices.

``python -m tests.linux.fuzz.mutants`` plants each fault of ``faults.py`` in a process of its
own (in memory: no file is touched) and holds it against the recording.  It needs no Linux.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType

from tests.linux.fuzz.faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[3]
GOAL = 0.95
CAUGHT, MISSED = 7, 0
"""Exit statuses of the process with a fault."""

PATIENCE = 90.0
"""Seconds after which a fault that hangs counts as noticed."""


class Planted(SourceFileLoader):
    """Compiles the module with a piece of its text exchanged."""

    fault: Fault

    def get_code(self, fullname: str) -> CodeType:
        """Never from the cache of bytecode."""
        path = Path(self.get_filename(fullname))
        return compile(changed(self.fault, path.read_text(encoding="utf-8")), str(path), "exec")


@dataclass
class Planter(MetaPathFinder):
    """Finds the one module that has the fault."""

    fault: Fault

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        """The module with the fault in it; every other is found as ever."""
        if fullname != module(self.fault):
            return None
        loader = Planted(fullname, str(ROOT / "labkit" / self.fault.file))
        loader.fault = self.fault
        return spec_from_file_location(fullname, loader.path, loader=loader)


def module(fault: Fault) -> str:
    """``labkit.xt.mark``."""
    return "labkit." + fault.file.removesuffix(".py").replace("/", ".")


def changed(fault: Fault, text: str) -> str:
    """The module's text with the fault.  Raises ``ValueError`` when it does not fit (any more)."""
    if text.count(fault.old) != 1:
        raise ValueError(f"{fault.what}: the text stands {text.count(fault.old)} times")
    return text.replace(fault.old, fault.new)


def noticed(number: int) -> int:
    """In this process: plant the fault, replay the recording; the exit status."""
    sys.meta_path.insert(0, Planter(FAULTS[number]))
    from tests.linux.fuzz.record import cases, replayed

    for case in cases():
        for difference in replayed(case):
            print(f"seed {case['seed']} {case['backend']}: {difference}")
            return CAUGHT
    return MISSED


@dataclass(frozen=True)
class Result:
    """One fault and what became of it.  ``how`` is the first difference that was seen."""

    fault: Fault
    caught: bool
    how: str


def tried(fault: Fault) -> Result:
    """The fault in a process of its own; one that breaks the emulator is noticed as well."""
    changed(fault, (ROOT / "labkit" / fault.file).read_text(encoding="utf-8"))
    words = [sys.executable, "-m", "tests.linux.fuzz.mutants", "--plant", str(FAULTS.index(fault))]
    try:
        done = subprocess.run(
            words, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return Result(fault, True, "it hangs")
    lines = (done.stdout if done.returncode in (CAUGHT, MISSED) else done.stderr).splitlines()
    return Result(fault, done.returncode != MISSED, lines[-1] if lines else "")


def score(faults: Sequence[Fault] = FAULTS, jobs: int = 2) -> list[Result]:
    """All of them, so many at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(tried, faults))


def summary(results: Iterable[Result]) -> str:
    """The score and the survivors."""
    found = list(results)
    caught = sum(one.caught for one in found)
    lines = [f"mutation score: {caught} of {len(found)} faults noticed ({caught / len(found):.1%})"]
    lines += [f"  survived: {one.fault.file}: {one.fault.what}" for one in found if not one.caught]
    return "\n".join(lines)


def main() -> int:
    """The command line; the exit status is 1 below 95 %."""
    parser = argparse.ArgumentParser(prog="python -m tests.linux.fuzz.mutants", description=__doc__)
    parser.add_argument("--only", default="", help="a part of the file's name or of the fault's")
    parser.add_argument("--how", action="store_true", help="say how each was noticed")
    parser.add_argument("--plant", type=int, default=-1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.plant >= 0:
        return noticed(options.plant)
    results = score([one for one in FAULTS if options.only in f"{one.file} {one.what}"])
    if options.how:
        for one in results:
            print(f"{one.fault.file}: {one.fault.what}\n    {one.how[:200]}")
    print(summary(results))
    return int(sum(one.caught for one in results) < GOAL * len(results))


if __name__ == "__main__":
    sys.exit(main())
