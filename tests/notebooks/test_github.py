"""The committed notebooks as GitHub shows them: no script, no style, no widget, HTML sanitised."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import bleach
import nbformat
import pytest

from tests.notebooks.test_style import NOTEBOOKS, cells_of, every_lesson
from tests.support import ROOT

LARGEST = 1_000_000
"""Bytes.  GitHub refuses to draw notebooks of some megabytes, and is slow long before that."""
# What GitHub's sanitiser lets through (html-pipeline's allow-list), as far as we could need it.
TAGS = frozenset(
    "a abbr b blockquote br caption code dd del details div dl dt em figcaption figure h1 h2 h3 h4 "
    "h5 h6 hr i img ins kbd li ol p pre q s samp small span strong sub summary sup table tbody td "
    "tfoot th thead tr tt ul var".split()
)
ATTRIBUTES = {"*": ["align", "alt", "colspan", "href", "open", "rowspan", "scope", "src", "title"]}
CODE = re.compile(r"^(```|~~~).*?^\1|``[^`]+``|`[^`\n]*`", flags=re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:href|src)=\"([^\"]+)\"")
REPR = re.compile(r"^<?[A-Z][A-Za-z_.]*(\(| at 0x| object)")


def as_github(html: str) -> str:
    """What is left of a piece of HTML."""
    without = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    return bleach.clean(
        without, tags=TAGS, attributes=ATTRIBUTES, protocols={"http", "https", "data"}, strip=True
    )


def readable(html: str) -> str:
    """The words that a reader of that HTML sees."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


def problems_of(output: Any) -> list[str]:
    """What somebody on GitHub would miss of one output."""
    if output["output_type"] not in ("display_data", "execute_result"):
        return []
    data = output["data"]
    found = [f"{kind} is dead there" for kind in data if "javascript" in kind]
    plain, html = str(data.get("text/plain", "")), str(data.get("text/html", ""))
    if not html and "image/svg+xml" not in data and REPR.match(plain):
        found.append(f"nothing but the name of an object: {plain[:60]}")
    if not plain.strip():
        found.append("no text/plain")
    if html:
        left = as_github(html)
        images = re.findall(r"<img\b[^>]*>", left)
        found += [f"without alt: {one[:60]}" for one in images if not re.search(r'alt="..', one)]
        lost = set(readable(html).split()) - set(readable(left).split())
        found += [f"the sanitiser takes away {sorted(lost)[:5]}"] if lost else []
        if images and len(readable(left)) < 20:
            found.append("a picture without a text beside it")
        if "<svg" in html or "<canvas" in html:
            found.append("a drawing that the sanitiser takes away")
    return found


@every_lesson
def test_every_output_says_the_same_without_widgets(path: Path) -> None:
    """A picture has its alt text and a text beside it, a widget its still or its text; nothing is
    lost where HTML is sanitised and no script runs."""
    told = {
        f"{cell.id}: {problem}"
        for cell in cells_of(path)
        for output in cell.get("outputs", [])
        for problem in problems_of(output)
    }
    assert not told


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (
            {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "Box(children=())"},
            "name",
        ),
        ({"text/html": "<svg><text>drawn</text></svg>", "text/plain": "a"}, "drawing"),
        ({"text/html": '<img src="data:,"><p>some words that stand</p>', "text/plain": "a"}, "alt"),
        ({"text/html": '<img alt="a picture" src="data:,">', "text/plain": "a"}, "beside"),
        ({"text/html": "<p>a</p><button>Press</button>", "text/plain": " "}, "no text/plain"),
        ({"application/javascript": "alert(1)", "text/plain": "a"}, "dead"),
    ],
)
def test_the_judge_would_notice(data: dict[str, Any], word: str) -> None:
    """A dead widget, an inline drawing, a picture without words are each found."""
    (told, *_) = problems_of({"output_type": "display_data", "data": data})
    assert word in told


@every_lesson
def test_it_is_small_enough(path: Path) -> None:
    """The file is far below what GitHub draws."""
    assert path.stat().st_size < LARGEST


@every_lesson
def test_links_are_relative_and_lead_to_a_file(path: Path) -> None:
    """Every link and picture of the prose that is not of another site leads to a file here."""
    for cell in cells_of(path):
        if cell.cell_type != "markdown":
            continue
        for pair in LINK.findall(CODE.sub("", cell.source)):
            address = unquote("".join(pair)).partition("#")[0]
            if not address or address.startswith(("https://", "data:")):
                continue
            there = (path.parent / address).resolve()
            assert there.is_file(), f"{cell.id}: {address}"
            assert there.is_relative_to(ROOT), f"{cell.id}: {address}"


@every_lesson
def test_folded_answers_are_markdown_there(path: Path) -> None:
    """GitHub reads what is folded as Markdown only after an empty line, and ends it at one."""
    for cell in cells_of(path):
        if cell.cell_type != "markdown" or "<details" not in cell.source:
            continue
        text = cell.source
        opened = len(re.findall(r"^<details><summary>[^\n]+</summary>\n\n\S", text, re.MULTILINE))
        closed = len(re.findall(r"\S\n\n</details>$", text, re.MULTILINE))
        assert opened == closed == text.count("<details"), cell.id


@every_lesson
def test_no_dollar_is_taken_for_mathematics(path: Path) -> None:
    """Two dollar signs outside of Markdown's own code make a formula of what is between them, in
    GitHub and in JupyterLab (also within <code>): write &#36; there."""
    for cell in cells_of(path):
        if cell.cell_type == "markdown":
            assert "$" not in CODE.sub("", cell.source), cell.id


def test_there_are_notebooks() -> None:
    """All twelve, in both languages, and each has outputs to show."""
    assert len(NOTEBOOKS) == 24
    for path in NOTEBOOKS:
        shown = nbformat.read(path, as_version=4).cells
        assert sum(bool(cell.get("outputs")) for cell in shown) >= 5, path.name
