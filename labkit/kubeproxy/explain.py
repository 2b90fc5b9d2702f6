"""What each rule of a text is for, and which Service and endpoint it belongs to.

Reads kube-proxy's own text, an ``iptables-save`` or ``nft list ruleset`` (``explain_nft.py``),
and knows nothing else: names come from the comments, and where large clusters have none, from
the chains that lead to a rule.  In IPVS mode the rules around IPVS are in ``explain_ipvs.py``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit.errors import RulesError
from labkit.kubeproxy import explain_ipvs, explain_nft, names
from labkit.kubeproxy import explain_words as words
from labkit.kubeproxy.explained import UNKNOWN, Explained

_NFT = re.compile(r"^\s*(add\s+)?table\s+(ip6?|inet)\s+\S+\s*\{", re.M)

_OWN_CHAIN = re.compile(r"KUBE-(SVC|SVL|SEP|FW|EXT)-[A-Z2-7]{16}")
_SERVICE = re.compile(r"[^\s/]+/[^\s:]+(:\S+)?")
_BUILT_IN = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as its words: option to value; a negated value begins with ``! ``."""

    number: int
    text: str
    table: str
    chain: str
    options: Mapping[str, str]

    def get(self, *flags: str) -> str:
        """The value of the first of these options that is there, or ``""``."""
        return next((self.options[flag] for flag in flags if flag in self.options), "")

    @property
    def target(self) -> str:
        """What follows ``-j``."""
        return self.get("-j")

    @property
    def comment(self) -> str:
        """The text of ``--comment``."""
        return self.get("--comment")


@dataclass(slots=True)
class Index:
    """Who owns a chain, and how many endpoints it chooses among."""

    owner: dict[str, str] = field(default_factory=dict)
    endpoint: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[Line]] = field(default_factory=dict)


def explain(rules_text: str, lang: str = "en") -> list[tuple[str, str]]:
    """Each rule of the text with a sentence about it, in ``en`` or ``es``.

    Raises :class:`RulesError` for a line whose quotes do not close.
    """
    return [(one.rule, one.sentence) for one in explained(rules_text, lang)]


def explained(rules_text: str, lang: str = "en") -> list[Explained]:
    """The same with the line, the Service and the endpoint of each rule; in nftables mode sets
    and entries of maps as well."""
    if _NFT.search(rules_text):
        return explain_nft.explained(rules_text, lang)
    lines = _read(rules_text)
    index = _index(lines)
    return [_explained(line, index, lang) for line in lines]


# Reading.


def _read(text: str) -> list[Line]:
    table, lines = "filter", []
    for number, raw in enumerate(text.splitlines(), start=1):
        stripped = raw.strip()
        if stripped.startswith("*"):
            table = stripped[1:]
        elif stripped.startswith("# ipvsadm -Sn"):
            table = "ipvs"
        elif table == "ipvs":
            continue
        elif stripped.startswith(("-A ", "[")) and "-A " in stripped:
            lines.append(_line(stripped, table, number))
    return lines


def _line(text: str, table: str, number: int) -> Line:
    try:
        tokens = shlex.split(text[text.index("-A ") :])
    except ValueError:
        raise RulesError(
            "A quote does not close.", line=number, word=text.rpartition(" ")[2]
        ) from None
    options: dict[str, str] = {}
    flag, negated = "", ""
    for word in tokens[2:]:
        if word == "!":
            negated = "! "
        elif word.startswith("-") and len(word) > 1:
            flag = word
            options[flag] = negated
            negated = ""
        elif flag:
            options[flag] = f"{options[flag]}{negated}{word}".strip()
            flag, negated = "", ""
    return Line(number, text, table, tokens[1] if len(tokens) > 1 else "", options)


def _index(lines: list[Line]) -> Index:
    index = Index()
    for line in lines:
        named = _named_service(line)
        for chain in (line.chain, line.target):
            if named and _OWN_CHAIN.fullmatch(chain):
                index.owner.setdefault(chain, named)
        if line.get("--to-destination"):
            index.endpoint[line.chain] = line.get("--to-destination")
        if line.target.startswith(names.ENDPOINT_PREFIX) and "--rcheck" not in line.options:
            index.choices.setdefault(line.chain, []).append(line)
    for line in lines:  # large clusters: a chain belongs to whoever jumps to it
        if _OWN_CHAIN.fullmatch(line.target) and line.chain in index.owner:
            index.owner.setdefault(line.target, index.owner[line.chain])
    return index


def _named_service(line: Line) -> str:
    """The ``ns/name:port`` of the comment: its first word that looks like one."""
    return next((word for word in line.comment.split() if _SERVICE.fullmatch(word)), "")


# Saying it.


def _explained(line: Line, index: Index, lang: str) -> Explained:
    code = _code(line, index)
    return Explained(
        line.number,
        line.table,
        line.chain,
        line.text,
        _sentence(line, index, code, lang),
        code,
        "" if code == UNKNOWN else _owner(line, index),
        _endpoint(line, index),
    )


def _text(code: str) -> words.Sentence:
    """The sentence of a code in both languages."""
    return explain_ipvs.SENTENCES.get(code) or words.SENTENCES[code]


def _owner(line: Line, index: Index) -> str:
    """The Service port that a rule is about, ``""`` if it is about none."""
    owner = _named_service(line) or index.owner.get(line.chain)
    return owner or index.owner.get(line.target, "")


def _endpoint(line: Line, index: Index) -> str:
    """The endpoint that a rule is about."""
    here = line.get("--to-destination") or index.endpoint.get(line.target, "")
    return here or index.endpoint.get(line.chain, "")


def _sentence(line: Line, index: Index, code: str, lang: str) -> str:
    es = lang == "es"
    choices = index.choices.get(line.chain, [])
    here = choices.index(line) if line in choices else 0
    owner = _owner(line, index)
    endpoint = line.get("--to-destination") or index.endpoint.get(line.target)
    return _text(code)[es].format(
        service=owner or words.PHRASES["unknown-service"][es],
        address=_address(line, es),
        protocol=line.get("-p").upper(),
        target=line.target,
        port=line.get("--dport"),
        source=_plain(line.get("-s")),
        destination=_destination(line, es),
        endpoint=endpoint or words.PHRASES["unknown-endpoint"][es],
        seconds=line.get("--seconds"),
        mark=_mark(line),
        who=_who(line, es),
        hook=words.HOOKS.get(line.chain, ("", ""))[es],
        purpose=words.PURPOSES.get((line.table, line.target), ("", ""))[es],
        choice=_choice(len(index.choices.get(line.target, [])), es),
        count=len(choices),
        remaining=len(choices) - here,
    )


def _code(line: Line, index: Index) -> str:
    """Which sentence fits: the key into ``SENTENCES``."""
    ipvs = explain_ipvs.code_of(line)
    if ipvs:
        return ipvs
    if line.chain in _BUILT_IN:
        if (line.table, line.target) not in words.PURPOSES:
            return "foreign"
        return "jump-new" if "--ctstate" in line.options else "jump"
    kind = _OWN_CHAIN.fullmatch(line.chain)
    if kind:
        return _OF_OWN[kind.group(1)](line, index)
    return _of_shared(line)


def _of_shared(line: Line) -> str:
    """A rule of a chain that all Services share."""
    fixed = _FIXED.get((line.chain, line.target))
    if fixed:
        return fixed
    if line.target in ("REJECT", "DROP"):
        return _refusal(line)
    if line.target == "ACCEPT" and line.chain == names.FORWARD:
        return "forward-marked" if "--mark" in line.options else "forward-known"
    if line.target == "MARK":
        return {names.POSTROUTING: "unmark", names.MARK_MASQ: "mark"}.get(line.chain, "foreign")
    if line.chain == names.NODEPORTS and _OWN_CHAIN.fullmatch(line.target):
        return "node-port-localhost" if "--nfacct-name" in line.options else "node-port"
    if line.chain == names.SERVICES:
        return next((code for end, code in _ENDINGS if line.comment.endswith(end)), "foreign")
    return "foreign"


_ENDINGS = (
    ("cluster IP", "cluster-ip"),
    ("external IP", "external-ip"),
    ("loadbalancer IP", "load-balancer"),
)
_FIXED = {
    (names.SERVICES, names.NODEPORTS): "node-ports-last",
    (names.NODEPORTS, "ACCEPT"): "health-check",
    (names.PROXY_FIREWALL, "DROP"): "proxy-firewall",
    (names.FIREWALL, "DROP"): "firewall",
    (names.FORWARD, "DROP"): "invalid",
    (names.POSTROUTING, "RETURN"): "return-unmarked",
    (names.POSTROUTING, "MASQUERADE"): "masquerade",
}


def _refusal(line: Line) -> str:
    if line.chain not in (names.SERVICES, names.EXTERNAL_SERVICES):
        return "foreign"
    return "refused" if line.target == "REJECT" else "dropped"


def _of_external(line: Line, index: Index) -> str:
    local = line.get("--src-type") == "LOCAL"
    if line.target == names.MARK_MASQ:
        return "external-local-masquerade" if local else "external-masquerade"
    if local:
        return "external-local"
    return "external-pods" if line.comment.startswith("pod traffic") else "external-go"


def _of_firewall(line: Line, index: Index) -> str:
    return "range" if line.target else "range-others"


def _of_policy(line: Line, index: Index) -> str:
    if line.target == names.MARK_MASQ:
        return "cluster-ip-masquerade"
    if "--rcheck" in line.options:
        return "affinity"
    if "--probability" in line.options:
        return "choice"
    return "choice-only" if len(index.choices.get(line.chain, [])) == 1 else "choice-last"


def _of_endpoint(line: Line, index: Index) -> str:
    if line.target == names.MARK_MASQ:
        return "hairpin"
    return "dnat-remember" if "--set" in line.options else "dnat"


_OF_OWN = {
    "EXT": _of_external,
    "FW": _of_firewall,
    "SVC": _of_policy,
    "SVL": _of_policy,
    "SEP": _of_endpoint,
}


def _address(line: Line, es: bool) -> str:
    """``10.96.0.1:80``, or the NodePort of this node where no address is named."""
    address, port = _plain(line.get("-d")), line.get("--dport")
    if not address:
        return words.PHRASES["node-port-of-node"][es].format(port=port)
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _destination(line: Line, es: bool) -> str:
    address = line.get("-d")
    if "--dst-type" not in line.options:
        return _plain(address)
    return words.PHRASES["local-but" if address else "local"][es].format(but=_plain(address))


def _choice(count: int, es: bool) -> str:
    """What the chain that a rule leads to does: pick one of so many."""
    return words.PHRASES["one-endpoint" if count == 1 else "endpoints"][es].format(count=count)


def _who(line: Line, es: bool) -> str:
    """From where one must come: not from a network, not by an interface, or from anywhere."""
    for kind, flag in (("outside", "-s"), ("interface", "-i")):
        if line.get(flag):
            return words.SOMEONE[kind][es].format(source=_plain(line.get(flag)))
    return words.SOMEONE["any"][es]


def _mark(line: Line) -> str:
    """The mark's bit, whichever option names it."""
    text = _plain(line.get("--mark", "--set-xmark", "--or-mark", "--xor-mark"))
    return re.sub(r"\b0x0+(?=[0-9a-f])", "0x", text.partition("/")[0])


def _plain(text: str) -> str:
    """A value without its ``!``, an address without the length of a single host."""
    text = text.removeprefix("! ").strip()
    return re.sub(r"/(32|128)$", "", text)
