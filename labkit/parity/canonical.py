"""kube-proxy's part of a node's rules, in one form: what others wrote there is left out.

A real node also has chains of the kubelet, of the CNI plugin and of the container engine.
"""

from __future__ import annotations

import re

from labkit.ruleset.tables import Ruleset

Chains = dict[str, list[str]]
CHAIN = re.compile(r"-(?:j|g) (KUBE-[A-Z0-9-]+)")
NOT_THE_PROXYS = ("KUBE-KUBELET-CANARY", "KUBE-IPTABLES-HINT", "KUBE-FIREWALL")
"""The kubelet's.  KUBE-FIREWALL is written by both, in the order of their starts."""

BUILT_IN = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")

SHARED = ("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL")
"""Chains in which the Services stand in a random order."""

COMMENT = re.compile(r'--comment "?([^ "]+)')
ELEMENTS = re.compile(r"elements = \{ (.*?) \}", re.DOTALL)
BLOCK = re.compile(r"^\t((?:set|map|chain) \S+) \{\n(.*?)^\t\}$", re.DOTALL | re.MULTILINE)


def is_nft(text: str) -> bool:
    """Whether the text is a listing of nft."""
    return text.lstrip().startswith("table ")


def chains_of(text: str) -> Chains:
    """Chain (or set) to its lines, from either kind of text; counters and order of Services
    taken out."""
    return nft_blocks(text) if is_nft(text) else iptables_chains(text)


def iptables_chains(text: str) -> Chains:
    """``table CHAIN`` to its rules, each as iptables-save prints it."""
    canonical = Ruleset.parse(of_kube_proxy(text)).canonical(zero=True)
    found: Chains = {}
    table = ""
    for line in canonical.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":KUBE-"):
            found[f"{table} {line[1:].split()[0]}"] = []
        elif line.startswith("-A "):
            found.setdefault(f"{table} {line.split()[1]}", []).append(line)
    for name, lines in found.items():
        if name.split()[1] in SHARED:
            lines.sort(key=service_of)
    return found


def service_of(line: str) -> tuple[bool, str]:
    """The Service of a rule; a rule that must be the last stays last."""
    if "must be the last rule" in line:
        return True, line
    found = COMMENT.search(line)
    return False, found.group(1) if found else ""


def of_kube_proxy(text: str) -> str:
    """The save with kube-proxy's chains, and of the built-in ones the rules that jump there."""
    return "".join(f"{line}\n" for line in text.splitlines() if is_kube_proxys(line))


def is_kube_proxys(line: str) -> bool:
    """Whether the line belongs to kube-proxy, or frames its tables."""
    plain = re.sub(r"^\[\d+:\d+\] ", "", line)
    if plain.startswith(":"):
        name = plain[1:].split()[0]
        return name in BUILT_IN or (name.startswith("KUBE-") and name not in NOT_THE_PROXYS)
    if not plain.startswith("-A "):
        return plain.startswith("*") or plain == "COMMIT"
    chain = plain.split()[1]
    jump = CHAIN.search(plain)
    if chain in NOT_THE_PROXYS or (jump and jump.group(1) in NOT_THE_PROXYS):
        return False
    return chain.startswith("KUBE-") or jump is not None


def nft_blocks(text: str) -> Chains:
    """Set, map or chain of kube-proxy's table to its lines; elements in an order of our own."""
    tables = re.findall(r"^table ip kube-proxy \{\n(.*?)^\}$", text, re.DOTALL | re.MULTILINE)
    return {
        head: [line.strip() for line in ELEMENTS.sub(in_order, body).splitlines() if line.strip()]
        for table in tables
        for head, body in BLOCK.findall(table)
    }


def in_order(found: re.Match[str]) -> str:
    """The elements of a set: theirs is the kernel's hash order."""
    return "elements: " + " | ".join(sorted(re.split(r",\s+", found.group(1))))
