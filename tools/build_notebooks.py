"""Build the lessons: one bilingual source in, two notebooks out.

A source (``notebooks/src/NN_name.py``, py:percent) holds each code cell once and each
markdown cell twice, tagged ``lang="es"`` and ``lang="en"``.  From it come
``notebooks/es/NN-name.ipynb`` and ``notebooks/en/NN-name.ipynb``: the same code cells, ids
and tags to the letter, the prose of one language.

    python tools/build_notebooks.py              write what changed, keep outputs that still fit
    python tools/build_notebooks.py --check      exit 1 if a notebook differs from its source
    python tools/build_notebooks.py --execute    run the lessons and keep their outputs
    python tools/build_notebooks.py --execute 07 only lesson 7

A code cell ``# %% insert="exercises"`` (or ``insert="05.1"``) is replaced by the lesson's
exercises: statements from ``labkit/grading/exercises/exercises.toml``, code from
``exercises/NN.py``; our solutions are packed for ``solution()`` on the way.

Cell ids are made from the source (never random), so a rebuild changes nothing by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import zlib
from base64 import b85encode
from pathlib import Path
from typing import Any

import jupytext
import nbformat

from labkit.grading import catalog, learner
from labkit.grading.cells import exercise_parts
from labkit.grading.masters import masters, read_master

ROOT = Path(__file__).resolve().parent.parent
MASTERS = ROOT / "exercises"
SOURCES = ROOT / "notebooks" / "src"
LANGUAGES = ("es", "en")
SIGNPOST = {"es": ("Antes", "Sigue"), "en": ("Previous", "Next")}
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CELL_TIMEOUT_SECONDS = 120
SEED = "7"
"""The draws of the committed outputs and of their tests (notebooks/conftest.py)."""

# What differs from run to run and would make a commit noisy, or should not be published.
VOLATILE = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"(127\.0\.0\.1:PORT)/[A-Za-z0-9_-]{16,}"), r"\1/SECRET"),
    (re.compile(r"/(?:home|root|Users|tmp)/[^\s'\"<>]*"), "…"),
)


def target(source: Path, language: str) -> Path:
    """``src/07_two_node_lab.py`` -> ``es/07-two-node-lab.ipynb``."""
    return ROOT / "notebooks" / language / link(source)


def build(source: Path, language: str) -> Any:
    """The notebook of one language, without outputs.

    Raises ``ValueError`` if a markdown cell has no language, or if the languages do not take
    turns (each Spanish cell is followed by its English twin).
    """
    parsed = jupytext.read(source, fmt="py:percent")
    lesson = source.stem.split("_")[0]
    cells: list[Any] = []
    texts = {"es": 0, "en": 0}
    codes = 0
    for number, cell in enumerate(parsed.cells, start=1):
        if cell.metadata.get("insert"):
            cells.extend(_inserted(lesson, cell.metadata["insert"], language))
            continue
        if cell.cell_type == "code":
            codes += 1
            if texts["es"] != texts["en"]:
                raise ValueError(f"{source.name}: a text before code cell {codes} has no twin")
            cells.append(_code(cell, f"{lesson}-c{codes:02d}"))
            continue
        cell_language = cell.metadata.get("lang")
        if cell_language not in LANGUAGES:
            raise ValueError(f'{source.name}: markdown cell {number} needs lang="es" or "en"')
        texts[cell_language] += 1
        if cell_language == language:
            cells.append(_text(cell, f"{lesson}-m{texts[language]:02d}"))
    if texts["es"] != texts["en"]:
        raise ValueError(f"{source.name}: {texts['es']} Spanish texts, {texts['en']} English ones")
    cells.append(_signpost(source, lesson, language))
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}, "labkit": {"lang": language}}
    )
    return notebook


def _signpost(source: Path, lesson: str, language: str) -> Any:
    """The last cell: links to the lessons before and after, named by their titles."""
    lessons = sorted(source.parent.glob("[0-9][0-9]_*.py"))
    place = lessons.index(source)
    around = [
        (word, lessons[place + step])
        for word, step in zip(SIGNPOST[language], (-1, 1), strict=True)
        if 0 <= place + step < len(lessons)
    ]
    links = [f"**{word}:** [{title(one, language)}]({link(one)})" for word, one in around]
    return nbformat.v4.new_markdown_cell("---\n\n" + " · ".join(links), id=f"{lesson}-signpost")


def title(source: Path, language: str) -> str:
    """The lesson's first heading in that language, ``7 · The two-node lab``."""
    pattern = rf'^# %% \[markdown\] lang="{language}"[^\n]*\n# # (.+)$'
    found = re.search(pattern, source.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if found is None:
        raise ValueError(f"{source.name}: the first text has no heading in {language}")
    return found[1]


def link(source: Path) -> str:
    """The file name of the notebook made from a source."""
    return source.stem.replace("_", "-") + ".ipynb"


def _inserted(lesson: str, which: str, language: Any) -> list[Any]:
    """The exercises of a lesson (``exercises``), or the one of that id."""
    found = [one for one in catalog.of_lesson(lesson) if which in ("exercises", one.id)]
    if not found and which == "exercises":
        return []  # this lesson has none yet
    if not found:
        raise ValueError(f"lesson {lesson}: insert={which!r} names no exercise of this lesson")
    cells = read_master(MASTERS / f"{lesson}.py")
    return [
        nbformat.v4.new_code_cell(part.source, id=part.id, metadata={"tags": list(part.tags)})
        if part.code
        else nbformat.v4.new_markdown_cell(part.source, id=part.id)
        for one in found
        for part in exercise_parts(one, cells, language)
    ]


def packed_solutions() -> str:
    """Our solutions and the starters by exercise, as ``labkit.grading.learner`` reads them."""
    solved: dict[str, list[str]] = {}
    starting: dict[str, list[str]] = {}
    for cells in masters(MASTERS).values():
        for cell in cells:
            if cell.part == "answer":
                solved.setdefault(cell.exercise, []).append(cell.solved)
                starting.setdefault(cell.exercise, []).append(cell.source)
    found = {
        kind: {name: "\n\n".join(texts) for name, texts in some.items()}
        for kind, some in (("solutions", solved), ("starters", starting))
    }
    text = json.dumps(found, ensure_ascii=False, sort_keys=True).encode("utf-8")
    packed = b85encode(zlib.compress(text, 9)).decode("ascii")
    return "\n".join(packed[at : at + 96] for at in range(0, len(packed), 96)) + "\n"


def _code(cell: Any, cell_id: str) -> Any:
    metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
    return nbformat.v4.new_code_cell(cell.source, id=cell_id, metadata=metadata)


def _text(cell: Any, cell_id: str) -> Any:
    metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
    return nbformat.v4.new_markdown_cell(cell.source, id=cell_id, metadata=metadata)


def keep_outputs(built: Any, path: Path) -> Any:
    """Take over the outputs of code cells whose source is the same as on disk."""
    if not path.exists():
        return built
    old = {cell.get("id"): cell for cell in nbformat.read(path, as_version=4).cells}
    for cell in built.cells:
        before = old.get(cell.id)
        if cell.cell_type == "code" and before is not None and before.source == cell.source:
            cell.outputs = before.outputs
            cell.execution_count = before.execution_count
    return built


def execute(notebook: Any, language: str) -> Any:
    """Run it top to bottom in a lab of its own; keep outputs that are fit to be published."""
    from nbclient import NotebookClient

    folder = ROOT / "notebooks" / language
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="labkit-lessons-") as home:
        os.environ.update(LABKIT_LANG=language, LABKIT_HOME=home, LABKIT_SEED=SEED)
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            store_widget_state=False,
        )
        try:
            client.execute()
        finally:
            down = [sys.executable, "-m", "labkit", "down"]
            subprocess.run(down, capture_output=True, check=False)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = [clean(output) for output in merged_streams(cell.outputs)]
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def merged_streams(outputs: list[Any]) -> list[Any]:
    """Neighbouring pieces of one stream as one output (their cut depends on timing)."""
    merged: list[Any] = []
    for output in outputs:
        same = (
            merged
            and output.output_type == "stream"
            and merged[-1].output_type == "stream"
            and merged[-1].name == output.name
        )
        if same:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def clean(output: Any) -> Any:
    """The output without ports, secrets, private paths and dead widget views."""
    if output.output_type == "stream":
        output.text = published(output.text)
    data = output.get("data", {})
    data.pop("application/vnd.jupyter.widget-view+json", None)
    for kind, value in list(data.items()):
        if isinstance(value, str) and kind.startswith("text/"):
            data[kind] = published(value)
    return output


def published(text: str) -> str:
    for pattern, replacement in VOLATILE:
        text = pattern.sub(replacement, text)
    return text


def written(notebook: Any) -> str:
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, version=4)).rstrip("\n") + "\n"


def update(path: Path, text: str, only_check: bool) -> int:
    """Write ``text`` where it differs (or only say so); 1 if it differed."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return 0
    verdict = "differs from its source" if only_check else "written"
    print(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}: {verdict}")
    if not only_check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return 1


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", help="numbers of lessons (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing, compare only")
    parser.add_argument("--execute", action="store_true", help="run them and keep the outputs")
    options = parser.parse_args(arguments)
    stale = update(learner.SOLUTIONS, packed_solutions(), options.check)
    for source in sorted(SOURCES.glob("[0-9][0-9]_*.py")):
        if options.lessons and source.stem[:2] not in options.lessons:
            continue
        for language in LANGUAGES:
            path = target(source, language)
            notebook = build(source, language)
            if options.execute:
                print(f"running {path.relative_to(ROOT)} ...", file=sys.stderr, flush=True)
                notebook = execute(notebook, language)
            else:
                notebook = keep_outputs(notebook, path)
            stale += update(path, written(notebook), options.check)
    if options.check and stale:
        print("Build them: python3 run.py notebooks", file=sys.stderr)
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
