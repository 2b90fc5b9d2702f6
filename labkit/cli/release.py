"""``labkit release``: from masters to the notebooks that learners get."""

from __future__ import annotations

import unicodedata
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.writing import SECRET, kept_secret, unwritable
from labkit.errors import UsageError
from labkit.grading.masters import BadMaster, Cell, masters
from labkit.grading.release import Release, releases
from labkit.words import Words


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "release",
        (
            "labkit release",
            "labkit release 05 07 --out class-5",
            "labkit release --learners class.txt --secret class-secret --out handout",
        ),
    )
    made.option("lessons", key="grade.release.lessons", nargs="*", metavar="LESSON")
    made.option("--out", key="grade.release.out", metavar="FOLDER", default="release")
    made.option("--masters", key="grade.release.masters", metavar="FOLDER", default="")
    made.option("--learners", key="grade.release.learners", metavar="FILE", default="")
    made.option("--secret", key="grade.release.secret", metavar="FILE", default="")
    made.flag("--force", "grade.release.force")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Write the notebooks; nothing is written over unless ``--force`` says so."""
    words, out = context.words, Path(options.out)
    folder = masters_folder(options, words)
    found = chosen(options.lessons, folder, words)
    learners = names_of(options.learners, words)
    secret = b""
    if learners:
        # Beside what is handed out, never in it.
        file = Path(options.secret) if options.secret else out.absolute().parent / SECRET
        secret = kept_secret(file, context)
    made = list(releases(found, folder.parent / "notebooks", learners, secret))
    if not options.force:
        refuse_changed(made, out, words)
    try:
        for one in made:
            target = out / one.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(one.text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise unwritable(out, error, words) from error
    if options.json:
        context.console.json([str(out / one.path) for one in made])
    else:
        context.console.print(words("grade.released", n=len(made), out=out))
        shared = [name for name in same_for_all(found) if not learners]
        if shared:
            context.console.print(words("grade.released.shared", ids=", ".join(shared)), "dim")
    return 0


def same_for_all(lessons: Iterable[str]) -> list[str]:
    """The exercises of these lessons whose answers are typed from data that a common copy gives
    to everybody alike."""
    from labkit.grading import catalog

    return [
        one.id for lesson in lessons for one in catalog.of_lesson(lesson) if one.seed == "released"
    ]


def masters_folder(options: Namespace, words: Words) -> Path:
    """The folder of masters: named, or ``exercises`` here or beside labkit."""
    from labkit.grading.grader.walls import PACKAGE

    if options.masters:
        places = [Path(options.masters)]
    else:
        places = [Path("exercises"), PACKAGE.parent / "exercises"]
    for place in places:
        if any(place.glob("[0-9][0-9].py")):
            return place.absolute()
    raise UsageError(words("grade.no_masters", folder=places[0]), words("grade.no_masters.fix"))


def chosen(lessons: list[str], folder: Path, words: Words) -> dict[str, tuple[Cell, ...]]:
    """The masters of these lessons (all, if none is named)."""
    try:
        found = masters(folder)
    except BadMaster as error:
        raise UsageError(str(error)) from error
    for lesson in lessons:
        if lesson not in found:
            raise UsageError(words("grade.no_lesson", lesson=lesson, known=", ".join(found)))
    return {name: cells for name, cells in found.items() if not lessons or name in lessons}


def names_of(file: str, words: Words) -> list[str]:
    """One learner a line; nobody when no file is named."""
    if not file:
        return []
    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise UsageError(words("grade.not_utf8", file=file), words("grade.not_utf8.fix")) from None
    except OSError:
        raise UsageError(words("grade.missing", path=file)) from None
    found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not found:
        raise UsageError(words("grade.no_learners", file=file))
    folders: dict[str, str] = {}
    for name in found:
        if "/" in name or "\\" in name or name.startswith("."):
            raise UsageError(words("grade.bad_learner", file=file, name=name))
        known = folders.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if known != name:
            raise UsageError(words("grade.same_learner", file=file, one=known, other=name))
    return list(dict.fromkeys(found))


def refuse_changed(made: list[Release], out: Path, words: Words) -> None:
    """``UsageError`` before the first file is written, if one there differs."""
    for one in made:
        target = out / one.path
        if target.exists() and target.read_text(encoding="utf-8", errors="replace") != one.text:
            raise UsageError(words("grade.exists", path=target), words("grade.exists.fix"))
