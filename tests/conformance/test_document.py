"""The page about the conformance tests says what the tests say."""

from __future__ import annotations

from tools import make_conformance


def test_the_names_are_those_of_kubernetes() -> None:
    """47 of sig-network and 60 of sig-apps, each once."""
    names = make_conformance.names()
    network = [name for name in names if name[0] in make_conformance.NETWORK]
    assert (len(network), len(names) - len(network), len(set(names))) == (47, 60, 107)


def test_marks_and_reasons_are_about_names_that_exist() -> None:
    """A misspelt mark or reason would hold nothing."""
    known = set(make_conformance.names())
    assert set(make_conformance.ours()) <= known
    assert set(make_conformance.unfit()) <= known


def test_the_page_is_up_to_date() -> None:
    """``docs/conformance.md`` is what the marks and reasons give now."""
    assert make_conformance.main(["--check"]) == 0
