"""All that people read, by language and source: lessons, exercises, messages, pages."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jupytext

from labkit.kubeproxy import explain_ipvs, explain_nft_words, explain_words
from labkit.words import ROOMS, catalogue
from tests.support import ROOT

LANGUAGES = ("es", "en")
PAGES = {
    "es": ("README.es.md", "docs/glosario.md", "docs/instructor.es.md", "docs/cluster-embebido.md"),
    "en": ("README.md", "docs/glossary.md", "docs/instructor.md", "docs/embedded-cluster.md"),
}
"""The pages that exist in both languages; those for developers alone are full of names of code."""
EXERCISES = ROOT / "labkit" / "grading" / "exercises"

FENCE = re.compile(r"^(```|~~~).*?^\1", flags=re.MULTILINE | re.DOTALL)
NOT_PROSE = (
    re.compile(r"<pre\b.*?</pre>|<script\b.*?</script>|<style\b.*?</style>", re.DOTALL),
    re.compile(r"<(code|kbd)>.*?</\1>", re.DOTALL),
    re.compile(r"``[^`]+``|`[^`]*`"),
    re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL),
    re.compile(r"\]\([^)]*\)"),  # where a link leads
    re.compile(r"\{[^{}]*\}"),  # a field of a message
    re.compile(r"\$\([^)]*\)"),
)


@dataclass(frozen=True, slots=True)
class Prose:
    """A text, what language it is in, and where it stands."""

    where: str
    lang: str
    text: str

    def plain(self) -> str:
        """Without code, markup, links' targets and fields."""
        text = FENCE.sub(" ", self.text)
        for pattern in NOT_PROSE:
            text = pattern.sub(" ", text)
        return text


def everything() -> list[Prose]:
    """Lessons, exercises, messages of labkit, pages of the documentation."""
    return [*lessons(), *exercises(), *diagnoses(), *messages(), *explanations(), *pages()]


def lessons() -> Iterator[Prose]:
    """The markdown cells of the lessons' sources."""
    for source in sorted((ROOT / "notebooks" / "src").glob("[0-9]*.py")):
        for number, cell in enumerate(jupytext.read(source, fmt="py:percent").cells, start=1):
            if cell.cell_type == "markdown":
                yield Prose(f"{source.name}, cell {number}", cell.metadata["lang"], cell.source)


def exercises() -> Iterator[Prose]:
    """Titles, statements and hints."""
    tree = tomllib.loads((EXERCISES / "exercises.toml").read_text(encoding="utf-8"))
    yield from _pairs("exercises.toml", tree)


def _pairs(where: str, tree: Any) -> Iterator[Prose]:
    """Every table that holds a text in each language."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in LANGUAGES and isinstance(value, str):
                yield Prose(where, key, value)
            else:
                yield from _pairs(f"{where} {key}", value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _pairs(where, value)


def diagnoses() -> Iterator[Prose]:
    """What the exercises say of wrong answers: ``Said(spanish, english, spanish, english)``."""
    for file in sorted((ROOT / "labkit" / "grading").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Said":
                texts = [one.value for one in node.args[:4] if isinstance(one, ast.Constant)]
                for number, text in enumerate(texts):
                    yield Prose(f"{file.name}, line {node.lineno}", LANGUAGES[number % 2], text)


def messages() -> Iterator[Prose]:
    """What labkit says."""
    for room in ROOMS:
        for key, pair in catalogue(room).items():
            for lang, text in zip(LANGUAGES, pair, strict=True):
                yield Prose(key, lang, text)


def explanations() -> Iterator[Prose]:
    """What ``labkit explain`` says of a rule: pairs of (English, Spanish)."""
    for module in (explain_words, explain_nft_words, explain_ipvs):
        for name, table in vars(module).items():
            if name.isupper() and isinstance(table, dict):
                for key, pair in table.items():
                    if not isinstance(pair, tuple) or len(pair) != 2:
                        continue  # a table of something else
                    for lang, text in zip(("en", "es"), pair, strict=True):
                        yield Prose(f"{module.__name__} {name} {key}", lang, text)


def pages() -> Iterator[Prose]:
    """The documentation."""
    for lang, names in PAGES.items():
        for name in names:
            yield Prose(name, lang, (ROOT / name).read_text(encoding="utf-8"))
        for sheet in sorted((ROOT / "docs").glob(f"*-{lang}.html")):
            yield Prose(sheet.name, lang, sheet.read_text(encoding="utf-8"))
