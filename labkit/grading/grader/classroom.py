"""A class: many submissions on several workers, in any order, gone on with where it stopped.

Each result is written as soon as it is there (``OUT/LEARNER/NAME.json``); what is there already
and fits the same submission, secret and exercises is not graded again.
"""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from labkit.errors import UsageError
from labkit.grading import catalog
from labkit.grading.grader.marking import Work, grade
from labkit.grading.grader.results import VERSION
from labkit.grading.grader.submission import read_bytes

Result = dict[str, Any]
LONGEST = 120
PORTS = (f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))
RESERVED = frozenset(("CON", "PRN", "AUX", "NUL", *PORTS))
"""Names that Windows keeps for devices."""

OURS = frozenset("index.html grades.csv nbgrader.csv junit.xml results.json labkit-secret".split())
"""Files of the class beside the learners' folders."""

Told = Callable[[int, int, Result], None]
"""Told after each result: how many are done, how many there are, the result."""


@dataclass(frozen=True, slots=True)
class Item:
    """One submission of a class and where its result goes."""

    work: Work
    target: Path
    stamp: str


def items(works: Sequence[Work], out: Path) -> list[Item]:
    """Where each result goes; two submissions never share a file."""
    made: list[Item] = []
    taken: set[str] = set()
    for work in works:
        folder, stem = out / folder_name(work.learner), safe(Path(work.path).stem)
        target, number = folder / f"{stem}.json", 1
        while str(target).casefold() in taken:  # some disks take Ana and ana for one
            number += 1
            target = folder / f"{stem}-{number}.json"
        taken.add(str(target).casefold())
        made.append(Item(work, target, stamp(work)))
    return made


def safe(name: str) -> str:
    """A file name: no separators, not hidden, not too long for any disk; still readable."""
    whole = unicodedata.normalize("NFC", name)
    kept = "".join(sign if sign.isalnum() or sign in " ._-" else "_" for sign in whole)
    short = kept.strip(" .").encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore").strip()
    return f"_{short}" if not short or short.split(".")[0].upper() in RESERVED else short


def folder_name(learner: str) -> str:
    """The folder of a learner's results; never where a file of the class goes."""
    found = safe(learner)
    return f"_{found}" if found.casefold() in OURS else found


def stamp(work: Work) -> str:
    """What a result depends on besides the code: file, learner, secret, tests, exercises."""
    digest = hashlib.sha256()
    for part in (str(VERSION), work.learner, work.language, str(work.personal), work.bwrap):
        digest.update(part.encode() + b"\0")
    digest.update(hashlib.sha256(work.secret).digest())
    digest.update(json.dumps(dict(work.parameters), sort_keys=True, default=str).encode())
    data, problem = read_bytes(Path(work.path), work.limits.notebook)
    digest.update(data if problem is None else problem.key.encode())
    folders = [catalog.FILE.parent, *([Path(work.hidden)] if work.hidden else [])]
    for folder in folders:
        for file in sorted(folder.glob("*.*")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def grade_all(todo: Sequence[Item], workers: int, told: Told, again: bool = False) -> list[Result]:
    """All results in the order of ``todo``; one bad submission never stops the rest."""
    if again:
        _forget(todo)
    try:
        with _pool(workers) as pool:
            return _graded(todo, pool, told)
    except BrokenProcessPool:
        return _one_by_one(todo, told)


def _forget(todo: Sequence[Item]) -> None:
    for item in todo:
        item.target.unlink(missing_ok=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = get_context("spawn" if os.name == "nt" else "forkserver")
    return ProcessPoolExecutor(workers, mp_context=context)


def _one_by_one(todo: Sequence[Item], told: Told) -> list[Result]:
    """A worker was killed and took the pool along: what is left gets a process each, so that it
    shows which one it was, and the others have their marks."""
    found: list[Result] = []
    for item in todo:
        known = _known(item)
        if known is None:
            with _pool(1) as pool:
                try:
                    known = pool.submit(grade, item.work).result()
                except Exception as error:
                    known = _failed(item.work, error)
            _write(item, known)
        found.append(known)
        told(len(found), len(todo), known)
    return found


def grade_on_dask(todo: Sequence[Item], address: str, told: Told, again: bool) -> list[Result]:
    """The same work on a Dask cluster; its workers must have labkit, and see the same paths.

    Raises ``UsageError`` when ``distributed`` is missing or nobody answers at ``address``.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--executor dask:// needs the package distributed.", "pip install 'labkit[dask]'"
        ) from None
    try:
        client = Client(address, timeout=10)
    except OSError as error:
        raise UsageError(f"No Dask scheduler answers at {address} ({error}).") from None
    with client, client.get_executor(pure=False, retries=1) as pool:
        if again:
            _forget(todo)
        return _graded(todo, pool, told)


def _graded(todo: Sequence[Item], pool: Executor, told: Told) -> list[Result]:
    found: dict[Path, Result] = {}
    waiting: dict[Future[Result], Item] = {}
    for item in todo:
        known = _known(item)
        if known is not None:
            found[item.target] = known
            told(len(found), len(todo), known)
        else:
            waiting[pool.submit(grade, item.work)] = item
    try:
        for future, result in _finished(waiting):
            item = waiting[future]
            _write(item, result)
            found[item.target] = result
            told(len(found), len(todo), result)
    except BaseException:
        for future in waiting:
            future.cancel()
        raise
    return [found[item.target] for item in todo]


def _finished(waiting: dict[Future[Result], Item]) -> Iterator[tuple[Future[Result], Result]]:
    """Each result as it comes; a worker that died is a result that says so."""
    for future in as_completed(list(waiting)) if _is_local(waiting) else _dask_order(waiting):
        try:
            yield future, future.result()
        except BrokenProcessPool:
            raise
        except Exception as error:
            yield future, _failed(waiting[future].work, error)


def _is_local(waiting: dict[Future[Result], Item]) -> bool:
    return all(isinstance(future, Future) for future in waiting)


def _dask_order(waiting: dict[Future[Result], Item]) -> Iterator[Future[Result]]:
    from distributed import as_completed as in_order

    yield from in_order(list(waiting))


def _failed(work: Work, error: BaseException) -> Result:
    lesson = Path(work.path).name[:2]
    most = sum(one.points for one in catalog.of_lesson(lesson))
    return {
        "version": VERSION,
        "learner": work.learner,
        "lesson": lesson if most else "",
        "language": work.language,
        "submission": Path(work.path).name,
        "digest": "",
        "graded": False,
        "error": f"{type(error).__name__}: {str(error)[:300]}",
        "mode": "sandbox" if work.bwrap else "practice",
        "hidden_used": bool(work.hidden),
        "problem": "",
        "score": 0,
        "max": most,
        "exercises": [],
        "notes": [],
        "note_keys": [],
        "seconds": 0.0,
    }


def _known(item: Item) -> Result | None:
    """The result of an earlier run, if it is of the same stamp and whole."""
    try:
        found = json.loads(item.target.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("stamp") != item.stamp or not found.get("graded"):
        return None
    data, problem = read_bytes(Path(item.work.path), item.work.limits.notebook)
    now = hashlib.sha256(data).hexdigest() if problem is None else ""
    return found if found.get("digest") == now else None  # else it changed while it was graded


def _write(item: Item, result: Result) -> None:
    """Whole or not at all: an interrupted run leaves no half file."""
    item.target.parent.mkdir(parents=True, exist_ok=True)
    result["stamp"] = item.stamp
    half = item.target.with_suffix(".json.part")
    text = json.dumps(result, ensure_ascii=False, indent=1) + "\n"
    half.write_text(text, encoding="utf-8", errors="replace")
    os.replace(half, item.target)
