"""Tables as ``nft list ruleset`` prints them (nftables 1.0)."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.nft.nouns import Chain, NftRuleset, Set, Table

NEWLINE = ",\n\t\t\t     "


def render(rules: NftRuleset) -> str:
    """The whole text; parsing it again gives the same tables."""
    return "".join(_table(table) for table in rules.tables.values())


def _table(table: Table) -> str:
    head = [f"table {table.name} {{"]
    if table.comment:
        head.append(f'\tcomment "{table.comment}"')
    blocks = [*map(_set, table.sets.values()), *map(_chain, table.chains.values())]
    return "\n".join([*head, *(["\n\n".join(blocks)] if blocks else []), "}\n"])


def _set(one: Set) -> str:
    kind = "map" if one.value else "set"
    lines = [f"\t{kind} {one.name} {{", *(f"\t\t{line}" for line in one.settings)]
    if one.elements:
        texts = [element.text for element in one.elements]
        step = 2 if one.key == ("ipv4_addr",) else 1
        rows = [", ".join(texts[at : at + step]) for at in range(0, len(texts), step)]
        lines.append(f"\t\telements = {{ {NEWLINE.join(rows)} }}")
    return "\n".join([*lines, "\t}"])


def _chain(chain: Chain) -> str:
    return "\n".join([f"\tchain {chain.name} {{", *(f"\t\t{x}" for x in _lines(chain)), "\t}"])


def _lines(chain: Chain) -> Iterator[str]:
    if chain.comment:
        yield f'comment "{chain.comment}"'
    if chain.hook is not None:
        yield f"{chain.hook.text};"
    yield from (rule.text for rule in chain.rules)
