"""The drawing and the page of the architecture are those of the table."""

from __future__ import annotations

from tests.architecture.floors import FLOORS
from tests.support import ROOT
from tools import draw_architecture


def test_the_drawing_is_made_from_the_table() -> None:
    """docs/architecture.svg is what the tool draws from the floors."""
    committed = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert committed == draw_architecture.drawing(), "run: python tools/draw_architecture.py"


def test_every_room_is_on_the_page() -> None:
    """docs/architecture.md names each room in the row of its floor."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()
    for number, rooms in enumerate(FLOORS):
        rows = "\n".join(line for line in page if line.startswith(f"| {number} |"))
        for room in rooms:
            assert room == "__main__" or f"`{room}" in rows, f"{room} is not on floor {number}"
