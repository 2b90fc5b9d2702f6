"""Lesson 4 where people open it besides JupyterLab: Notebook 7, Voila, ``jupyter execute``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks.jupyter import FLAGS, Server, find_chromium, jupyter_server, run_all
from tests.notebooks.test_browser import failed, shot
from tests.support import ROOT, need, needed

pytestmark = [pytest.mark.chromium, pytest.mark.notebooks]

LESSON = "04-five-steps-of-a-packet.ipynb"
RULES_OF_OTHERS = ("landmark-unique", "region")


@pytest.fixture(params=["notebook", "voila"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server on a copy of the lesson."""
    need("chromium", find_chromium(), "no chromium (Debian: apt install chromium)")
    needed("chromium", request.param)
    folder = tmp_path / "course"
    (folder / "es").mkdir(parents=True)
    for name in (LESSON, "cluster-ip-service.svg"):
        shutil.copy(ROOT / "notebooks" / "es" / name, folder / "es")
    home = tmp_path / "home"
    home.mkdir()
    with jupyter_server(folder, home, request.param) as running:
        yield running


@pytest.fixture
def page() -> Iterator[Any]:
    """A page in a browser of its own."""
    playwright = needed("chromium", "playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def test_the_packet_is_stepped_by_keyboard_and_axe_agrees(server: Server, page: Any) -> None:
    """The lesson runs without an error, its map and its packet are alive, the keys move the packet,
    and axe finds nothing in what is ours."""
    if server.app == "voila":
        page.goto(server.url(f"es/{LESSON}"), wait_until="commit")
    else:
        assert failed(run_all(page, server.url(f"es/{LESSON}"))) == []
    way = page.locator(".lk-way").first
    way.wait_for()
    way.scroll_into_view_if_needed()
    way.get_by_role("button", name="Siguiente").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "element => element.querySelector('output').textContent.startsWith('3 / ')",
        arg=way.element_handle(),
    )
    page.keyboard.press("End")
    page.wait_for_function(
        """element => new Set(element.querySelector('output').textContent.split(' / '))
             .size === 1""",
        arg=way.element_handle(),
    )
    assert page.locator(".lk-map button").count() == 3
    shot(page, f"other-{server.app}")
    axe = needed("chromium", "axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, context={"include": [[".labkit"]]}).response["violations"]
    assert not [
        f"{one['id']}: {one['nodes'][0]['html'][:100]}"
        for one in found
        if one["id"] not in RULES_OF_OTHERS
    ]


def test_jupyter_execute_leaves_pictures_with_their_text(tmp_path: Path) -> None:
    """``jupyter execute`` ends with status 0; each widget has its still and its alt text beside."""
    made = tmp_path / "en" / LESSON
    made.parent.mkdir()
    shutil.copy(ROOT / "notebooks" / "en" / LESSON, made)
    environment = {**os.environ, "LABKIT_HOME": str(tmp_path / "home"), "LABKIT_LANG": "en"}
    try:
        command = [sys.executable, "-m", "jupyter", "execute", "--inplace", str(made)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr[-2000:]
    finally:
        down = [sys.executable, "-m", "labkit", "down"]
        subprocess.run(down, env=environment, capture_output=True, check=False, timeout=60)
    alive = [
        output["data"]
        for cell in nbformat.read(made, as_version=4).cells
        for output in cell.get("outputs", [])
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]
    assert len(alive) >= 2
    for data in alive:
        assert "<svg" in data["image/svg+xml"]
        assert 'alt="' in data["text/html"]
