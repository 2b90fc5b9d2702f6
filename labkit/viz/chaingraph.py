"""Chains as boxes and jumps as arrows, from the built-in chains on the left to the leaves."""

from __future__ import annotations

from labkit.viz import svg
from labkit.viz.ruleread import BUILT_IN, ReadRule
from labkit.words import Words

WIDTH = 820
BOX, HEIGHT, GAP_Y = 176, 42, 12
MOST = 9
Chain = tuple[str, str]


def levels(rules: tuple[ReadRule, ...]) -> list[list[Chain]]:
    """Chains by their distance from a built-in chain, each in its first place."""
    jumps: dict[Chain, list[Chain]] = {}
    for rule in rules:
        chain = (rule.table, rule.chain)
        jumps.setdefault(chain, [])
        if rule.target:
            jumps[chain].append((rule.table, rule.target))
    targets = {goal for goals in jumps.values() for goal in goals}
    first = [chain for chain in jumps if chain[1] in BUILT_IN or chain not in targets]
    found, row = [list(first)], list(first)
    seen = set(first)
    while row:
        row = [goal for chain in row for goal in jumps.get(chain, [])]
        row = [goal for goal in dict.fromkeys(row) if goal not in seen]
        seen.update(row)
        if row:
            found.append(row)
    return found


def graph(rules: tuple[ReadRule, ...], alt: str, say: Words) -> str:
    """The drawing: at most nine chains in a column, the rest counted."""
    columns = levels(rules)
    step = (WIDTH - 4 - BOX) / max(len(columns) - 1, 1)
    places: dict[Chain, tuple[float, float]] = {}
    parts: list[str] = []
    deepest = 0.0
    for column, chains in enumerate(columns):
        x = 2 + column * min(step, BOX + 46)
        for row, chain in enumerate(chains[:MOST]):
            places[chain] = (x, 4 + row * (HEIGHT + GAP_Y))
        shown = min(len(chains), MOST)
        if len(chains) > MOST:
            words = say("rulebook.more", n=len(chains) - MOST)
            parts.append(svg.text(x, 18 + shown * (HEIGHT + GAP_Y), words, fill=svg.QUIET))
            shown += 1
        deepest = max(deepest, shown * (HEIGHT + GAP_Y) + 4)
    drawn: set[tuple[Chain, Chain]] = set()
    for rule in rules:
        start, goal = (rule.table, rule.chain), (rule.table, rule.target)
        onward = start in places and goal in places and places[start][0] < places[goal][0]
        if onward and (start, goal) not in drawn:
            drawn.add((start, goal))
            parts.append(jump(places[start], places[goal]))
    for chain, (x, y) in places.items():
        count = sum((rule.table, rule.chain) == chain for rule in rules)
        parts.append(card(chain, count, x, y, say))
    return svg.document(WIDTH, deepest, *parts, alt=alt)


def jump(start: tuple[float, float], goal: tuple[float, float]) -> str:
    """From the right side of a box to the left side of another."""
    x0, y0 = start[0] + BOX, start[1] + HEIGHT / 2
    return svg.arrow([(x0, y0), (goal[0], goal[1] + HEIGHT / 2)], stroke=svg.QUIET)


def card(chain: Chain, count: int, x: float, y: float, say: Words) -> str:
    """A chain: its name, its table, how many rules."""
    table, name = chain
    facts = say("rulebook.count", n=count, table=table) if count else table
    edge = svg.ACCENT if name in BUILT_IN else svg.LINE
    return "".join(
        [
            svg.box(x, y, BOX, HEIGHT, stroke=edge),
            svg.text(x + 8, y + 17, svg.shortened_name(name, 20), font_size=11, font_weight="bold"),
            svg.text(x + 8, y + 34, facts, font_size=11, fill=svg.QUIET),
        ]
    )  # fmt: skip


def graph_alt(rules: tuple[ReadRule, ...], say: Words) -> str:
    """Which chain jumps where."""
    jumps: dict[str, dict[str, None]] = {}
    for rule in rules:
        if rule.target:
            jumps.setdefault(rule.chain, {})[rule.target] = None
    told = " ".join(
        say("rulebook.jump", chain=chain, targets=", ".join(list(goals)[:6]))
        for chain, goals in list(jumps.items())[:12]
    )
    chains = {(rule.table, rule.chain) for rule in rules}
    return say("rulebook.alt", n=len(rules), chains=len(chains), jumps=told)
