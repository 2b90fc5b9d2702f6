"""Spelling of all that people read, by Hunspell's dictionaries: Spanish, and British English."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

import pytest

from tests.project.prose import LANGUAGES, Prose, everything
from tests.support import ROOT, need

DICTIONARIES = {"es": "es_ES", "en": "en_GB"}
WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)*")
LISTS = ROOT / "tests" / "project" / "words"


@pytest.fixture(scope="module", autouse=True)
def hunspell() -> None:
    """The tests of this file need the program and both dictionaries."""
    fix = "apt install hunspell hunspell-es hunspell-en-gb"
    need("hunspell", shutil.which("hunspell"), f"no Hunspell ({fix})")
    for name in DICTIONARIES.values():
        need("hunspell", unknown_to(name, ["zzz"]) == {"zzz"}, f"no dictionary {name} ({fix})")


def unknown_to(dictionary: str, words: Iterable[str]) -> set[str]:
    """Those of the words that a dictionary does not know."""
    command = ["hunspell", "-d", dictionary, "-i", "utf-8", "-l"]
    ran = subprocess.run(
        command, input="\n".join(words), capture_output=True, check=False, encoding="utf-8"
    )
    return set(ran.stdout.split())


@cache
def listed(name: str) -> frozenset[str]:
    """The words of one of our lists."""
    lines = (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def places_of(texts: Iterable[Prose]) -> Mapping[str, list[str]]:
    """Each word of the texts, and where it stands."""
    places: dict[str, list[str]] = defaultdict(list)
    for prose in texts:
        for word in WORD.findall(prose.plain()):
            places[bare(word)].append(prose.where)
    return places


def bare(word: str) -> str:
    """Without an English possessive."""
    return re.sub(r"['’]s$", "", word)


def misspelt(lang: str, texts: Iterable[Prose]) -> dict[str, list[str]]:
    """Words of a language that neither its dictionary nor our lists know, and their places."""
    places = places_of(texts)
    ours = listed("names") | listed(lang)
    found = unknown_to(DICTIONARIES[lang], places)
    return {
        word: sorted(set(places[word]))[:3]
        for word in sorted(found & places.keys())
        if word not in ours and word.lower() not in ours and word.capitalize() not in ours
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_in_a_dictionary(lang: str) -> None:
    """Lessons, exercises, messages and pages hold no word that neither the dictionary of their
    language nor our lists of terms know."""
    found = misspelt(lang, (one for one in everything() if one.lang == lang))
    assert not found, f"mend it, or if it is right add it to tests/project/words: {found}"


@pytest.mark.parametrize(
    ("lang", "text", "wrong"),
    [
        ("es", "El paqete llega al Service y `paqete` es código.", {"paqete"}),
        ("es", "La direccion de la VIP, según {direccion}.", {"direccion"}),
        ("en", "The packet recieves an adress of the <code>adress</code>.", {"recieves", "adress"}),
        ("en", "An EndpointSilce of kube-proxy", {"EndpointSilce"}),
    ],
)
def test_a_misspelling_is_noticed(lang: str, text: str, wrong: set[str]) -> None:
    """A wrong letter is found in either language; code and fields of messages are left alone."""
    assert misspelt(lang, [Prose("here", lang, text)]).keys() == wrong


def test_our_lists_hold_little_that_is_not_used() -> None:
    """Words that no text uses any longer leave the lists, where they would hide misspellings: at
    most one of five may wait for that."""
    texts = everything()
    for name, langs in {"names": LANGUAGES, "es": ("es",), "en": ("en",)}.items():
        used = {word.lower() for word in places_of(one for one in texts if one.lang in langs)}
        unused = {word for word in listed(name) if word.lower() not in used}
        assert len(unused) <= len(listed(name)) / 5, (
            f"tests/project/words/{name}.txt: {sorted(unused)}"
        )
