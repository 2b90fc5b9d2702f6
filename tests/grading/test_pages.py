"""The grader's pages in a real browser: both schemes, a phone, the keyboard, hostile names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.grading.grader.classroom import items
from labkit.grading.grader.reports import write_reports
from labkit.words import Words
from tests.grading.test_class import result, work
from tests.grading_support import hand_in, notebook
from tests.notebooks.jupyter import FLAGS, find_chromium
from tests.support import need, needed

NAMES = (
    "Ana María", "علي حسن", "李小龍", "<img src=x onerror=alert(1)>", "=cmd()|calc",
    "\x1b]0;owned\x07 \u202eexe.gpj", "Zoë van der Berg-Österreicher the Third of Somewhere Far",
)  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The overview of thirty submissions and the feedback of each."""
    folder = tmp_path_factory.mktemp("pages")
    works, marks = [], []
    for number in range(30):
        name = f"{NAMES[number % len(NAMES)]} {number}"
        path = hand_in(folder, f"learner-{number}", notebook("05.1", f"answer = {number}\n"))
        works.append(work(path, name))
        right = number % 3 == 0
        made = result(name, 10.0 if right else 2.5, "" if right else "same_share", "M13")
        made["note_keys"] = ["check_changed"] if number % 7 == 0 else []
        marks.append(made)
    todo = items(works, folder / "out")
    overview = write_reports(todo, marks, folder / "out", 0.0, Words("es"))
    return [overview, *sorted((folder / "out").glob("*/*.html"))]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    need("chromium", find_chromium(), "no chromium (Debian: apt install chromium)")
    playwright = needed("chromium", "playwright.sync_api")
    with playwright.sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        yield made
        made.close()


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_runs(browser: Any, pages: list[Path], scheme: Any) -> None:
    """No violation in either scheme, no wider than a phone, and no name becomes a command."""
    axe = needed("chromium", "axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    alerts: list[str] = []
    page.on("dialog", lambda one: (alerts.append(one.message), one.dismiss()))
    for path in (pages[0], *pages[1:8]):
        page.set_viewport_size({"width": 1000, "height": 900})
        page.goto(path.as_uri())
        found = axe.run(page).response["violations"]
        assert not [(path.name, one["id"], one["nodes"][0]["html"][:80]) for one in found]
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path.name
    context.close()
    assert alerts == []


@pytest.mark.chromium
def test_keys_lead_to_a_learners_page(browser: Any, pages: list[Path]) -> None:
    """Tab reaches the first learner's link in the overview, and Enter opens the feedback."""
    page = browser.new_page()
    page.goto(pages[0].as_uri())
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "A":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/05*.html")
    assert page.locator("h2").first.inner_text()
    page.close()
