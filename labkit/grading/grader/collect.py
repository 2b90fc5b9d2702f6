"""The last cell of an exercise while it is graded: hand out the answers as JSON data.

It runs beside the learner's code and is believed in nothing: what comes out are claims, which
another process judges.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.grading.grader.template import ANSWER_TYPE
from labkit.grading.plain import NotPlain, packed


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
