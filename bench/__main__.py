"""``python3 run.py bench [NAME ...] [--json FILE] [--picture FILE]``: measures, prints figures.

Each figure comes with its spread.  A benchmark is a file ``bench/bench_NAME.py`` with a function
``run(report)``.  A figure above its limit is marked, and the exit status stays 0: machines
differ.  ``--strict`` makes it 1.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import traceback
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from bench.report import Report, table


def main(words: list[str]) -> int:
    """Run the benchmarks that were asked for; returns the exit status."""
    names = sorted(path.stem.removeprefix("bench_") for path in here().glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="run.py bench", description="Measures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(names)}")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file as well")
    parser.add_argument(
        "--picture", metavar="FILE", default="", help="draw it (firstpacket): .svg or .png"
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 when a limit is passed")
    asked = parser.parse_args(words)
    unknown = sorted(set(asked.names) - set(names))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {', '.join(names)}")
    print(machine(), flush=True)
    report, broken = Report(asked.picture), []
    for name in asked.names or names:
        before = len(report.figures)
        try:
            import_module(f"bench.bench_{name}").run(report)
        except Exception:  # the next benchmark runs all the same
            traceback.print_exc()
            broken.append(name)
        print(f"\n{name}\n{table(report.figures[before:])}", flush=True)
    print("\n".join(["", *report.notes, *(f"{name}: broke off" for name in broken)]))
    if asked.json:
        figures = [asdict(figure) for figure in report.figures]
        Path(asked.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    passed = all(figure.verdict in ("", "ok") for figure in report.figures)
    return 1 if broken or (asked.strict and not passed) else 0


def here() -> Path:
    """The folder of the benchmarks."""
    return Path(__file__).resolve().parent


def machine() -> str:
    """What was measured on: figures without this mean little."""
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    return f"{system}, {os.cpu_count()} processors, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
