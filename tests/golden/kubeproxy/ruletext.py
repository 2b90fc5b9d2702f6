"""Reading rules as text, for comparing ours with kube-proxy's (and nothing of labkit's)."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

JUMPS = """*filter
-A INPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
-A INPUT -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES
-A INPUT -j KUBE-FIREWALL
-A FORWARD -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
-A FORWARD -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES
-A FORWARD -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES
-A OUTPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -j KUBE-SERVICES
-A OUTPUT -j KUBE-FIREWALL
COMMIT
*nat
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A POSTROUTING -j KUBE-POSTROUTING
COMMIT
"""
"""What kube-proxy puts into the built-in chains by calls of their own."""

Chains = dict[tuple[str, str], list[str]]
"""Rules by (table, chain)."""

_SHARED = {
    "KUBE-SERVICES",
    "KUBE-NODEPORTS",
    "KUBE-EXTERNAL-SERVICES",
    "KUBE-PROXY-FIREWALL",
}
_COMMENT = re.compile(r'--comment "?([^ "]+)')


def rows(name: str) -> list[Any]:
    """The rows of a golden file."""
    with gzip.open(HERE / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def chains(text: str) -> Chains:
    """All chains of a restore text or a save, in order; counters and comment lines dropped."""
    found: Chains = {}
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            found.setdefault((table, line[1:].split()[0]), [])
        elif line.startswith("-A "):
            found[table, line.split()[1]].append(line)
        else:
            assert not line or line == "COMMIT" or line.startswith(("#", "-X ")), line
    return found


def normalised(text: str) -> Chains:
    """The chains, with the Services' order inside the shared chains taken out.

    Stable within a Service port; rules that "must be the last" stay last.
    """
    found = chains(re.sub(r"\b0x0+([0-9a-f]+)", r"0x\1", text))
    for (_, chain), lines in found.items():
        if chain in _SHARED:
            lines.sort(key=_service)
    return found


def declared(text: str) -> list[tuple[str, str]]:
    """(table, chain) of every declaration, with repeats."""
    found, table = [], ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            found.append((table, line[1:].split()[0]))
    return found


def _service(line: str) -> tuple[bool, str]:
    if "must be the last rule" in line:
        return True, line
    found = _COMMENT.search(line)
    return False, found.group(1) if found else ""
