"""iptables, nftables and IPVS side by side: shares, order, and what a connection costs."""

from __future__ import annotations

from labkit.dataplane.beside import Row, SideBySide
from labkit.viz import svg
from labkit.viz.bars import sign
from labkit.viz.palette import ink
from labkit.viz.picture import Picture
from labkit.words import Words

WIDTH = 800
LEFT = 190
BAR = 260


def modes_picture(beside: SideBySide, lang: str = "es") -> Picture:
    """A panel for each mode; the same letter and sign for the same destination in all."""
    say = Words("es" if lang == "es" else "en")
    alt = modes_alt(beside, say)
    title = say("modes.title", packet=beside.packet)
    parts = [svg.text(2, 18, title, font_weight="bold", font_size=14)]
    goals = letters_of(beside)
    y = 34.0
    for row in beside.rows:
        height = 74 + 22 * max(len(row.shares), 1)
        parts += panel(row, y, height, goals, say)
        y += height + 12
    drawn = svg.document(WIDTH, y, *parts, alt=alt)
    return Picture(svg.still(drawn), alt, beside.text(say.language))


def letters_of(beside: SideBySide) -> dict[str, int]:
    """Destination -> its place, the same in all modes."""
    goals: dict[str, int] = {}
    for row in beside.rows:
        for goal in (*sorted(row.shares), *row.turns):
            goals.setdefault(goal, len(goals))
    return goals


def choice(row: Row, say: Words) -> str:
    """How the mode chooses."""
    if not row.shares:
        return say("modes.none")
    if len(row.shares) == 1:
        return say("modes.certain")
    if row.scheduler:
        kind = "in_turn" if row.scheduler in ("rr", "wrr") else "by_scheduler"
        return say(f"modes.{kind}", scheduler=row.scheduler)
    return say("modes.by_chance")


def panel(row: Row, y: float, height: float, goals: dict[str, int], say: Words) -> list[str]:
    """One mode: head, bars of the shares, connections in a row."""
    cost = say("modes.cost", rules=row.cost.rules, lookups=row.cost.lookups)
    parts = [
        svg.box(2, y, WIDTH - 4, height),
        svg.text(16, y + 24, row.mode, font_weight="bold", font_size=15),
        svg.text(120, y + 24, choice(row, say)),
        svg.text(WIDTH - 18, y + 24, cost, text_anchor="end", font_size=12, fill=svg.QUIET),
    ]
    at = y + 36
    for goal, share in sorted(row.shares.items()):
        place, length = goals[goal], max(float(share) * BAR, 1.0)
        parts += [
            sign(24, at + 10, place),
            svg.text(34, at + 14, f"{letter(place)} {goal}", font_size=12),
            svg.tag(
                "rect", x=LEFT, y=at + 2, width=BAR, height=14, fill=svg.PAPER, stroke=svg.LINE
            ),
            svg.tag("rect", x=LEFT, y=at + 2, width=length, height=14, fill=ink(place).colour),
            svg.text(LEFT + BAR + 10, at + 14, f"{float(share):.2%}", font_size=12),
        ]
        at += 22
    at = y + height - 32
    words = say("modes.row", n=len(row.turns))
    parts.append(svg.text(16, at + 8, words, font_size=12, fill=svg.QUIET))
    step = min((WIDTH - LEFT - 30) / max(len(row.turns), 1), 26)
    for number, goal in enumerate(row.turns):
        x, place = LEFT + 8 + number * step, goals[goal]
        parts.append(sign(x, at, place))
        parts.append(svg.text(x, at + 20, letter(place), text_anchor="middle", font_size=11))
    return parts


def letter(place: int) -> str:
    """A, B, C ..."""
    return chr(ord("A") + place) if place < 26 else "?"


def modes_alt(beside: SideBySide, say: Words) -> str:
    """Mode by mode: how it chooses, what it costs, shares and order."""
    goals = letters_of(beside)
    parts = [
        say(
            "modes.part",
            mode=row.mode,
            choice=choice(row, say),
            rules=row.cost.rules,
            lookups=row.cost.lookups,
            shares=", ".join(f"{goal} {float(one):.2%}" for goal, one in row.shares.items()) or "-",
            turns=" ".join(letter(goals[goal]) for goal in row.turns) or "-",
        )
        for row in beside.rows
    ]
    return say("modes.alt", packet=beside.packet, parts=" ".join(parts))
