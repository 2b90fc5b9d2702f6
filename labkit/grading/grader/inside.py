"""The first process in the sandbox: give up rights, set limits, then run the template.

``python inside.py JOB``: JOB is a JSON file with ``task`` (``notebook`` or ``calls``), ``uid`` (0:
keep), ``limits`` and the files to read and write.  What it prints last is how it ended, as JSON;
nobody outside believes more than that.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def main(job_file: str) -> None:
    """Run the job and say how it ended."""
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    confine(job)
    if job["task"] == "calls":
        from labkit.grading.grader.caller import answer_calls

        print(json.dumps(answer_calls(job)))  # noqa: T201
        return
    print(json.dumps(run_notebook(job)))  # noqa: T201


def confine(job: dict[str, Any]) -> None:
    """Another user, no way back, and limits that a child inherits."""
    try:
        import resource
    except ImportError:  # Windows: practice mode, whose only limit is the wall clock
        return
    limits = job["limits"]
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, limits["files"])
    _limit(resource.RLIMIT_NOFILE, 512)
    _limit(resource.RLIMIT_CPU, limits["total_seconds"] + 10)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, limits["memory"])
        if job["sandboxed"]:
            _limit(resource.RLIMIT_NPROC, limits["processes"])
    if job["uid"]:
        os.setgroups([])
        os.setgid(job["uid"])
        os.setuid(job["uid"])
    home = Path(job["home"])
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "work").mkdir(exist_ok=True)


def _limit(which: int, value: int) -> None:
    import resource

    _, hard = resource.getrlimit(which)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (ceiling, ceiling))


def run_notebook(job: dict[str, Any]) -> dict[str, Any]:
    """papermill on the template, with an engine that counts output and time."""
    import logging

    # jsonschema would build a grammar of URLs here, three quarters of a second that nobody needs.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillException
    from papermill.execute import execute_notebook

    from labkit.grading.grader.engine import bounded_engine
    from labkit.grading.grader.limits import BROKEN, DEAD, DONE, SLOW

    logging.disable(logging.CRITICAL)
    state = {"ended": DONE, "cell": ""}
    papermill_engines.register("labkit", bounded_engine(state, job["limits"]))
    folder = str(Path(job["home"]) / "work")
    _manifests(Path(folder))
    try:
        execute_notebook(
            job["template"],
            job["out"],
            parameters=job["parameters"],
            engine_name="labkit",
            kernel_name="python3",
            cwd=folder,
            progress_bar=False,
            start_timeout=30,
        )
    except PapermillException:
        pass  # an error in a cell: it stands in the notebook
    except Exception as error:
        if state["ended"] == DONE:
            name = type(error).__name__
            state["ended"] = {"DeadKernelError": DEAD, "CellTimeoutError": SLOW}.get(name, BROKEN)
            state["reason"] = f"{name}: {str(error)[:200]}"
    return state


def _manifests(folder: Path) -> None:
    """The lab's manifests, where a notebook finds them."""
    from labkit.lab import files

    for which in files.VARIANTS:
        target = folder / "manifests" / which
        target.mkdir(parents=True, exist_ok=True)
        for name in files.FILES:
            (target / name).write_text(files.text_of(which, name), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[2])
    main(sys.argv[1])
    sys.stdout.flush()
    os._exit(0)
