"""Both languages say the same things."""

from __future__ import annotations

from string import Formatter

import pytest

from labkit.words import ROOMS, Words, catalogue, language_of


def fields(text: str) -> set[str]:
    """The names of a message's fields."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("room", ROOMS)
def test_languages_agree(room: str) -> None:
    """Each message has a text in both languages, with the same fields, under its room's name."""
    for key, (spanish, english) in catalogue(room).items():
        assert key.startswith(f"{room}.")
        assert spanish.strip()
        assert english.strip()
        assert fields(spanish) == fields(english), key


@pytest.mark.parametrize(
    ("environment", "system", "language"),
    [
        ({"LANG": "es_MX.UTF-8"}, None, "es"),
        ({"LANG": "es_MX.UTF-8", "LC_ALL": "en_GB.UTF-8"}, None, "en"),
        ({"LANG": "de_DE.UTF-8"}, None, "en"),
        ({"LABKIT_LANG": "es", "LC_ALL": "en_US.UTF-8"}, None, "es"),
        ({}, "Spanish_Spain", "es"),
        ({}, "es_ES", "es"),
        ({}, "Estonian_Estonia", "en"),
        ({}, None, "en"),
        ({"LANG": "C.UTF-8"}, "es_ES", "en"),
    ],
)
def test_language_of(environment: dict[str, str], system: str | None, language: str) -> None:
    """The environment decides, LABKIT_LANG first; without it the system's own name does."""
    assert language_of(environment, system) == language


def test_unknown_message_is_a_bug() -> None:
    """A message that does not exist is a KeyError, never an empty text."""
    with pytest.raises(KeyError):
        Words("es")("lab.no_such_message")
