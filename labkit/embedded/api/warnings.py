"""The ``Warning`` headers of an answer (RFC 7234, code 299), which kubectl shows.

Source: ``WithWarningRecorder`` in apiserver/pkg/endpoints/filters/warning.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

IN_ALL = 4 * 1024
"""Characters of all warnings together; beyond them each is cut."""
EACH = 256
"""Characters of one warning when they are cut."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def warning_headers(texts: Iterable[str]) -> list[str]:
    """The values of the headers, each text once; many long ones are cut, the last left out."""
    once = [text for text in dict.fromkeys(texts) if text]
    if sum(map(len, once)) <= IN_ALL:
        return [_quoted(text) for text in once]
    headers, written = [], 0
    for text in once:
        if written >= IN_ALL:
            break
        headers.append(_quoted(text[:EACH]))
        written += len(text[:EACH])
    return headers


def _quoted(text: str) -> str:
    quoted = CONTROL.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"')
    raw = quoted.encode("utf-8", "replace").decode("latin-1")  # UTF-8 on the wire, as Go's
    return f'299 - "{raw}"'
