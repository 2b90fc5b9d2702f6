"""In the sandbox: a learner's functions, called with data that no notebook has seen.

A process of its own, without Jupyter: the source of the answer cells is run, then the functions
are called, each call under an alarm.  What comes back is JSON.
"""

from __future__ import annotations

import ast
import contextlib
import io
import signal
from collections.abc import Iterator
from typing import Any

from labkit.grading.learner import called


class TooSlow(BaseException):
    """The alarm; not an ``Exception``, so that ``except Exception`` does not swallow it."""


def answer_calls(job: dict[str, Any]) -> dict[str, Any]:
    """``{"calls": {function: [[result, error], ...]}}``, or ``{"error": ...}`` in its place."""
    variables: dict[str, Any] = {"__name__": "__main__", "get_ipython": _Notebook}
    seconds = job["limits"]["call_seconds"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for source in job["sources"]:
            with contextlib.suppress(BaseException), alarm(seconds):
                _define(source, variables)
        calls = {
            name: _calls(variables.get(name), arguments, seconds)
            for name, arguments in job["calls"].items()
        }
    return {"calls": calls}


def _define(source: str, variables: dict[str, Any]) -> None:
    """Run a cell statement by statement: one that fails here (there is no lab in this process)
    does not keep the functions behind it from being defined."""
    for statement in ast.parse(_plain_python(source)).body:
        with contextlib.suppress(Exception):
            exec(compile(ast.Module([statement], []), "<answer>", "exec"), variables)  # noqa: S102


class _Notebook:
    """Where there is no notebook, its magics and shell lines do nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: [] if name == "getoutput" else None


def _calls(function: Any, cases: list[Any], seconds: int) -> list[list[Any]]:
    """Every call; after one that never came back the function is not called again."""
    done: list[list[Any]] = []
    for one in cases:
        if done and str(done[-1][1]).startswith("TooSlow"):
            done.append(done[-1])
        else:
            done.append(_call(function, one, seconds))
    return done


def _call(function: Any, arguments: Any, seconds: int) -> list[Any]:
    if not callable(function):
        return [None, "NameError: not defined when its cells run alone"]
    try:
        with alarm(seconds):
            done = called(function, arguments)
    except BaseException as error:
        return [None, f"{type(error).__name__}: {str(error)[:200]}"]
    return [done.result, done.error]


@contextlib.contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """``TooSlow`` after so many seconds, where there are signals."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(_number: int, _frame: Any) -> None:
        raise TooSlow(f"no answer after {seconds} s")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def _plain_python(source: str) -> str:
    """Without magics and shell lines, which only a notebook understands."""
    if "!" not in source and "%" not in source:
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    changed: str = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
    return changed
