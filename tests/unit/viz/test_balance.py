"""The balance picture says in words what it draws, in both languages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import pytest

from labkit.errors import UsageError
from labkit.model.balance import Balance
from labkit.viz.bars import bars_svg
from labkit.viz.show import show

SVG = "{http://www.w3.org/2000/svg}"
HALF = Fraction(1, 2)


def balance(text: str) -> Balance:
    """A balance over Pods a and b from a text such as "abba"."""
    return Balance(
        answers=tuple(text),
        odds={"a": HALF, "b": HALF},
        band={"a": (1, 3), "b": (1, 3)},
        nodes={"a": "labkit-worker", "b": "labkit-control-plane"},
    )


@pytest.mark.parametrize("lang", ["es", "en"])
def test_alt_text_carries_every_number(lang: str) -> None:
    """Counts, means, bands and switches of the drawing stand in its alt text."""
    picture = show(balance("aaab"), lang)
    for number in ("4", "3", "2.0", "1"):
        assert re.search(rf"\b{re.escape(number)}\b", picture.alt)
    assert 'alt="' in picture.html()


def test_a_label_outside_its_band_is_named() -> None:
    """When chance cannot explain a count, the alt text names the Pod."""
    assert "Outside their band: a, b" in show(balance("aaaa"), "en").alt
    assert "Fuera de su banda: a, b" in show(balance("aaaa"), "es").alt


def test_both_drawings_are_well_formed_and_titled() -> None:
    """The matplotlib drawing and the plain one parse as SVG and hold their alt text."""
    given = balance("abab")
    for svg in (show(given, "es").svg, bars_svg(given, "es", alt="4 <respuestas> & más")):
        root = ElementTree.fromstring(svg)
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        title = root.find(f"{SVG}title")
        assert title is not None
        assert title.text


def test_bars_are_drawn_to_scale() -> None:
    """A Pod with three times the answers has a bar three times as long."""
    root = ElementTree.fromstring(bars_svg(balance("aaab"), "en", alt="x"))
    widths = [
        float(bar.get("width", "0"))
        for bar in root.iter(f"{SVG}rect")
        if bar.get("fill", "").startswith("url(#labkit-ink-")
    ]
    assert len(widths) == 2
    assert widths[0] == pytest.approx(3 * widths[1], rel=0.01)


def test_the_picture_is_the_same_each_time() -> None:
    """No dates and no random ids: a committed picture changes only with its data."""
    assert show(balance("abba"), "es").svg == show(balance("abba"), "es").svg


def test_unknown_things_are_refused_by_name() -> None:
    """show() of something without a picture names the type."""
    with pytest.raises(UsageError, match="int"):
        show(3)
