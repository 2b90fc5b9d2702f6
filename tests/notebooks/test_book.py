"""The reading edition stands alone: it fetches nothing and its links lead somewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks.jupyter import FLAGS, find_chromium
from tests.support import need, needed
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
    assert (
        len(found) == 1 + 2 * 5
    )  # the door; in each language index, lesson, glossary, guide, sheet
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
def test_every_page_leads_to_what_stands_beside_the_lessons(book: Path, lang: str) -> None:
    """Glossary, guide, cheat sheet and the same page in the other language are one link away."""
    for page in (book / lang).glob("*.html"):
        if page.stem in ("chuleta-es", "cheatsheet-en"):
            continue
        links = set(References(page.read_text(encoding="utf-8")).links)
        other = build_book.OTHER[lang]
        sheet = f"{build_book.WORDS[lang]['sheet'][0]}.html"
        assert {"glossary.html", "guide.html", sheet, f"../{other}/{page.name}"} <= links
        assert (book / other / page.name).is_file()


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(book: Path, scheme: Any) -> None:
    """In the light and the dark scheme, everything unfolded, on a desktop and a phone."""
    need("chromium", find_chromium(), "no chromium (Debian: apt install chromium)")
    playwright = needed("chromium", "playwright.sync_api")
    axe = needed("chromium", "axe_playwright_python.sync_playwright").Axe()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme=scheme)
        for path in pages(book):
            page.goto(path.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found = axe.run(page).response["violations"]
            assert not [(path.name, one["id"], one["nodes"][0]["html"][:80]) for one in found]
            page.set_viewport_size({"width": 390, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, f"{path.name}: {wide} pixels wide on a phone"
            page.set_viewport_size({"width": 1000, "height": 900})
        browser.close()


@pytest.mark.chromium
def test_tables_and_pictures_can_be_read_on_a_phone(book: Path) -> None:
    """What is printed in columns stays one line a row, and a picture's letters are at least
    9 pixels high: both scroll sideways, by keyboard too."""
    need("chromium", find_chromium(), "no chromium (Debian: apt install chromium)")
    playwright = needed("chromium", "playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.goto(next((book / "es").glob(f"{LESSON}-*.html")).as_uri())
        rows = page.locator("pre", has_text="PORCENTAJE").evaluate_all(
            """all => all.map(one => [
                one.innerText.trimEnd().split('\\n').length,
                Math.round(one.getBoundingClientRect().height
                           / parseFloat(getComputedStyle(one).lineHeight)),
                one.tabIndex])"""
        )
        assert rows
        assert all(lines == shown and index == 0 for lines, shown, index in rows)
        picture = page.locator("figure img").first
        scale = picture.evaluate("one => one.getBoundingClientRect().width / one.naturalWidth")
        assert 12 * scale >= 9, "labels are 12 units high"
        assert picture.locator("..").evaluate("one => one.tabIndex") == 0
        browser.close()


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
