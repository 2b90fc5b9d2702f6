"""The last cell of an exercise while it is graded: hand out the answers as JSON data.

It runs beside the learner's code and is believed in nothing: what comes out are claims, which
another process judges.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.grading.grader.template import ANSWER_TYPE
from labkit.grading.plain import NotPlain, packed

FLOODED = "TooMuchOutput"


class TooMuchOutput(Exception):
    """A cell printed more than an exercise may."""


def bound_output(most: int) -> None:
    """Stop a cell that prints without measure before the kernel chokes on it.

    Checked with each write, on what waits to be sent (IPython wraps ``write`` itself anew in each
    cell).  What is slower is counted by the engine; a learner's code that undoes this meets the
    memory limit.
    """
    stream_type: Any = type(sys.stdout)  # ipykernel's
    schedule = stream_type._schedule_flush

    def counted(stream: Any) -> None:
        waiting = sum(one.tell() for one in stream._buffers.values())
        if waiting > most:
            raise TooMuchOutput(f"more than {most >> 10} KB at once")
        schedule(stream)

    stream_type._schedule_flush = counted


def collect(exercise: str, names: Sequence[Sequence[str]], variables: Mapping[str, Any]) -> None:
    """Display the answers of an exercise: values as they are, functions as "there is one"."""
    from IPython.display import display

    answers: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, kind in names:
        value = variables.get(name)
        if kind == "function":
            answers[name] = callable(value)
            continue
        try:
            answers[name] = json.loads(packed(value))
        except NotPlain as error:
            problems[name] = str(error.args[0])
    table = {"exercise": exercise, "answers": answers, "problems": problems}
    display({ANSWER_TYPE: table, "text/plain": "labkit"}, raw=True)  # type: ignore[no-untyped-call]
