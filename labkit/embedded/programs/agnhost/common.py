"""What the programs of agnhost share: flags, the log, answers as Go's web server gives them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.embedded.http.messages import Headers, Response
from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.goflags import GoFlags, Value, flag_error
from labkit.embedded.programs.http_echo import stamp

PLAIN, HTML = "text/plain; charset=utf-8", "text/html; charset=utf-8"
PAGE = re.compile(
    rb"\s*(?:<(?:!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT|TABLE|A|STYLE|TITLE|B|BODY|BR|P)"
    rb"[ >]|<!--)",
    re.IGNORECASE,
)
"""What Go takes for HTML (net/http/sniff.go)."""


class BadFlags(Exception):
    """The command line was refused, and that has been said."""


def flags(
    process: Process, defaults: Mapping[str, Value], words: Sequence[str] = ()
) -> tuple[dict[str, Value], list[str]]:
    """Flags and the other words, in any order (as cobra takes them).  Raises ``BadFlags``."""
    values: dict[str, Value] = dict(defaults)
    left: list[str] = []
    rest = list(words or process.argv)
    try:
        while len(rest) > 1:
            values, rest = GoFlags(values, {}).parse(rest)
            left += rest[:1]
    except flag_error as error:
        kit.err(process, f"Error: {error}")
        raise BadFlags from None
    return values, left


def log(process: Process, text: str) -> None:
    """A line of Go's log package, on standard error."""
    kit.err(process, f"{stamp(process.clock)} {text}\n")


def said(body: bytes, status: int = 200, headers: Headers = ()) -> Response:
    """An answer whose media type Go guesses from its first bytes."""
    kind = HTML if PAGE.match(body) else PLAIN
    return Response(status, body, (("Content-Type", kind), *headers))


def go_json(value: Any) -> str:
    """JSON as Go's package writes it: short, and safe to stand in HTML."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
