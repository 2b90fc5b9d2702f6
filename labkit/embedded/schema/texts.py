"""JSON and YAML from outside, read so that nothing in it can do harm: not deep enough to break a
stack, no reference that multiplies, no number or text that JSON cannot carry on.

Source: sigs.k8s.io/json and sigs.k8s.io/yaml (``convertToJSONableObject``): invalid UTF-8 and
lone surrogates become U+FFFD, NaN and infinity are refused, keys of YAML become text.  Go takes
10,000 levels; no object of Kubernetes has more than some thirty.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

DEEPEST = 200
MOST_VALUES = 500_000
"""Values in a YAML document, those counted again that an alias repeats."""
LONE = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(
    text: bytes | str, pairs: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:
    """A JSON value; ``pairs`` makes objects.  ``ValueError`` when it is none, or too deep."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    hook = pairs
    if LONE.search(text):
        make = pairs or dict

        def hook(items: list[tuple[str, Any]]) -> Any:
            return make([(whole(key), _repaired(value)) for key, value in items])

    try:
        value = json.loads(
            text, object_pairs_hook=hook, parse_constant=_refused, parse_float=_finite
        )
    except RecursionError:
        raise ValueError("exceeded max depth") from None
    if text.count("{") + text.count("[") > DEEPEST:
        check(value)
    return value


def whole(text: str) -> str:
    """Text without lone halves of surrogate pairs, which UTF-8 cannot carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return whole(value)
    return [_repaired(item) for item in value] if isinstance(value, list) else value


def _refused(word: str) -> Any:
    raise ValueError(f"invalid character {word[0]!r} looking for beginning of value")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"number {text[:30]} is out of range")
    return number


def check(value: Any, most: float = math.inf) -> None:
    """``ValueError`` where a value is too deep, or has too many parts."""
    left = [(value, 1)]
    seen = 0
    while left:
        one, depth = left.pop()
        seen += 1
        if depth > DEEPEST:
            raise ValueError("exceeded max depth")
        if seen > most:
            raise ValueError("document contains excessive aliasing")
        if isinstance(one, dict):
            left += [(item, depth + 1) for item in one.values()]
        elif isinstance(one, list):
            left += [(item, depth + 1) for item in one]


def read_yaml(text: bytes) -> Any:
    """The one YAML document of a text, as JSON would have it.  ``ValueError`` says what is wrong
    with it."""
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, Loader=_loader()):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:  # the loader itself would break the stack
                raise ValueError("exceeded max depth")
        value = yaml.load(text, Loader=_loader())  # noqa: S506 (a safe loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    check(value, MOST_VALUES)
    return _as_json(value)


@cache
def _loader() -> Any:
    """The safe loader, for which a date is text."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    kept = {
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
        for first, found in base.yaml_implicit_resolvers.items()
    }
    return type("Loader", (base,), {"yaml_implicit_resolvers": kept})


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, str):
        return whole(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError(f"a value of type {type(value).__name__} is unsupported")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return whole(key)
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int | float):
        return str(key)
    raise ValueError(f"unsupported map key of type {type(key).__name__}")
