"""From the text of ``nft list ruleset`` to tables."""

from __future__ import annotations

from labkit.nft.elements import read_elements
from labkit.nft.fields import TYPES, Field
from labkit.nft.nouns import Chain, Element, Hook, NftRuleset, Rule, Set, Table, Verdict
from labkit.nft.statements import read_statements
from labkit.nft.words import Reader

FAMILIES = ("ip", "ip6", "inet")
HOOKS = ("prerouting", "input", "forward", "output", "postrouting")
PRIORITIES = {
    "raw": -300,
    "mangle": -150,
    "dstnat": -100,
    "filter": 0,
    "security": 50,
    "srcnat": 100,
}
"""Names of priorities (``man nft``, "Standard priority names")."""

KNOWN_FLAGS = {"dynamic", "timeout", "interval", "constant"}


def parse(text: str, source: str = "") -> NftRuleset:
    """Read a listing.

    Raises ``UnsupportedExtension`` with line and word for what is not known here, and
    ``RulesError`` for what nft would not read or load either.
    """
    reader = Reader(text, source)
    tables: dict[str, Table] = {}
    reader.blank()
    while reader.next:
        table = _table(reader)
        if table.name in tables:
            raise reader.error(f"Table {table.name} stands here twice.", word=table.name)
        tables[table.name] = table
        reader.blank()
    return NftRuleset(tables, source)


def _table(reader: Reader) -> Table:
    reader.need("table")
    family = reader.next
    if family not in FAMILIES:
        raise reader.unknown(f"Tables of family {family!r} are not known.")
    name = f"{reader.take()} {reader.take()}"
    reader.need("{")
    sets: dict[str, Set] = {}
    chains: dict[str, Chain] = {}
    comment = ""
    reader.blank()
    while not reader.skip("}"):
        match reader.next:
            case "comment":
                reader.take()
                comment = reader.quoted()
            case "set" | "map":
                one = _set(reader)
                sets[one.name] = one
            case "chain":
                chain = _chain(reader, name)
                chains[chain.name] = chain
            case _:
                raise reader.unknown("This part of a table is not known.")
        reader.blank()
    table = Table(name, sets, chains, comment)
    _check(reader, table)
    return table


def _set(reader: Reader) -> Set:
    """``set NAME {`` or ``map NAME {`` to its end."""
    kind, name = reader.take(), reader.take()
    reader.need("{")
    key: tuple[Field, ...] = ()
    parts: dict[str, object] = {}
    settings = []
    reader.blank()
    while not reader.skip("}"):
        start, word = reader.at, reader.take()
        match word:
            case "type":
                key = _types(reader)
                parts["key"] = tuple(reader.raw(start + 1).split(" . "))
                if kind == "map":
                    reader.need(":")
                    parts["value"] = _map_type(reader)
            case "comment":
                parts["comment"] = reader.quoted()
            case "flags":
                parts["flags"] = _flags(reader)
            case "timeout":
                parts["timeout"] = reader.seconds()
            case "size":
                parts["size"] = reader.number()
            case "elements":
                reader.need("=")
                parts["elements"] = read_elements(reader, key, kind == "map")
            case _:
                reader.at = start
                raise reader.unknown(f"This setting of a {kind} is not known.")
        if word != "elements":
            settings.append(reader.raw(start))
        reader.blank()
    if not key:
        raise reader.error(f"The {kind} {name} has no type.", word=name)
    return Set(name=name, settings=tuple(settings), **parts)  # type: ignore[arg-type]


def _types(reader: Reader) -> tuple[Field, ...]:
    """``ipv4_addr . inet_proto``."""
    found = []
    while True:
        if reader.next not in TYPES:
            raise reader.unknown("This type of a set is not known.")
        found.append(TYPES[reader.take()])
        if not reader.skip("."):
            return tuple(found)


def _map_type(reader: Reader) -> str:
    if reader.skip("verdict"):
        return "verdict"
    start = reader.at
    _types(reader)
    return reader.raw(start)


def _flags(reader: Reader) -> tuple[str, ...]:
    found = []
    while not reader.at_end:
        if reader.next not in KNOWN_FLAGS:
            raise reader.unknown("This flag of a set is not known.")
        found.append(reader.take())
        reader.skip(",")
    return tuple(found)


def _chain(reader: Reader, table: str) -> Chain:
    """``chain NAME {`` to its end."""
    reader.take()
    name = reader.take()
    reader.need("{")
    hook: Hook | None = None
    comment = ""
    rules: list[Rule] = []
    reader.blank()
    while not reader.skip("}"):
        if reader.next == "type":
            hook = _hook(reader)
        elif reader.next == "comment":
            reader.take()
            comment = reader.quoted()
        else:
            start, line = reader.at, reader.line
            statements, remark = read_statements(reader)
            text = reader.raw(start)
            rules.append(Rule(table, name, len(rules) + 1, text, statements, remark, line))
        reader.blank()
    return Chain(name, tuple(rules), hook, comment)


def _hook(reader: Reader) -> Hook:
    """``type nat hook prerouting priority dstnat - 10; policy accept;``."""
    start = reader.at
    reader.need("type")
    if reader.next not in ("filter", "nat"):
        raise reader.unknown("This type of a chain is not known.")
    kind = reader.take()
    reader.need("hook")
    if reader.next not in HOOKS:
        raise reader.unknown("This hook is not known.")
    hook = reader.take()
    reader.need("priority")
    priority = _priority(reader)
    policy = "accept"
    reader.skip(";")
    if reader.skip("policy"):
        if reader.next not in ("accept", "drop"):
            raise reader.error("A policy is accept or drop.")
        policy = reader.take()
    text = reader.raw(start)
    return Hook(kind, hook, priority, policy, text)


def _priority(reader: Reader) -> int:
    word = reader.take()
    if word in PRIORITIES:
        value = PRIORITIES[word]
        if reader.next in ("+", "-"):
            sign = 1 if reader.take() == "+" else -1
            value += sign * reader.number()
        return value
    try:
        return int(word)
    except ValueError:
        reader.at -= 1
        raise reader.unknown("This priority is not known.") from None


def _check(reader: Reader, table: Table) -> None:
    """Every chain and set that is named must be there, as nft demands."""
    for one in table.sets.values():
        for element in one.elements:
            _check_target(reader, table, element, 0)
    for chain in table.chains.values():
        for rule in chain.rules:
            for statement in rule.statements:
                _check_names(reader, table, rule, statement)


def _check_names(reader: Reader, table: Table, rule: Rule, statement: object) -> None:
    among = getattr(statement, "among", None)
    named = among.name if among is not None else getattr(statement, "name", "")
    if named and named not in table.sets:
        raise _missing(reader, f"Table {table.name} has no set or map {named!r}.", rule.line, named)
    if isinstance(statement, Verdict):
        _check_target(reader, table, Element((), statement), rule.line)
    for element in among.items if among is not None else ():
        _check_target(reader, table, element, rule.line)


def _check_target(reader: Reader, table: Table, element: Element, line: int) -> None:
    verdict = element.value
    if isinstance(verdict, Verdict) and verdict.chain and verdict.chain not in table.chains:
        raise _missing(
            reader, f"Table {table.name} has no chain {verdict.chain!r}.", line, verdict.chain
        )


def _missing(reader: Reader, what: str, line: int, word: str) -> Exception:
    from labkit.errors import RulesError

    return RulesError(what, "Declare it.", source=reader.source, line=line, word=word)
