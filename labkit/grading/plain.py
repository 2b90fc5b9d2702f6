"""Answers as plain JSON: what leaves a learner's process, and when two values are the same."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import islice
from typing import Any

MOST = 64 << 10
"""Bytes of JSON that one answer may have."""

DEEPEST = 12


class NotPlain(ValueError):
    """A value that cannot be an answer: ``args[0]`` is the name of its type, or "too large"."""


def plain(value: Any, depth: int = 0) -> Any:
    """``value`` as JSON holds it: tuples and sets as lists, fractions and NumPy as numbers.

    Raises ``NotPlain``.
    """
    if depth > DEEPEST:
        raise NotPlain("too deep")
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(key): plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(one, depth + 1) for one in value), key=repr)
    if hasattr(value, "tolist"):
        return plain(value.tolist(), depth + 1)
    if isinstance(value, (list, tuple)):
        return [plain(one, depth + 1) for one in value]
    if hasattr(value, "__next__"):
        some = list(islice(value, MOST))  # it may never end
        if len(some) == MOST:
            raise NotPlain("too large")
        return [plain(one, depth + 1) for one in some]
    raise NotPlain(type(value).__name__)


def packed(value: Any, most: int = MOST) -> str:
    """``plain`` as text of at most ``most`` bytes; ``NotPlain`` otherwise."""
    try:
        text = json.dumps(plain(value), ensure_ascii=False)
    except ValueError:  # a number with more digits than Python prints
        raise NotPlain("too large") from None
    if len(text.encode("utf-8", "replace")) > most:
        raise NotPlain("too large")
    return text


def is_number(value: Any) -> bool:
    """A number, and not true or false."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def close(one: Any, other: float, tolerance: float = 1e-6) -> bool:
    """Whether ``one`` is a number and equals ``other`` but for rounding."""
    return is_number(one) and math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)


BLANK = "____"
"""What stands in a starter where the learner writes."""


def is_blank(value: Any) -> bool:
    """Nothing was filled in yet."""
    if value is None or value is Ellipsis:
        return True
    if isinstance(value, str):
        return value.strip() in ("", BLANK)
    if isinstance(value, dict):
        return all(is_blank(one) for one in value.values())
    if isinstance(value, (list, tuple)):
        return all(is_blank(one) for one in value)
    return False


def has_blanks(value: Any) -> bool:
    """Something was left out."""
    if isinstance(value, str):
        return BLANK in value or not value.strip()
    if isinstance(value, dict):
        return any(has_blanks(one) for one in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_blanks(one) for one in value)
    return value is None or value is Ellipsis
