"""A node's text, of whichever mode, to the node that follows it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from labkit import nft
from labkit.dataplane.nodes import AnyRules, Place, node_with
from labkit.dataplane.plane import DataPlane
from labkit.errors import RulesError
from labkit.ipvs import read_table
from labkit.model.ipset import IpSets
from labkit.netfilter.ipvsnode import IpvsRules
from labkit.netfilter.nftnode import NftNode
from labkit.netfilter.node import Node
from labkit.ruleset.tables import Ruleset

_NFT = re.compile(r"\s*(#[^\n]*\n\s*)*(flush ruleset\s+)?(add\s+)?table\s+\S+\s+\S+\s*\{")
_PART = re.compile(r"^# (ipvsadm -Ln|ipvsadm -Sn|ipset save|iptables-save|ip6tables-save)$", re.M)


def mode_of(text: str) -> str:
    """The mode whose text this is: ``nftables`` (``nft list``), ``ipvs`` (what ``labkit rules
    --mode ipvs`` prints), else ``iptables``."""
    if _NFT.match(text.removeprefix("\ufeff")):
        return "nftables"
    return "ipvs" if re.search(r"^# ipvsadm -[LS]n$", text, re.M) else "iptables"


def read_rules(text: str, *, source: str = "") -> AnyRules:
    """The rules of a text.  Raises ``RulesError`` with line and word."""
    mode = mode_of(text)
    if mode == "nftables":
        return nft.parse(text, source)
    if mode == "ipvs":
        return _ipvs(text, source)
    return Ruleset.parse(text, source=source)


def read_plane(
    text: str,
    *,
    source: str = "",
    sets: IpSets | None = None,
    addresses: Iterable[str] = (),
    place: Place | None = None,
) -> DataPlane:
    """The node that follows a text; ``sets`` are ipsets for rules of iptables that name some.

    ``addresses`` are the node's own, or ``place`` says all of where it stands.  Raises
    ``RulesError`` for text that cannot be read.
    """
    rules, stands = read_rules(text, source=source), place or Place(tuple(addresses))
    if isinstance(rules, Ruleset) and sets is not None:
        return DataPlane("iptables", text, Node(rules, addresses=stands.addresses, sets=sets))
    node = node_with(rules, stands)
    if isinstance(rules, Ruleset):
        return DataPlane("iptables", text, node)
    return DataPlane("nftables" if isinstance(node, NftNode) else "ipvs", text, node)


def _ipvs(text: str, source: str) -> IpvsRules:
    """The parts below their headings; each begins on its own line of the text."""
    parts: dict[str, str] = {}
    marks = list(_PART.finditer(text))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.start() if following else len(text)
        blank = "\n" * text.count("\n", 0, mark.end())  # lines keep their numbers
        name = mark[1].replace("ip6tables", "iptables")
        if name in parts:
            raise RulesError("This part is here twice.", source=source, word=mark[1])
        parts[name] = blank + text[mark.end() : end]
    return IpvsRules(
        read_table(parts.get("ipvsadm -Ln", parts.get("ipvsadm -Sn", ""))),
        IpSets.parse(parts.get("ipset save", ""), source=source),
        Ruleset.parse(parts.get("iptables-save", ""), source=source),
    )
