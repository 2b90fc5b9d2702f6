"""The balance picture says in words what it draws, in both languages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import pytest

from labkit.errors import UsageError
from labkit.lab.explore import LOST, measure
from labkit.model.balance import Balance
from labkit.model.chance import count_band
from labkit.viz.bars import bars_svg
from labkit.viz.explorer import MODES, BalanceExplorer, LiveBalance
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


def test_order_and_unevenness_are_told_in_words() -> None:
    """Taking turns is called that, with the figures; unevenness is put as a frequency."""
    turns = even("ab" * 100)
    text = show(turns, "en").text
    assert "199 changes of 199 possible; chance would make about 99.5 (65 to 134)" in text
    assert "it takes turns" in text
    assert "could hardly be more even" in text
    assert "(Chi-square: 0.00; degrees of freedom: 1.)" in text
    twenty = Balance(tuple("ab" * 10), {"a": HALF, "b": HALF}, {}, {})
    assert (
        "19 changes of 19 possible; chance makes about 9.5, and with so few"
        in show(twenty, "en").text
    )
    sticky = show(even("a" * 100 + "b" * 100), "es").text
    assert "1 cambios de 199" in sticky
    assert "algo se queda" in sticky
    # 114 of 200: (14**2 + 14**2) / 100 = 3.92; 5.6 of 100 series are as uneven, or more.
    uneven = show(even("a" * 114 + "b" * 86), "en").text
    assert "comes up in 6 of 100 random series. (Chi-square: 3.92;" in uneven


def even(answers: str) -> Balance:
    """Answers of two Pods with even odds, and the band of 200."""
    band = {"a": (66, 134), "b": (66, 134)}
    return Balance(tuple(answers), {"a": HALF, "b": HALF}, band, {})


def test_few_answers_get_no_test() -> None:
    """Where chance leaves room for anything only its frequency is quoted, no statistic; where the
    splits are too many to count and the answers few, nothing is said of them."""
    few = Balance(tuple("a" * 11 + "b" * 9), {"a": HALF, "b": HALF}, {"a": (0, 20)}, {})
    text = show(few, "en").text
    assert "comes up in 82 of 100 random series" in text
    assert "Chi-square" not in text
    names = [f"pod-{number}" for number in range(12)]
    many = Balance(tuple(names), dict.fromkeys(names, Fraction(1, 12)), {}, {})
    assert "too few answers" in show(many, "en").text


def test_the_order_has_a_sign_for_each_answer() -> None:
    """Circles for the first Pod, squares for the second: colour is not alone."""
    picture = show(balance("aabb"), "en").svg
    assert picture.count("a4 4 0 1 0 8 0a4") == 2
    assert picture.count("m-4 -4h8v8h-8z") == 2


@pytest.mark.parametrize("mode", MODES)
def test_every_choice_of_rules_can_be_explored(mode: str) -> None:
    """Each mode of kube-proxy and each wrong chain: odds sum to 1, and every answer has a label."""
    found = measure(3, 120, 1, mode)
    assert sum(found.odds.values()) == 1
    assert set(found.answers) <= set(found.odds)
    assert len(found.answers) == 120
    view = BalanceExplorer(measure, "en", replicas=3, requests=120, mode=mode)
    assert view.table.count("backend-") >= 3


def test_the_modes_differ_as_they_should() -> None:
    """IPVS takes turns; 1/N everywhere loses 8/27; 1/N, 2/N ... gives 1/3, 4/9, 2/9."""
    assert measure(2, 200, 1, "ipvs").switches == 199
    assert float(measure(3, 10, 1, "naive").odds[LOST]) == pytest.approx(8 / 27, abs=1e-8)
    shares = [float(one) for one in measure(3, 10, 1, "cumulative").odds.values()]
    assert shares == pytest.approx([1 / 3, 4 / 9, 2 / 9], abs=1e-8)


@pytest.mark.parametrize("mode", ["naive", "cumulative"])
def test_a_wrong_chain_is_held_against_the_even_split(mode: str) -> None:
    """Its diamonds are its own, its bands those of one third each: they are what it must miss."""
    found = measure(3, 900, 1, mode)
    pods = [name for name in found.labels if name != LOST]
    assert {found.band[name] for name in pods} == {count_band(900, 3)}
    assert sum(found.tested.values()) == 1
    assert found.expected(pods[2]) < count_band(900, 3)[0]
    assert not found.inside(pods[2])
    text = show(found, "en").text
    assert "Bias, not noise" in text
    assert "of an even split (wrong 1 time" in show(found, "en").svg


def test_one_lost_connection_is_enough() -> None:
    """A fair chain loses none, so ten answers already tell of 1/N in every rule; the crooked
    chain that loses none still passes for fair; and kube-proxy's own makes no such claim."""
    text = show(measure(3, 10, 1, "naive"), "en").text
    lost = measure(3, 10, 1, "naive").counts[LOST]
    assert f"reached no Pod: {lost}." in text
    assert "still passes for fair" in show(measure(3, 10, 1, "cumulative"), "en").text
    assert "todavía pasa por justa" in show(measure(3, 10, 1, "cumulative"), "es").text
    assert "even split" not in show(measure(3, 10, 1, "iptables"), "en").text


def test_bars_grow_and_end_with_words() -> None:
    """Each update draws; the last one says it all, and the still is that of the last."""
    view = LiveBalance("en")
    assert "Waiting" in view.said
    view.update(balance("a"))
    assert view.table == ""
    view.update(balance("abba"), last=True)
    assert "4 answers" in view.said
    assert view.picture().alt == view.said
