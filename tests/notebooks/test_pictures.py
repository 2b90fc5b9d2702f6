"""Every picture of labkit in JupyterLab in a real browser: keys, pointer, axe, both themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest

from labkit.viz.widget import style
from tests.notebooks.jupyter import FLAGS, Server, find_chromium, jupyter_server, run_all
from tests.notebooks.test_browser import failed, shot
from tests.support import need, needed

pytestmark = [pytest.mark.chromium, pytest.mark.notebooks]

CELLS = (
    "from labkit import *\nlab = open_lab('embedded')\nanswers = lab.ask(60, live=True)",
    "show(lab)",
    "show(lab.trace('client-pod', 'backend-service'))",
    "show(ChanceChain.naive(3))",
    "explore(2, 100)",
    "show(lab.modes())",
    "show(lab.growth(1, 20))",
    "show(lab.rulebook('backend-service'))",
    "show(lab.keepalive())",
    "show(lab.reach_table({'Pod': 'client-pod', 'fuera': 'outside'}, "
    "{'Service': 'backend-service:80'}))",
    "show(answers)",
    "show(lab.practice())",
    "show(lab.field_panel())",
    "show(lab.draft())",
)
KINDS = (
    "lk-live", "lk-map", "lk-way", "lk-tree", "labkit-explorer", "lk-rulebook", "lk-timeline",
    "lk-matrix", "lk-trials", "lk-panel", "lk-draft",
)  # fmt: skip
SAVE = """*nat
:PREROUTING ACCEPT [0:0]
:WEB - [0:0]
-A PREROUTING -d 203.0.113.9/32 -p tcp -m tcp --dport 80 -j WEB
-A WEB -p tcp -j DNAT --to-destination 192.0.2.7:8080
COMMIT
"""
RULES_OF_OTHERS = ("landmark-unique", "region")
"""About the page as a whole, which is JupyterLab's."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on one notebook that shows everything."""
    need("chromium", find_chromium(), "no chromium (Debian: apt install chromium)")
    folder = tmp_path_factory.mktemp("pictures")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (folder / "es").mkdir()
    nbformat.write(made, folder / "es" / "all.ipynb")
    with jupyter_server(folder, tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[Any]:
    """The notebook, run to its end, for somebody who wants no motion."""
    playwright = needed("chromium", "playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        context = browser.new_context(
            viewport={"width": 1280, "height": 1400}, reduced_motion="reduce"
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.outside, page.errors = [], []
        page.on("request", lambda request: note_outside(page, request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.cells = run_all(page, server.url("es/all.ipynb"))
        yield page
        browser.close()


def note_outside(page: Any, address: str) -> None:
    """Remember what would leave this machine."""
    if not address.startswith(("http://127.0.0.1:", "data:", "blob:")):
        page.outside.append(address)


def widget(page: Any, kind: str) -> Any:
    """A picture, scrolled to."""
    found = page.locator(f".jp-OutputArea .{kind}").first
    found.scroll_into_view_if_needed()
    return found


def wait_text(place: Any, words: str) -> None:
    """Until the element says so."""
    place.page.wait_for_function(
        "([element, words]) => element.textContent.includes(words)",
        arg=[place.element_handle(), words],
    )


def test_all_are_there_and_nothing_is_fetched(page: Any) -> None:
    """No error, one of each kind, no request that leaves the machine."""
    assert failed(page.cells) == []
    for kind in KINDS:
        assert widget(page, kind).count() == 1, kind
    assert page.locator(".jp-OutputArea img[alt]").count() >= 3
    assert page.outside == []
    assert page.errors == []


def test_a_packet_is_stepped_by_keyboard(page: Any) -> None:
    """Tab reaches the buttons; right, End, Home move; the DNAT is said when one gets there."""
    way = widget(page, "lk-way")
    following = way.get_by_role("button", name="Siguiente")
    following.focus()
    page.keyboard.press("ArrowRight")
    wait_text(way.locator("output"), "2 / ")
    last = int(way.locator("output").inner_text().split("/")[1])
    page.keyboard.press("End")
    wait_text(way.locator("output"), f"{last} / {last}")
    page.keyboard.press("Home")
    wait_text(way.locator("output"), "1 / ")
    for _ in range(last):
        if "(cambia)" in way.inner_text() and "DNAT" in way.inner_text():
            break
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(30)
    assert "DNAT --to-destination" in way.inner_text()
    assert "destino" in way.locator("table").first.inner_text()
    shot(page, "picture-way")


def test_the_slider_can_be_dragged(page: Any) -> None:
    """The pointer moves the step as well: a drag to the right end shows the last step."""
    way = widget(page, "lk-way")
    bar = way.locator("input[type=range]")
    box = bar.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    last = way.locator("output").inner_text().split("/")[1].strip()
    wait_text(way.locator("output"), f"{last} / {last}")


def test_another_connection_is_drawn(page: Any) -> None:
    """The button on the map sends one more, and the table counts it."""
    found = widget(page, "lk-map")
    before = sum(int(n) for n in re.findall(r"\t(\d+)$", found.inner_text(), flags=re.M))
    found.get_by_role("button", name="Otra conexión").click()
    page.wait_for_function(
        """([element, before]) => [...element.querySelectorAll('td:last-child')]
             .reduce((sum, cell) => sum + Number(cell.textContent), 0) > before""",
        arg=[found.element_handle(), before],
    )
    shot(page, "picture-map")


def test_the_tree_grows_with_its_slider(page: Any) -> None:
    """An arrow key adds a Pod: four rules, and another loss (81/256 = 31.64 %)."""
    tree = widget(page, "lk-tree")
    assert "29.63 %" in (tree.locator("svg").text_content() or "")
    tree.get_by_label("Pods").press("ArrowRight")
    wait_text(tree, "31.64 %")


def test_a_rule_is_explained_on_focus_and_a_field_finds_its_rules(page: Any) -> None:
    """Focus on the DNAT says what it does; focus on a field marks the rules that show it."""
    book = widget(page, "lk-rulebook")
    book.locator(".lk-line", has_text="DNAT").first.focus()
    wait_text(book.locator(".lk-why"), "El destino pasa a ser")
    book.get_by_role("button", name="spec.clusterIP").focus()
    assert book.locator(".lk-line.lk-lit").count() == 2
    book.get_by_role("button", name="Preguntar").click()
    wait_text(book, "Reglas que coinciden")
    shot(page, "picture-rulebook")


def test_another_save_is_pasted_and_asked_by_keyboard(page: Any) -> None:
    """The keyboard alone unfolds the field, reads a pasted save, asks about a packet and hears what
    becomes of it; a text without rules is a sentence, and what was there stays."""
    book = widget(page, "lk-rulebook")
    book.get_by_text("Pegar otro iptables-save").focus()
    page.keyboard.press("Enter")
    field = book.get_by_label("Texto de iptables-save")
    read = book.get_by_role("button", name="Leer estas reglas")
    for text, said in (
        (SAVE, "Leídas 2 reglas"),
        ("no rules here", "Línea 1, «no»: así no escribe iptables-save"),
    ):
        field.fill(text)
        field.press("Tab")
        assert read.evaluate("element => element === document.activeElement")
        page.keyboard.press("Enter")
        wait_text(book, said)
    assert "203.0.113.9" in book.locator(".lk-rules").inner_text()
    goal = book.get_by_label("a (IP:puerto)")
    goal.fill("203.0.113.9:80")
    goal.press("Enter")
    wait_text(book, "192.0.2.7:8080")
    goal.fill("nowhere")
    goal.press("Enter")
    wait_text(book, "IP:puerto")


def test_a_service_is_edited_and_its_rules_follow(page: Any) -> None:
    """A field changed by typing brings rules and takes others away; a text that is no YAML, and
    one that the API would refuse, are each a sentence in the lesson's language: the rules stay."""
    draft = widget(page, "lk-draft")
    area = draft.get_by_label("El manifiesto del Service")
    before = area.input_value()
    area.focus()
    kept = before.replace("  sessionAffinity: None\n", "")
    assert kept != before
    area.fill(kept)
    page.keyboard.press("Control+End")
    page.keyboard.type("  sessionAffinity: ClientIP")
    wait_text(draft.locator(".lk-said"), "4 nuevas, 2 que ya no están")
    assert draft.locator(".lk-added", has_text="--rcheck --seconds 10800").count() == 2
    draft.locator(".lk-added", has_text="--rcheck").first.focus()
    wait_text(draft.locator(".lk-why"), "nueva: ")
    shot(page, "picture-draft")
    area.fill("a: [")
    wait_text(draft.locator(".lk-wrong"), "esto no es YAML")
    area.fill(before.replace("selector:", "selectors:"))
    wait_text(draft.locator(".lk-wrong"), 'diría: unknown field "spec.selectors"')
    assert draft.locator(".lk-added").count() == 4
    area.fill(before)
    wait_text(draft.locator(".lk-said"), "ninguna cambió")


def test_endpoints_modes_and_policies_change_the_rules(page: Any) -> None:
    """By keyboard: a Pod more, none, another mode, an example with Local."""
    draft = widget(page, "lk-draft")
    pods = draft.get_by_label("Pods listos")
    pods.press("Home")
    wait_text(draft.locator(".lk-rules"), "-j REJECT")
    pods.press("ArrowRight")
    pods.press("ArrowRight")
    wait_text(draft.locator(".lk-said"), "ninguna cambió")
    for mode, words in (
        ("nftables", "numgen random mod 2"),
        ("ipvs", "10.96."),
        ("iptables", "-A "),
    ):
        draft.get_by_label("Modo de kube-proxy").select_option(mode)
        wait_text(draft.locator(".lk-rules"), words)
    draft.get_by_label("Prueba con").select_option(label="internalTrafficPolicy: Local")
    wait_text(draft.locator(".lk-rules"), "KUBE-SVL-")
    draft.get_by_label("Prueba con").select_option(label="externalTrafficPolicy: Local")
    wait_text(draft.locator(".lk-rules"), "KUBE-EXT-")
    draft.get_by_role("button", name="Comparar desde aquí").press("Enter")
    wait_text(draft.locator(".lk-said"), "ninguna cambió")


def test_the_matrix_hides_until_it_is_revealed(page: Any) -> None:
    """Guess by keyboard, reveal, and read what happened."""
    matrix = widget(page, "lk-matrix")
    cell = matrix.locator("td button").first
    cell.focus()
    page.keyboard.press("Enter")
    wait_text(cell, "✓ llega")
    assert "Hello" not in matrix.inner_text()
    matrix.get_by_role("button", name="Descubrir").click()
    wait_text(matrix, "1 de 1 apuestas acertadas")
    assert "Hello from Pod" in matrix.inner_text()


def test_the_timeline_steps(page: Any) -> None:
    """Next goes to the moment at which the Pod leaves."""
    line = widget(page, "lk-timeline")
    line.get_by_role("button", name="Siguiente").click()
    wait_text(line, "6.0 s")


def test_trials_are_chosen_and_tried_by_keyboard(page: Any) -> None:
    """An arrow moves the choice, Enter tries it, the outcome is said and stays as a row; the same
    combination again adds none."""
    trials = widget(page, "lk-trials")
    trials.get_by_label("ping").focus()
    page.keyboard.press("ArrowDown")
    assert trials.get_by_label("TCP 80", exact=True).is_checked()
    for _ in range(2):
        trials.get_by_role("button", name="Pruébalo").focus()
        page.keyboard.press("Enter")
        wait_text(trials.locator(".lk-said"), "Responde un Pod")
    assert trials.locator("tbody tr").count() == 1
    shot(page, "trials")


def test_a_panel_acts_on_the_lab_by_keyboard(page: Any) -> None:
    """A press changes the Service for real, says so, shows what a client notices, keeps the focus;
    the last button puts it right again."""
    panel = widget(page, "lk-panel")
    wrong = panel.get_by_role("button", name="targetPort: 80", exact=True)
    wrong.focus()
    page.keyboard.press("Enter")
    wait_text(panel.locator("pre"), "Connection refused")
    assert wrong.evaluate("element => element === document.activeElement")
    panel.get_by_role("button", name="Como debe ser").press("Enter")
    wait_text(panel.locator("pre"), "Hello from Pod")
    shot(page, "panel")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing(page: Any, theme: str) -> None:
    """No violation in anything that labkit shows, in the light and in the dark theme."""
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
    )
    light = "Light" in theme
    page.wait_for_function(
        "light => document.body.dataset.jpThemeLight === String(light)", arg=light
    )
    page.evaluate(
        "document.querySelectorAll('.labkit details').forEach(one => { one.open = true; })"
    )
    assert judged(page, light=light) == []


def judged(page: Any, *, light: bool) -> list[str]:
    """What axe finds in the pictures where they stand, and in a copy of them on a page of its own
    with the theme's colours: inside JupyterLab's panels it does not look at contrast."""
    axe = needed("chromium", "axe_playwright_python.sync_playwright").Axe()
    context = {"include": [[".labkit"], [".jp-OutputArea figure"]]}
    found = axe.run(page, context=context).response["violations"]
    copy = page.context.new_page()
    copy.set_content(alone(page, light=light))
    found += axe.run(copy, context={"include": [[".labkit"]]}).response["violations"]
    copy.close()
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["id"] not in RULES_OF_OTHERS
        for node in one["nodes"][:2]
    ]


def alone(page: Any, *, light: bool) -> str:
    """The pictures as they are now, with their style and the theme's variables."""
    names = ("--jp-ui-font-color1", "--jp-layout-color1", "--jp-layout-color0")
    values = page.evaluate(
        "names => names.map(name => getComputedStyle(document.body).getPropertyValue(name))",
        list(names),
    )
    pictures = page.evaluate(
        "[...document.querySelectorAll('.labkit')].map(one => one.outerHTML).join('')"
    )
    colours = "".join(f"{name}:{value};" for name, value in zip(names, values, strict=True))
    sheets = "".join(style(name) for name in ("", "rulebook", "matrix"))
    return (
        f"<html lang='es'><title>labkit</title><style>:root{{{colours}}}"
        f"body{{background:var(--jp-layout-color0)}}{sheets}</style>"
        f"<body data-jp-theme-light='{str(light).lower()}'><main>{pictures}</main></body></html>"
    )


def test_axe_would_find_something(page: Any) -> None:
    """The judge is judged: a picture without alt text and pale words are found."""
    wrong = (
        '<p id="labkit-wrong" style="background:#fff;color:#ddd">pale words'
        '<img src="data:image/png;base64,"></p>'
    )
    widget(page, "lk-tree").evaluate(
        "(element, wrong) => element.insertAdjacentHTML('beforeend', wrong)", wrong
    )
    told = " ".join(judged(page, light=True))
    page.evaluate("document.getElementById('labkit-wrong').remove()")
    assert "image-alt" in told
    assert "color-contrast" in told
