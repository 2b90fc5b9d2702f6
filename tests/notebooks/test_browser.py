"""The lessons in JupyterLab in a real browser, as a learner meets them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks.jupyter import FLAGS, Server, find_chromium, jupyter_server, run_all
from tests.support import ROOT, need, needed

pytestmark = [pytest.mark.chromium, pytest.mark.notebooks]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a copy of the notebooks, so that running them changes nothing here."""
    need("chromium", find_chromium(), "no chromium (Debian: apt install chromium)")
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with jupyter_server(folder, tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def page(server: Server) -> Iterator[Any]:
    """A page that notes every request that would leave this machine and every error."""
    playwright = needed("chromium", "playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(120_000)
        page.outside = []
        page.errors = []
        page.on(
            "request",
            lambda request: (
                page.outside.append(request.url)
                if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:"))
                else None
            ),
        )
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        yield page
        browser.close()


SCROLLING = """() => [...document.querySelectorAll('.jp-OutputArea-output')]
    .filter(output => output.scrollHeight > output.clientHeight + 1)
    .map(output => output.textContent.slice(0, 60))"""
"""The outputs in view that have a scroll bar of their own."""


def shot(page: Any, name: str) -> None:
    """Keep a screenshot where ``LABKIT_SHOTS`` says, for eyes."""
    folder = os.environ.get("LABKIT_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def failed(cells: list[dict[str, Any]]) -> list[str]:
    """The errors among the outputs of the cells."""
    return [
        f"{cell['id']}: {output['ename']}: {output['evalue']}"
        for cell in cells
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]


@pytest.mark.parametrize("language", ["es", "en"])
def test_lesson_0_runs_and_shows_a_described_picture(
    server: Server, page: Any, language: str
) -> None:
    """Run all: no error, a picture with alt text that names 20 answers, nothing from outside."""
    cells = run_all(page, server.url(f"notebooks/{language}/00-win-on-day-one.ipynb"))
    assert failed(cells) == []
    picture = page.locator(".jp-OutputArea img[alt*='20 ']").first
    picture.scroll_into_view_if_needed()
    assert ("respuestas" if language == "es" else "answers") in picture.get_attribute("alt")
    shot(page, f"lesson0-{language}")
    assert page.outside == []
    assert page.errors == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_lesson_7_runs_and_its_slider_moves_by_keyboard(
    server: Server, page: Any, language: str
) -> None:
    """Run all without an error; an arrow key on a labelled slider redraws with one Pod more; no
    picture or widget stands in a frame that scrolls; no two drawings share a fill's name."""
    cells = run_all(page, server.url(f"notebooks/{language}/07-two-node-lab.ipynb"))
    assert failed(cells) == []
    grown = page.locator(".labkit svg").filter(has=page.locator("title", has_text="200 "))
    grown.first.scroll_into_view_if_needed()
    shot(page, f"lesson7-picture-{language}")
    words = "Réplicas" if language == "es" else "Replicas"
    slider = page.get_by_label(words)
    slider.scroll_into_view_if_needed()
    table = page.locator(".labkit-explorer pre")
    assert (table.text_content() or "").count("backend-") == 3
    slider.press("ArrowRight")
    page.wait_for_function(
        "() => document.querySelector('.labkit-explorer pre').textContent.includes('backend-4')"
    )
    assert page.locator(".labkit-explorer svg title").text_content()
    page.locator(".labkit-explorer").scroll_into_view_if_needed()
    shot(page, f"lesson7-widget-{language}")
    assert page.evaluate(SCROLLING) == []
    fills = page.evaluate("() => [...document.querySelectorAll('pattern')].map(one => one.id)")
    assert len(fills) > 2
    assert len(set(fills)) == len(fills)
    assert page.outside == []
    assert page.errors == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_six_first_steps_by_keyboard_alone(server: Server, page: Any, language: str) -> None:
    """Lesson 0 names six steps before anything runs; Shift+Enter from cell to cell makes them all:
    a cluster, kubectl, a bet that comes back, a picture with its text, a hint, the progress; and
    the link to lesson 1 is there."""
    page.goto(server.url(f"notebooks/{language}/00-win-on-day-one.ipynb"))
    page.wait_for_function("window.jupyterapp && window.jupyterapp.restored", timeout=60_000)
    wait_idle(page)
    steps = page.locator(".jp-RenderedMarkdown ol").nth(1).locator("li")
    assert steps.count() == 6
    shot(page, f"six-steps-{language}")
    page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.evaluate(
        "() => { const content = window.jupyterapp.shell.currentWidget.content;"
        " content.activeCellIndex = 0; content.mode = 'command'; content.node.focus(); }"
    )
    number = page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")
    for _ in range(number - 1):
        page.keyboard.press("Shift+Enter")
    wait_idle(page, executed=True)
    said = page.evaluate(
        """() => JSON.stringify(window.jupyterapp.shell.currentWidget.context.model.toJSON()
                 .cells.flatMap(cell => cell.outputs || []))"""
    )
    told = {
        "es": ("labkit-worker", "Apostaste", "20 respuestas", "de 3 (01.1)", "Progreso: "),
        "en": ("labkit-worker", "You bet", "20 answers", "of 3 (01.1)", "Progress: "),
    }
    for words in told[language]:
        assert words in said, words
    assert "ename" not in said
    link = page.locator(".jp-RenderedMarkdown a[href*='01-what-is-a-clusterip']").first
    assert link.count() == 1
    assert page.outside == []
    assert page.errors == []


def wait_idle(page: Any, *, executed: bool = False) -> None:
    """Until the kernel rests; with ``executed`` until each code cell has run."""
    page.wait_for_function(
        """executed => {
          const panel = window.jupyterapp.shell.currentWidget;
          if (!panel || !panel.context || !panel.context.isReady) return false;
          const session = panel.sessionContext.session;
          if (!session || !session.kernel || session.kernel.status !== 'idle') return false;
          const code = panel.content.widgets.filter(cell => cell.model.type === 'code');
          return !executed || code.every(cell => cell.model.executionCount
                                                 && cell.model.executionState !== 'running');
        }""",
        arg=executed,
        timeout=120_000,
    )
