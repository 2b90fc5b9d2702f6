"""Build the reading edition: the lessons as a static site, in both languages.

    python tools/build_book.py             write build/book
    python tools/build_book.py --only 05   only lesson 5 (and the indexes)

It shows the outputs that are committed with the notebooks, runs nothing and fetches nothing:
pictures and the one style sheet lie in the pages or beside them.  Open build/book/index.html.
"""

from __future__ import annotations

import argparse
import html
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html
from pygments.formatters import HtmlFormatter

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "build" / "book"
STYLE = Path(__file__).resolve().parent / "book.css"
OTHER = {"es": "en", "en": "es"}
WORDS: dict[str, Any] = {
    "es": {
        "course": "ClusterIP, ejecutándolo",
        "lead": "Doce lecciones, con lo que respondió el clúster al ejecutarlas. Para apostar, "
        "cambiar y volver a ejecutar, abre los cuadernos: <code>python3 run.py open</code>.",
        "lessons": "Lecciones",
        "skip": "Ir al texto",
        "other": "In English",
        "sheet": ("chuleta-es", "Chuleta de una página"),
        "sheet_short": "Chuleta",
        "pages": {"glossary": ("glosario", "Glosario"), "guide": ("instructor.es", "Guía")},
    },
    "en": {
        "course": "ClusterIP, by running it",
        "lead": "Twelve lessons, with what the cluster answered when they ran. To bet, change "
        "and run again, open the notebooks: <code>python3 run.py open</code>.",
        "lessons": "Lessons",
        "skip": "Skip to the text",
        "other": "En español",
        "sheet": ("cheatsheet-en", "Cheat sheet of one page"),
        "sheet_short": "Cheat sheet",
        "pages": {"glossary": ("glossary", "Glossary"), "guide": ("instructor", "Guide")},
    },
}
PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="../book.css">
</head>
<body>
<a class="skip" href="#text">{skip}</a>
<nav aria-label="{course}"><a href="index.html">{course}</a>
<span class="more">{more}</span>
<a href="../{other}/{page}" lang="{other}" hreflang="{other}">{other_name}</a></nav>
<main id="text">
{body}
</main>
</body>
</html>
"""
ROOT_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>labkit</title>
<link rel="stylesheet" href="book.css">
</head>
<body>
<main>
<h1>labkit</h1>
<ul class="lessons"><li><a href="es/index.html" lang="es">ClusterIP, ejecutándolo (español)</a></li>
<li><a href="en/index.html">ClusterIP, by running it (English)</a></li></ul>
</main>
</body>
</html>
"""
PRINTED = re.compile(r"<pre((?: style=\"[^\"]*\")?)>(?!<span></span>)(.*?)</pre>", re.DOTALL)
"""What a cell printed (code has its colours, and begins with an empty span)."""
COLUMNS = re.compile(r"\S {2,}\S.* {2,}\S")
"""A line of at least three columns."""
FIGURE = '<figure style="margin:0">'


@dataclass(frozen=True, slots=True)
class Lesson:
    """A notebook and what the index says of it."""

    path: Path
    title: str
    lead: str

    @property
    def page(self) -> str:
        """The name of its page."""
        return f"{self.path.stem}.html"


def lessons(lang: str) -> list[Lesson]:
    """The lessons of a language, in order."""
    return [read_lesson(path) for path in sorted((ROOT / "notebooks" / lang).glob("*.ipynb"))]


def read_lesson(path: Path) -> Lesson:
    """Title and first paragraph of a notebook."""
    first: str = nbformat.read(path, as_version=4).cells[0].source
    title, lead, *_ = first.removeprefix("# ").split("\n\n")
    return Lesson(path, title, lead)


def body_of(path: Path) -> str:
    """The lesson as HTML: no prompts, no scripts, links to the other pages."""
    exporter = HTMLExporter(
        template_name="basic",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        mathjax_url="",
        require_js_url="",
        jquery_url="",
    )
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        drop_widgets(cell)
    body, _ = exporter.from_notebook_node(
        notebook, resources={"metadata": {"path": str(path.parent)}}
    )
    text: str = re.sub(r'href="(\d\d-[\w-]+)\.ipynb"', r'href="\1.html"', body)
    text = PRINTED.sub(unwrapped, text)
    text = text.replace(FIGURE, FIGURE.replace("<figure", '<figure class="picture" tabindex="0"'))
    return re.sub(r"<script\b.*?</script>", "", text, flags=re.DOTALL)


def unwrapped(printed: re.Match[str]) -> str:
    """A printed table keeps its columns, and scrolls where it is too wide; prose wraps."""
    rows = [line for line in printed[2].splitlines() if COLUMNS.search(line)]
    table = ' class="columns" tabindex="0"' if len(rows) > 1 else ""
    return f"<pre{table}{printed[1]}>{printed[2]}</pre>"


def drop_widgets(cell: Any) -> None:
    """Leave a picture's still in the place of its moving view; the outputs stay otherwise."""
    for output in cell.get("outputs", []):
        output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


def write_page(lang: str, name: str, title: str, body: str) -> None:
    """One page with its head, and the way to the other language."""
    words = WORDS[lang]
    text = PAGE.format(
        lang=lang,
        title=html.escape(title),
        skip=words["skip"],
        course=words["course"],
        other=OTHER[lang],
        other_name=words["other"],
        page=name,
        more=more_of(lang),
        body=body,
    )
    (BOOK / lang / name).write_text(text, encoding="utf-8")


def more_of(lang: str) -> str:
    """Links to the pages beside the lessons."""
    words = WORDS[lang]
    links = [(f"{page}.html", name) for page, (_, name) in words["pages"].items()]
    links.append((f"{words['sheet'][0]}.html", words["sheet_short"]))
    return " ".join(f'<a href="{link}">{name}</a>' for link, name in links)


def page_of(lang: str, source: str) -> str:
    """A page of ``docs`` as HTML: without its own links to its twin, which the head has."""
    text = (ROOT / "docs" / f"{source}.md").read_text(encoding="utf-8")
    title, _, rest = text.partition("\n\n")
    if rest.startswith("["):
        rest = rest.partition("\n\n")[2]
    body: str = markdown2html(f"{title}\n\n{rest}")
    return re.sub(r'<a class="anchor-link".*?</a>', "", body)


def index(lang: str) -> str:
    """The list of all lessons."""
    words = WORDS[lang]
    rows = [
        f'<li><a href="{lesson.page}">{html.escape(lesson.title)}</a>'
        f"<p>{html.escape(lesson.lead.replace('`', '').replace('*', ''))}</p></li>"
        for lesson in lessons(lang)
    ]
    sheet, name = words["sheet"]
    also = f'<p><a href="{sheet}.html">{name}</a> (<a href="{sheet}.pdf">PDF</a>)</p>'
    listed = '<ul class="lessons">\n' + "\n".join(rows) + "\n</ul>"
    return (
        f"<h1>{words['course']}</h1>\n<p>{words['lead']}</p>\n"
        f"<h2>{words['lessons']}</h2>\n{listed}\n{also}"
    )


def build(only: str = "") -> int:
    """Write the site; returns how many lessons it has."""
    shutil.rmtree(BOOK, ignore_errors=True)
    count = 0
    for lang in WORDS:
        (BOOK / lang).mkdir(parents=True)
        write_page(lang, "index.html", WORDS[lang]["course"], index(lang))
        for page, (source, title) in WORDS[lang]["pages"].items():
            write_page(lang, f"{page}.html", title, page_of(lang, source))
        for ending in ("html", "pdf"):
            shutil.copy(ROOT / "docs" / f"{WORDS[lang]['sheet'][0]}.{ending}", BOOK / lang)
        for picture in (ROOT / "notebooks" / lang).glob("*.svg"):
            shutil.copy(picture, BOOK / lang)
        for lesson in lessons(lang):
            if lesson.path.name.startswith(only):
                write_page(lang, lesson.page, lesson.title, body_of(lesson.path))
                count += 1
    light, dark = (
        HtmlFormatter(style=name).get_style_defs(".highlight") for name in ("xcode", "github-dark")
    )
    night = f"@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"
    sheet = f"{light}\n{night}\n{STYLE.read_text(encoding='utf-8')}"
    (BOOK / "book.css").write_text(sheet, encoding="utf-8")
    (BOOK / "index.html").write_text(ROOT_PAGE, encoding="utf-8")
    return count


def main(words: Sequence[str]) -> int:
    """Build, and say where it is."""
    parser = argparse.ArgumentParser(description="Build the reading edition of the lessons.")
    parser.add_argument("--only", default="", metavar="NN", help="only this lesson")
    chosen = parser.parse_args(words)
    if not (count := build(chosen.only)):
        print(f"There is no lesson {chosen.only}: give two digits, 00 to 11.", file=sys.stderr)
        return 2
    print(f"{count} pages. Open {(BOOK / 'index.html').relative_to(ROOT).as_posix()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
