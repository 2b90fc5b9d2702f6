"""Reading ``nft list ruleset`` as text, for comparing (and nothing of labkit's)."""

from __future__ import annotations

import re

ELEMENTS = re.compile(r"elements = \{ (.*?) \}$", re.DOTALL | re.MULTILINE)


def tables(text: str) -> dict[str, str]:
    """The text of each table by its name (``ip kube-proxy``)."""
    found = re.findall(r"^table (\S+ \S+) \{\n(.*?)^\}$", text, re.DOTALL | re.MULTILINE)
    return dict(found)


def blocks(table: str) -> dict[str, str]:
    """Each set, map and chain of a table (``chain services``) with its sorted elements."""
    found = {}
    for head, body in re.findall(
        r"^\t((?:set|map|chain) \S+) \{\n(.*?)^\t\}$", table, re.DOTALL | re.MULTILINE
    ):
        found[head] = ELEMENTS.sub(_sorted, body)
    return found


def _sorted(found: re.Match[str]) -> str:
    """The elements of a set in an order of our own: theirs is the kernel's hash."""
    return "elements: " + " | ".join(sorted(re.split(r",\s+", found.group(1))))
