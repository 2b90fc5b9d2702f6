"""What a teacher finds: a guide, a glossary and a cheat sheet, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import ROOT
from tools import print_cheatsheets

DOCS = ROOT / "docs"
GUIDES = ("instructor.md", "instructor.es.md")
GLOSSARIES = ("glossary.md", "glosario.md")
LINK = re.compile(r"\]\(([^)#]+)\)")
MINUTES = re.compile(r"\*\*(?:Time|Tiempo):\*\* (\d+) \w+(?:, (?:and|y) (?:[a-z]+ )?(\d+))?")
"""A header's minutes, and those of its exercises if it names them."""


def rows(name: str) -> list[list[str]]:
    """The cells of every row of a page's tables."""
    lines = (DOCS / name).read_text(encoding="utf-8").splitlines()
    return [line.strip("| ").split(" | ") for line in lines if re.match(r"\| [^-]", line)]


def test_both_glossaries_have_the_same_terms() -> None:
    """As many terms in each language, at the same lessons, each once and with one sentence."""
    english, spanish = (rows(name)[1:] for name in GLOSSARIES)
    assert len(english) == len(spanish) > 30
    assert sorted(row[2] for row in english) == sorted(row[2] for row in spanish)
    for table in (english, spanish):
        assert len({row[0] for row in table}) == len(table)
        assert all(row[1].endswith(".") and ". " not in row[1] for row in table)


def test_both_guides_say_the_same_minutes_and_beliefs() -> None:
    """The numbers of both guides are the same, and no belief has a row in one alone."""
    english, spanish = (
        [[cell for cell in row if re.fullmatch(r"M?\d+", cell)] for row in rows(name)]
        for name in GUIDES
    )
    assert english == spanish


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_timings_are_those_of_the_lessons(lang: str) -> None:
    """The guide's minutes of each lesson are those that the lesson's own header gives, and those
    of its exercises too where the header names them."""
    told = {row[0].split()[0]: row[1:3] for row in rows(GUIDES[lang == "es"]) if len(row) == 5}
    for path in sorted((ROOT / "notebooks" / lang).glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        header = MINUTES.search(text)
        assert header, path.name
        lesson, exercises = told[str(int(path.name[:2]))]
        assert header[1] == lesson, path.name
        assert header[2] in (None, exercises), path.name


def test_guides_know_every_belief_of_the_exercises() -> None:
    """A belief that the feedback names has its row in the guide."""
    listed = ROOT / "labkit" / "grading" / "exercises" / "exercises.toml"
    beliefs = re.findall(r"^(M\d+) = ", listed.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert beliefs
    assert set(beliefs) <= {row[0] for row in rows("instructor.md")}


@pytest.mark.parametrize("name", [*GUIDES, *GLOSSARIES])
def test_links_of_the_pages_resolve(name: str) -> None:
    """Every relative link leads to a file."""
    for link in LINK.findall((DOCS / name).read_text(encoding="utf-8")):
        assert "://" in link or (DOCS / link).exists(), link


@pytest.mark.parametrize("name", print_cheatsheets.SHEETS)
def test_cheat_sheets_need_nothing_else(name: str) -> None:
    """A sheet fetches nothing, has a language and a title, and its PDF is one page."""
    page = (DOCS / f"{name}.html").read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=|url\(|@import", page)
    assert f'<html lang="{name[-2:]}">' in page
    assert "<title>" in page
    assert print_cheatsheets.pages_in(Path(DOCS, f"{name}.pdf").read_bytes()) == 1
