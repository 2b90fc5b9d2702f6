"""The numbers of a lesson's prose, and those that its cells show."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(?:/\d+)?")
NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])|(?<=\d[ -])\d+")
LOOSE = re.compile(r"\d+(?:[.,]\d+)*")

STRUCTURE = (
    re.compile(r"&#\d+;"),  # a sign of HTML
    re.compile(r"^#+ .*$", re.MULTILINE),  # headings count themselves
    re.compile(r"^\d+\. ", re.MULTILINE),  # and so do lists
    re.compile(r"<summary>\d\. ", re.MULTILINE),
    re.compile(r"\*\*(?:Time|Tiempo):\*\* \d+ minut[eo]s(?:, (?:and|y) (?:[a-z]+ )?\d+ )?"),
    re.compile(r"\*\*(?:Contents|Contenido):\*\*.*"),
    re.compile(r"\b(?:lesson|lección|lessons|lecciones|step|paso|section|apartado|rung|peldaño)"
               r"s? \d+(?:(?:,| and| y| to| a) \d+)*", re.IGNORECASE),
    re.compile(r"\]\([^)]*\)"),
    re.compile(r"\b(?:[Ee]xercise|[Ee]jercicio)s? `?\d\d\.\d`?|`\d\d\.\w`|\"\d\d\.\w\""),
    re.compile(r"\*\*\d+ min · \d+ (?:points|puntos)"),
)  # fmt: skip


def prose_numbers(text: str, lang: str) -> list[str]:
    """The numbers and addresses that a text states, each in the form of English."""
    for pattern in STRUCTURE:
        text = pattern.sub(" ", text)
    found = ADDRESS.findall(text)
    text = ADDRESS.sub(" ", text)
    numbers = [(one[0], text[one.end() :].lstrip(" \u00a0").startswith("%"))
               for one in NUMBER.finditer(text)]  # fmt: skip
    return found + [english(number, lang) + "%" * percent for number, percent in numbers]


def english(number: str, lang: str) -> str:
    """``1.234,5`` of Spanish as ``1234.5``."""
    if lang == "es":
        number = number.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", number) else number
        return number.replace(",", ".")
    return number.replace(",", "")


def shown_numbers(cells: list[Any]) -> tuple[set[str], set[Decimal]]:
    """What the code cells hold and show: addresses, and values (a share also in per cent)."""
    text = "\n".join(shown(cell) for cell in cells if cell.cell_type == "code")
    values = set()
    for token in LOOSE.findall(text):
        for form in {token, token.replace(",", ""), token.replace(",", ".")}:
            if re.fullmatch(r"\d+(\.\d+)?", form):
                values.add(Decimal(form))
    return set(ADDRESS.findall(text)), values


def shown(cell: Any) -> str:
    """Source and outputs of a cell, as text; of pictures their alt text."""
    parts = [cell.source]
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        parts += [output.get("text", ""), data.get("text/plain", "")]
        parts += re.findall(r'\b(?:alt|aria-label)="([^"]*)"', data.get("text/html", ""))
    return "\n".join(parts)


def is_shown(number: str, addresses: set[str], values: set[Decimal]) -> bool:
    """Whether cells show it: to the letter, rounded to its decimals, per cent as a share too."""
    if ADDRESS.fullmatch(number):
        return any(number == one or one.startswith(number + "/") for one in addresses)
    wanted = Decimal(number.rstrip("%"))
    exponent = wanted.as_tuple().exponent
    half = Decimal(5).scaleb(int(exponent) - 1)
    return any(
        value == wanted
        or (exponent < 0 and abs(value - wanted) <= half)
        or (number.endswith("%") and value < 1 and abs(100 * value - wanted) <= half)
        for value in values
    )
