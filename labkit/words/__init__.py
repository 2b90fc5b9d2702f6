"""What labkit says to people, in Spanish (neutral, with *tú*) and in English.

A message is named ``room.message``; each room's catalogue is a file of pairs, so that both
languages are read and changed side by side.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from textwrap import fill
from typing import Literal

Language = Literal["es", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "en")
LINE = 92
"""Characters of a line that JupyterLab shows whole; it breaks longer ones inside a word."""
COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Signs that a terminal obeys instead of showing them, and those that turn writing round."""
ROOMS = (
    "chances",
    "cli",
    "asking",
    "cluster",
    "dataplane",
    "doctor",
    "draft",
    "failure",
    "faults",
    "grading",
    "guide",
    "kernel",
    "kind",
    "kubeconfig",
    "lab",
    "lint",
    "map",
    "matrix",
    "modes",
    "parity",
    "reach",
    "rulebook",
    "timeline",
    "viz",
    "way",
    "wish",
)


@dataclass(frozen=True, slots=True)
class Words:
    """Says messages in one language: ``Words("es")("lab.title")``."""

    language: Language = "en"

    def __call__(self, key: str, **fields: object) -> str:
        """The message ``key`` with its fields filled in; an unknown key is a ``KeyError``."""
        spanish, english = catalogue(key.partition(".")[0])[key]
        text = spanish if self.language == "es" else english
        return text.format(**fields) if fields else text.replace("{{", "{").replace("}}", "}")


def harmless(text: str) -> str:
    """Text from anywhere (names, errors of a learner's code) that no terminal obeys and that
    hides nothing."""
    return COMMANDS.sub("\ufffd", text)


def columns(text: str) -> int:
    """How many columns of a terminal a line takes: Chinese signs two, combining accents none."""
    return sum(
        0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in text
    )


def by_words(text: str, width: int = LINE) -> str:
    """The text with lines of at most ``width`` characters, broken between words."""
    lines = text.split("\n")
    return "\n".join(
        fill(line, width, break_long_words=False, break_on_hyphens=False) if line.strip() else line
        for line in lines
    )


def catalogue(room: str) -> Mapping[str, tuple[str, str]]:
    """All messages of a room: key to (Spanish, English)."""
    texts: Mapping[str, tuple[str, str]] = import_module(f"labkit.words.{room}").TEXTS
    return texts


def language_of(environment: Mapping[str, str], system: str | None = None) -> Language:
    """The language that the environment asks for; English when it names none of ours.

    ``LABKIT_LANG`` comes first, then the order of gettext (``LC_ALL``, ``LC_MESSAGES``,
    ``LANG``), then ``system``, the name that ``locale.getlocale`` gives (on Windows
    ``Spanish_Spain``).
    """
    for name in ("LABKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "").lower()
        if value:
            return "es" if value.startswith("es") else "en"
    return "es" if (system or "").lower().startswith(("es_", "spanish")) else "en"
