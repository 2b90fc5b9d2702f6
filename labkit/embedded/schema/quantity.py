"""Quantities such as ``250m``, ``1Gi`` or ``2e3``: exact value and canonical text.

Source: k8s.io/apimachinery/pkg/api/resource/quantity.go.
"""

from __future__ import annotations

import re
from fractions import Fraction

FORMAT_WRONG = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
SUFFIX_WRONG = "unable to parse quantity's suffix"

BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}

_SHAPE = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)([eEinumkKMGTP]*[-+]?\d*)")


def _split(text: str) -> tuple[Fraction, str]:
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise ValueError(FORMAT_WRONG)
    number = Fraction(shape[2] + "0" if shape[2].endswith(".") else shape[2])
    return (-number if shape[1] == "-" else number), shape[3]


def parse(text: str) -> Fraction:
    """The exact value; ``ValueError`` with the server's words when it is no quantity."""
    number, suffix = _split(text)
    return number * _scale(suffix)


def _scale(suffix: str) -> Fraction:
    if suffix in BINARY:
        return Fraction(1024 ** BINARY[suffix])
    if suffix in DECIMAL:
        return Fraction(10) ** DECIMAL[suffix]
    if re.fullmatch(r"[eE][+-]?\d+", suffix):
        return Fraction(10) ** int(suffix[1:])
    raise ValueError(SUFFIX_WRONG)


def canonical(text: str) -> str:
    """The text that the server writes back: no fraction, the largest suffix that keeps it whole.

    Below one nano it is rounded up, as the server does.
    """
    number, suffix = _split(text)
    value = number * _scale(suffix)
    nano = value * 10**9
    if nano.denominator != 1:
        value = Fraction(-((-nano.numerator) // nano.denominator), 10**9)
    if suffix in BINARY:
        return _binary(value)
    exponent = suffix[:1] in ("e", "E") and suffix != "E"
    return _decimal(value, exponent)


def _binary(value: Fraction) -> str:
    if value.denominator != 1 or abs(value) < 1024:
        return _decimal(value, False)
    whole, power = value.numerator, 0
    while whole and whole % 1024 == 0 and power < 6:
        whole, power = whole // 1024, power + 1
    return str(whole) + next((name for name, at in BINARY.items() if at == power), "")


def _decimal(value: Fraction, exponent: bool) -> str:
    if value == 0:
        return "0"
    for suffix, power in sorted(DECIMAL.items(), key=lambda item: -item[1]):
        scaled = value / Fraction(10) ** power
        if scaled.denominator == 1:
            if exponent:
                suffix = f"e{power}" if power else ""
            return f"{scaled.numerator}{suffix}"
    return str(value)
