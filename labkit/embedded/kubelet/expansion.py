"""``$(VAR)`` in commands, arguments and values.

The rules of Kubernetes' third_party/forked/golang/expansion/expand.go: a name that is not known
stays as it was written, ``$$`` is one dollar sign (so ``$$(VAR)`` is the text ``$(VAR)``), and a
dollar sign before anything else means itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")


def expand(text: str, *known: Mapping[str, str]) -> str:
    """Replace references; the first of the mappings that has the name counts."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return "$"
        for names in known:
            if name in names:
                return names[name]
        return match.group(0)

    return _REFERENCE.sub(value, text)
