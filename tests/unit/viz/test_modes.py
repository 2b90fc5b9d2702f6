"""The three modes and the growth of rules: pictures that say what the rules do."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib.figure import Figure

from labkit.dataplane.beside import SideBySide, side_by_side
from labkit.dataplane.growth import RECORDED, growth
from labkit.errors import UsageError
from labkit.lab.explore import objects, packet
from labkit.viz.show import show

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def beside() -> SideBySide:
    """The lab's Service of three Pods, twelve connections in a row."""
    service, slices = objects(3)
    return side_by_side(packet(), [service], [slices], n=12, seed=1)


@pytest.mark.parametrize(("lang", "turns"), [("es", "por turnos (rr)"), ("en", "in turn (rr)")])
def test_each_mode_is_told(beside: SideBySide, lang: str, turns: str) -> None:
    """How it chooses, what it costs, and the order, in the alt text and in the drawing."""
    picture = show(beside, lang)
    assert turns in picture.alt
    words = [one.text for one in ElementTree.fromstring(picture.svg).iter(f"{SVG}text")]
    assert {"iptables", "nftables", "ipvs"} <= set(words)
    for row in beside.rows:
        assert f"{row.mode}: " in picture.alt
        assert str(row.cost.rules) in picture.alt


def test_growth_is_measured_and_drawn() -> None:
    """iptables asks one rule more for each Service passed; the others stay as they are."""
    found = growth(1, 40, recorded=False)
    iptables = [found.at("iptables", size).last.rules for size in (1, 40)]  # type: ignore[union-attr]
    assert iptables[1] - iptables[0] in range(39 - 2, 39 + 3)  # the draw costs a rule or two
    for mode in ("nftables", "ipvs"):
        assert len({point.last for point in found.modes[mode]}) == 1
    picture = show(found, "en")
    assert "1 to 40 Services" in picture.alt
    assert picture.svg == show(found, "en").svg
    root = ElementTree.fromstring(picture.svg)
    assert root.get("role") == "img"


def test_recorded_points_continue_what_is_measured() -> None:
    """The recorded 10,000 and 30,000 lie where 200 measured Services point to."""
    small = growth(200, recorded=False)
    base = small.at("iptables", 200).middle.rules - 100  # type: ignore[union-attr]
    for size, costs in RECORDED.items():
        assert abs(costs["iptables"][0].rules - size // 2 - base) <= 2
        for mode in ("nftables", "ipvs"):
            assert costs[mode][0] == small.at(mode, 200).middle  # type: ignore[union-attr]


def test_a_learners_figure_gets_an_alt_text() -> None:
    """Title, axes, and each line's numbers are read from the figure; a given text goes first."""
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2, 3], [4, 9, 2], label="answers")
    axes.bar([1, 2], [5, 7])
    axes.set_title("Mine")
    picture = show(figure, "en")
    for words in (
        "Mine",
        "Line answers: 3 points, from 4 to 2, lowest 2, highest 9",
        "2 bars: 5, 7",
    ):
        assert words in picture.alt
    assert show(axes, "en").alt == picture.alt
    assert 'alt="Figure of matplotlib' in picture.html()


@pytest.mark.parametrize("size", [0, 30_001])
def test_a_size_out_of_range_is_refused(size: int) -> None:
    """Neither no Service nor more than the network has room for."""
    with pytest.raises(UsageError, match=str(size)):
        growth(size)


def test_matplotlib_is_loaded_by_figures_alone() -> None:
    """The lab's other pictures come without it: a lesson starts in half the time."""
    code = (
        "import sys; from labkit.lab.explore import measure; from labkit.viz.show import show;"
        "show(measure(2, 20, 1)); from labkit import ChanceChain; show(ChanceChain.fair(3));"
        "assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
