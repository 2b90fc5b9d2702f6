"""``labkit grade``: submissions in, marks with reasons out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.writing import SECRET, kept_secret, unwritable
from labkit.errors import UsageError
from labkit.words import Words

if TYPE_CHECKING:
    from labkit.grading.grader.classroom import Item

DASK = "dask://"
MOST_WORKERS = 64
INTERRUPTED = 130


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "grade",
        (
            "labkit grade submissions --workers 2",
            "labkit grade ana/05-random.ipynb --learner ana --out grades",
            "labkit grade submissions --executor dask://127.0.0.1:8786",
            "labkit grade notebook.ipynb -p backend embedded --practice",
        ),
    )
    made.option("paths", key="grade.option.paths", nargs="+", metavar="PATH")
    made.option("--out", key="grade.option.out", metavar="FOLDER", default="grades")
    made.option("--learner", key="grade.option.learner", metavar="NAME", default="")
    made.option("--secret", key="grade.option.secret", metavar="FILE", default="")
    made.option("--hidden", key="grade.option.hidden", metavar="FOLDER", default="")
    made.flag("--personal", "grade.option.personal")
    made.option("--workers", key="grade.option.workers", type=int, default=1, metavar="N")
    made.option("--executor", key="grade.option.executor", default="local", metavar="WHERE")
    made.flag("--again", "grade.option.again")
    made.flag("--practice", "grade.option.practice")
    pair = {"action": "append", "nargs": 2, "metavar": ("NAME", "VALUE"), "default": []}
    made.option("-p", "--parameters", key="grade.option.parameters", **pair)
    made.option("-r", "--parameters_raw", key="grade.option.parameters_raw", **pair)
    many = {"action": "append", "default": []}
    made.option(
        "-f", "--parameters_file", key="grade.option.parameters_file", metavar="FILE", **many
    )
    made.option(
        "-y", "--parameters_yaml", key="grade.option.parameters_yaml", metavar="YAML", **many
    )
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Grade and write; status 0 when everything could be graded, whatever the marks."""
    from labkit.grading.grader.classroom import items
    from labkit.grading.grader.reports import write_reports

    words, console = context.words, context.console
    console.quiet = options.json
    check(options, words)
    out = Path(options.out)
    works = works_of(options, context, out)
    todo = items(works, out)
    began = context.clock.monotonic()
    try:
        out.mkdir(parents=True, exist_ok=True)  # before an hour of work, not after it
        results = graded(todo, options, context)
        page = write_reports(todo, results, out, context.clock.now(), words)
    except OSError as error:
        raise unwritable(Path(error.filename or out), error, words) from error
    if options.json:
        console.json(results)
    else:
        show(results, context)
    foreign = sum("foreign_data" in one["note_keys"] for one in results)
    if foreign > 1 and 2 * foreign > len(results):
        file = secret_file(options, out)
        console.warn(words("grade.other_secret", n=foreign, all=len(results), file=file))
    seconds = context.clock.monotonic() - began
    console.print(words("grade.done", n=len(results), seconds=seconds, page=page), "dim")
    return 0 if all(one["graded"] for one in results) else 1


def check(options: Namespace, words: Words) -> None:
    """``UsageError`` for what cannot be, before anything is started."""
    if not 1 <= options.workers <= MOST_WORKERS:
        raise UsageError(words("grade.bad_workers", n=options.workers))
    if options.executor != "local" and not options.executor.startswith(DASK):
        raise UsageError(words("grade.bad_executor", executor=options.executor))
    for path in options.paths:
        if not Path(path).exists() and not Path(path).is_symlink():
            raise UsageError(words("grade.missing", path=path))
        if Path(path).is_file() and Path(path).suffix.lower() != ".ipynb":
            raise UsageError(words("grade.not_a_notebook", path=path))


def works_of(options: Namespace, context: Context, out: Path) -> list[Any]:
    """One ``Work`` for each submission."""
    from labkit.grading.grader.classroom import items
    from labkit.grading.grader.marking import Work
    from labkit.grading.grader.submission import find_submissions, without_notebook

    words = context.words
    paths = [Path(path) for path in options.paths]
    found = find_submissions(paths, options.learner)
    if found and (empty := without_notebook(paths, out)):
        context.console.warn(words("grade.no_notebook_in", names="; ".join(empty)))
    if not found:
        raise UsageError(words("grade.none", paths=", ".join(options.paths)))
    program = isolation(options, context)
    hidden = hidden_folder(options, context) if program else ""
    common = {
        "secret": secret_of(options, out, context),
        "language": words.language,
        "bwrap": program,
        "hidden": hidden,
        "personal": options.personal,
        "parameters": parameters_of(options, words),
    }
    drafts = [Work(str(path.absolute()), learner, **common) for path, learner in found]
    return [
        Work(item.work.path, item.work.learner, **common, executed=executed_of(item))
        for item in items(drafts, out)
    ]


def executed_of(item: Item) -> str:
    """Where the executed notebook is kept: beside the result."""
    return str(item.target.with_name(f"{item.target.stem}.executed.ipynb").absolute())


def isolation(options: Namespace, context: Context) -> str:
    """bubblewrap, or "" with a warning: practice mode."""
    import sys

    from labkit.grading.grader.walls import available

    if options.practice:
        context.console.warn(context.words("grade.practice.asked"))
        return ""
    program = available()
    if not program:
        which = "linux" if sys.platform == "linux" else "other"
        fix = context.words(f"grade.practice.{which}")
        context.console.warn(context.words("grade.practice", fix=fix))
    return program


def hidden_folder(options: Namespace, context: Context) -> str:
    """The folder of hidden tests: named, or ``exercises/hidden`` here or beside labkit."""
    from labkit.grading.grader.walls import PACKAGE

    if options.hidden:
        folder = Path(options.hidden)
        if not folder.is_dir():
            raise UsageError(context.words("grade.missing", path=folder))
        return str(folder.absolute())
    handed_in = [Path(path).absolute() for path in options.paths]
    for base in (PACKAGE.parent, Path.cwd()):
        folder = base / "exercises" / "hidden"
        # Never what somebody handed in under that name: the judge runs what lies there.
        if folder.is_dir() and not any(folder.is_relative_to(path) for path in handed_in):
            return str(folder)
    context.console.warn(context.words("grade.no_hidden"))
    return ""


def secret_of(options: Namespace, out: Path, context: Context) -> bytes:
    """The teacher's secret; a new one is made beside the folder of the results the first time."""
    from labkit.grading.grader.secrets import read_secret

    file = secret_file(options, out)
    if options.secret:
        return read_secret(file, context.words)
    return kept_secret(file, context)


def secret_file(options: Namespace, out: Path) -> Path:
    """The file that was named, or ``labkit-secret`` beside the results (where ``labkit release``
    made it).  Never among what was handed in: a learner could have put it there."""
    if options.secret:
        return Path(options.secret)
    beside, within = out.absolute().parent / SECRET, out / SECRET
    handed_in = any(beside.is_relative_to(Path(path).absolute()) for path in options.paths)
    return within if handed_in or (within.exists() and not beside.exists()) else beside


def parameters_of(options: Namespace, words: Words) -> dict[str, Any]:
    """What papermill would make of the same words: YAML first, then files, raw and typed."""
    import yaml

    found: dict[str, Any] = {}
    texts = [("-y", text) for text in options.parameters_yaml]
    for name in options.parameters_file:
        try:
            texts.append((name, Path(name).read_text(encoding="utf-8")))
        except OSError:
            raise UsageError(words("grade.missing", path=name)) from None
    for name, text in texts:
        try:
            table = yaml.safe_load(text) or {}
        except yaml.YAMLError:
            table = None
        if not isinstance(table, dict):
            raise UsageError(words("grade.bad_parameters", file=name))
        found.update(table)
    found.update(options.parameters_raw)
    if options.parameters:
        from papermill.cli import _resolve_type

        found.update({name: _resolve_type(value) for name, value in options.parameters})
    return found


def graded(todo: Sequence[Item], options: Namespace, context: Context) -> list[dict[str, Any]]:
    """The results, with progress; an interrupted run says how to go on."""
    from labkit.grading.grader.classroom import grade_all, grade_on_dask

    words, console = context.words, context.console
    done = 0

    def told(count: int, whole: int, result: Mapping[str, Any]) -> None:
        nonlocal done
        done = count
        filled = "█" * (20 * count // whole)
        name = f"{result['learner']}/{result['submission']}"[:40]
        fields = {"done": count, "all": whole, "bar": filled.ljust(20, "·"), "name": name}
        console.progress(words("grade.progress", **fields))

    try:
        if options.executor.startswith(DASK):
            address = "tcp://" + options.executor.removeprefix(DASK)
            return grade_on_dask(todo, address, told, options.again)
        return grade_all(todo, options.workers, told, options.again)
    except KeyboardInterrupt:
        console.warn(words("grade.interrupted", done=done, all=len(todo), out=options.out))
        raise SystemExit(INTERRUPTED) from None
    finally:
        console.clear_progress()


def show(results: Sequence[Mapping[str, Any]], context: Context) -> None:
    """A line for each submission."""
    words = context.words
    keys = ("learner", "lesson", "points", "visible", "hidden", "told")
    head = [words(f"grade.column.{key}") for key in keys]
    rows = []
    for one in results:
        lines = [_line(one, "visible"), _line(one, "hidden")]
        points = f"{one['score']:g}/{one['max']}" if one["graded"] else "?"
        rows.append([one["learner"][:24], one["lesson"], points, *lines, _told(one)])
    context.console.table(head, rows, right="  rrr")


def _line(result: Mapping[str, Any], use: str) -> str:
    lines = [part[use] for part in result["exercises"] if part[use]]
    if not lines:
        return "-"
    return f"{sum(one['passed'] for one in lines)}/{sum(one['of'] for one in lines)}"


def _told(result: Mapping[str, Any]) -> str:
    """The first reason, on one line."""
    if result["error"] or result["problem"]:
        return str(result["error"] or result["problem"])[:80]
    causes = [
        row["cause"]["rationale"]
        for part in result["exercises"]
        for row in part["results"]
        if row["cause"]
    ]
    return causes[0][:80] if causes else ""
