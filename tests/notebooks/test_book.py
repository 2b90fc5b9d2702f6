"""The reading edition stands alone: it fetches nothing and its links lead somewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tools import build_book

LESSON = "04"  # the one with a picture of its own, drawn pictures and widgets
FETCHED = {
    ("img", "src"),
    ("script", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "src"),
}


class References(HTMLParser):
    """What a page fetches, what it links to, and the pictures without a text in their place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.silent: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Sort one tag's addresses."""
        self.tags.add(tag)
        given = dict(attrs)
        self.fetched += [value or "" for name, value in attrs if (tag, name) in FETCHED]
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "img" and not given.get("alt"):
            self.silent.append(str(given.get("src"))[:80])


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The site, with one lesson."""
    folder = tmp_path_factory.mktemp("book") / "book"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_book, "BOOK", folder)
        assert build_book.build(LESSON) == 2
        yield folder


def pages(book: Path) -> list[Path]:
    """All pages of the site."""
    found = sorted(book.rglob("*.html"))
    assert len(found) == 1 + 2 * 3  # the door; in each language index, lesson and cheat sheet
    return found


def test_nothing_is_fetched_from_outside(book: Path) -> None:
    """Every picture, style and script is inside the page or lies beside it; no script runs."""
    for page in pages(book):
        text = page.read_text(encoding="utf-8")
        seen = References(text)
        assert "script" not in seen.tags, page
        assert not re.search(r"url\(\s*['\"]?https?:|@import", text), page
        for address in seen.fetched:
            assert address.startswith("data:") or (page.parent / address).is_file(), address[:80]
    assert not re.search(r"https?:|@import", (book / "book.css").read_text(encoding="utf-8"))


def test_links_lead_somewhere(book: Path) -> None:
    """A relative link leads to a page of the site, or to a lesson that is built with the rest."""
    names = {f"{lang}/{one.page}" for lang in ("es", "en") for one in build_book.lessons(lang)}
    for page in pages(book):
        for link in References(page.read_text(encoding="utf-8")).links:
            if "://" in link or link.startswith("#"):
                continue
            there = (page.parent / link.partition("#")[0]).resolve()
            known = there.is_relative_to(book) and there.relative_to(book).as_posix() in names
            assert there.is_file() or known, f"{page.name}: {link}"


@pytest.mark.parametrize("lang", ["es", "en"])
def test_each_language_has_an_index_of_all_lessons(book: Path, lang: str) -> None:
    """The index names twelve lessons and says in which language it is."""
    text = (book / lang / "index.html").read_text(encoding="utf-8")
    assert f'<html lang="{lang}">' in text
    listed = [link for link in References(text).links if re.match(r"\d\d-", link)]
    assert listed == [lesson.page for lesson in build_book.lessons(lang)]
    assert len(listed) == 12


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_page_holds_prose_code_and_outputs(book: Path, lang: str) -> None:
    """The lesson's page has its title, a command, its output, and pictures with their text."""
    (page,) = (book / lang).glob(f"{LESSON}-*.html")
    text = page.read_text(encoding="utf-8")
    seen = References(text)
    assert f"<title>{4} ·" in text
    assert "kubectl" in text
    assert "KUBE-SVC-" in text
    assert any(address.startswith("data:image/svg") for address in seen.fetched)
    assert not seen.silent
