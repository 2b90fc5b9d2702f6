"""Values as Go prints them: ``%v`` of maps and lists, ``%q`` of strings.

Source: the fmt and strconv packages of Go.
"""

from __future__ import annotations

import json
from typing import Any


def plain(value: Any) -> str:
    """``%v``: ``map[a:1 b:[x y]]``, keys sorted."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{plain(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, (list, tuple)):
        return "[" + " ".join(plain(item) for item in value) + "]"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def quoted(text: str) -> str:
    """``%q``."""
    return json.dumps(text, ensure_ascii=False)


def compact(value: Any, *, sort: bool = True) -> str:
    """``json.Marshal``: no blanks, <, > and & escaped; the keys of a map are sorted."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=sort, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
