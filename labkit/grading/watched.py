"""The process that runs one exercise file and judges it: ``python -m labkit.grading.watched``."""

from __future__ import annotations

import runpy
import sys

from labkit.grading import verbs


def main(name: str, file: str) -> int:
    """Run the file, print the feedback; 0 when the answer is correct."""
    try:
        variables = runpy.run_path(file)
    except SystemExit as ended:  # it is no answer, and would be taken for our own end
        raise RuntimeError(f"exit({'' if ended.code is None else ended.code})") from ended
    feedback = verbs.judge(name, variables)
    print(feedback.text(terminal=True))  # noqa: T201
    return 0 if feedback.passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
