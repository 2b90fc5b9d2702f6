"""The process that runs one exercise file and judges it: ``python -m labkit.grading.watched``."""

from __future__ import annotations

import runpy
import sys

from labkit.grading import verbs


def main(name: str, file: str) -> int:
    """Run the file, print the feedback; 0 when the answer is correct."""
    variables = runpy.run_path(file)
    feedback = verbs.judge(name, variables)
    print(feedback)  # noqa: T201
    return 0 if feedback.passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
