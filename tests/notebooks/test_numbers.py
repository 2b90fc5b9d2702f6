"""Numbers in a lesson's prose come from its cells, or are facts of the field that stand here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit import plan
from tests.notebooks.numbers import is_shown, prose_numbers, shown_numbers
from tests.support import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("??/*.ipynb"))
CONSTANTS = {
    ("03", "127.0.0.1"): "the loopback address (RFC 1122)",
    ("10", "127.0.0.1"): "the loopback address (RFC 1122)",
    ("03", "3000"): "a port made up for a recall question",
    ("05", "0.67"): "offered as a bet: what one gets who adds the thirds up",
    ("05", "0.2"): "answer of a recall question: one of five",
    ("05", "64"): "the largest n that exercise 05.1 is graded with",
    ("05", "1.26"): "the release that removed the userspace mode",
    ("05", "1.35"): "the release that deprecated the ipvs mode (KEP-5495)",
    ("07", "1.26"): "the release that removed the userspace mode",
    ("07", "30"): "default of terminationGracePeriodSeconds",
    ("06", "1.1"): "the version of HTTP (RFC 9112)",
    ("08", "8080"): "a port given in the statement of exercise 08.1",
    ("08", "6379"): "Redis's port, given in the statement of exercise 08.1",
    ("09", "30000"): "first port of kube-apiserver's --service-node-port-range",
    ("09", "32767"): "last port of kube-apiserver's --service-node-port-range",
}


def untold(path: Path, cells: list[Any]) -> list[tuple[str, str]]:
    """Cell and number of what no cell shows and no constant explains."""
    addresses, values = shown_numbers(cells)
    lesson, lang = path.name[:2], path.parent.name
    return [
        (cell.id, number)
        for cell in cells
        if cell.cell_type == "markdown" and not cell.id.endswith("-signpost")
        for number in prose_numbers(cell.source, lang)
        if (lesson, number) not in CONSTANTS and not is_shown(number, addresses, values)
    ]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parent.name}-{path.stem[:2]}")
def test_numbers_of_the_prose_come_from_cells(path: Path) -> None:
    """What a text states as a number stands in a code cell of the lesson or under it."""
    missing = untold(path, nbformat.read(path, as_version=4).cells)
    assert not missing, "show it in a cell, or say in CONSTANTS where the fact comes from"


def test_every_constant_is_needed() -> None:
    """A fact that no lesson states any longer, or that a cell shows by now, leaves the table."""
    needed = set()
    for path in LESSONS:
        cells = nbformat.read(path, as_version=4).cells
        addresses, values = shown_numbers(cells)
        for cell in cells:
            if cell.cell_type == "markdown":
                needed |= {
                    (path.name[:2], number)
                    for number in prose_numbers(cell.source, path.parent.name)
                    if not is_shown(number, addresses, values)
                }
    assert CONSTANTS.keys() <= needed


def test_the_range_of_node_ports_is_the_plans() -> None:
    """The two ends that lesson 9 states are those that the cluster hands out from."""
    ports = plan.NODE_PORT_RANGE
    assert {("09", str(ports[0])), ("09", str(ports[-1]))} <= CONSTANTS.keys()


@pytest.mark.parametrize(
    ("lang", "text", "output", "wrong"),
    [
        ("en", "It is 17.6 % of cases, 1,000 times, at 10.96.0.10.", "0.1762 1000 10.96.0.10", []),
        ("es", "Es el 17,6 % de los casos, 1.000 veces.", "0.1762 1000", []),
        ("en", "It is 17.7 % of cases.", "0.1762", ["17.7%"]),
        ("es", "Sale 99 veces, a 10.96.0.11.", "100 10.96.0.10", ["10.96.0.11", "99"]),
        ("en", "In lesson 7 we ask for **Time:** 20 minutes.\n\n## 3. Heading\n\n1. one", "", []),
    ],
)
def test_a_wrong_number_is_noticed(lang: str, text: str, output: str, wrong: list[str]) -> None:
    """Rounding and per cent are understood in both languages; another digit is not."""
    told = nbformat.v4.new_output("stream", text=output)
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("", outputs=[told])]
    assert [one[1] for one in untold(Path(lang) / "99-x.ipynb", cells)] == wrong
