"""The balance as SVG: bars over the band of chance, who came after whom, and how often it changed.

One drawing for every place: the still, the widget that moves, and the bars that grow while
requests run.
"""

from __future__ import annotations

from labkit.model import chance
from labkit.model.balance import Balance
from labkit.viz import svg
from labkit.viz.labels import label
from labkit.viz.palette import ink

WIDTH = 780
LEFT = 224
RIGHT = 54
ROW = 40
ORDER_ROW = 20
SHOWN = 60
FEW = 20
EVEN = 1e-6


def bars_svg(balance: Balance, lang: str, *, alt: str, still: bool = False) -> str:
    """Bars over their grey band with a diamond at the exact mean, then the order, then the
    switches.  ``still`` puts in fixed colours on white."""
    count = len(balance.labels)
    title = label("title", lang, n=len(balance.answers), k=pods_of(balance))
    parts = [hatches(count), svg.text(2, 18, title, font_weight="bold", font_size=14)]
    y = 40.0
    parts.append(legend(y, lang, "band" if balance.claim is None else "band.even"))
    y += 18
    parts += bars(balance, y, lang)
    y += ROW * count + 50
    parts += order(balance, y, lang)
    y += 16 + ORDER_ROW * count + 26
    if gauge_fits(balance):
        parts += gauge(balance, y, lang)
        y += 72
    drawn = svg.document(WIDTH, y, *parts, alt=alt)
    return svg.still(drawn) if still else drawn


def pods_of(balance: Balance) -> int:
    """How many of the labels are Pods: all, or those with a node where nodes are known."""
    return len(balance.nodes) or len(balance.labels)


# ---- bars ----------------------------------------------------------------------------


def hatches(count: int) -> str:
    """One fill per label: its colour, and lines of another slope as a second sign."""
    fills = []
    for row in range(count):
        colour = ink(row).colour
        turn = (0, 45, 90, 135, 20, 110)[row % 6]
        lines = (
            ""
            if row % 6 == 0
            else '<path d="M0 4H8" stroke="#FFFFFF" stroke-opacity=".65" stroke-width="2"/>'
        )
        fills.append(
            f'<pattern id="labkit-ink-{row}" width="8" height="8" '
            f'patternUnits="userSpaceOnUse" patternTransform="rotate({turn})">'
            f'<rect width="8" height="8" fill="{colour}"/>{lines}</pattern>'
        )
    return f"<defs>{''.join(fills)}</defs>"


def legend(y: float, lang: str, band: str) -> str:
    """What grey and diamond mean; ``band`` names the words for the grey."""
    return (
        svg.tag("rect", x=2, y=y - 9, width=22, height=12, fill=svg.LINE, fill_opacity=".35")
        + svg.text(30, y + 2, label(band, lang), font_size=12, fill=svg.QUIET)
        + diamond(392, y - 3)
        + svg.text(404, y + 2, label("exact", lang), font_size=12, fill=svg.QUIET)
    )


def diamond(x: float, y: float) -> str:
    """The sign of the exact mean."""
    return svg.tag(
        "path", d=f"M{x:.1f} {y - 7:.1f}l6 7l-6 7l-6 -7z", fill=svg.INK, stroke=svg.PAPER
    )


def bars(balance: Balance, top: float, lang: str) -> list[str]:
    """A bar for each label, and the axis below."""
    names = balance.labels
    most = max(top_of(balance), 1.0)
    scale = (WIDTH - LEFT - RIGHT) / most
    parts = [bar(balance, name, row, top, scale) for row, name in enumerate(names)]
    return [*parts, axis(most, scale, top + ROW * len(names), label("answers", lang))]


def top_of(balance: Balance) -> float:
    """Where the axis ends."""
    highs = [balance.band.get(name, (0, 0))[1] for name in balance.labels]
    return float(max([*highs, *balance.counts.values()], default=1)) * 1.03


def bar(balance: Balance, name: str, row: int, top: float, scale: float) -> str:
    """Name and node, the band, the bar, the mean, the count."""
    y = top + ROW * row
    low, high = balance.band.get(name, (0, 0))
    count, middle = balance.counts[name], y + ROW / 2
    node = balance.nodes.get(name, "")
    outside = "" if balance.inside(name) else " ✕"
    return "".join(
        [
            svg.text(
                LEFT - 10,
                middle - 1 if node else middle + 4,
                svg.shortened_name(name, 30),
                text_anchor="end",
                font_size=12,
            ),
            svg.text(LEFT - 10, middle + 13, node, text_anchor="end", font_size=11, fill=svg.QUIET)
            if node
            else "",
            svg.tag(
                "rect",
                x=LEFT + low * scale,
                y=y + 3,
                width=(high - low) * scale,
                height=ROW - 6,
                fill=svg.LINE,
                fill_opacity=".35",
            ),
            svg.tag(
                "rect",
                x=LEFT,
                y=y + 10,
                width=count * scale,
                height=ROW - 20,
                fill=f"url(#labkit-ink-{row})",
            ),
            diamond(LEFT + balance.expected(name) * scale, middle),
            svg.text(
                LEFT + max(count, high) * scale + 8,
                middle + 4,
                f"{count}{outside}",
                font_weight="bold",
                fill=svg.BAD if outside else svg.INK,
            ),
        ]
    )


def axis(most: float, scale: float, y: float, words: str) -> str:
    """A line with round numbers."""
    step, at = nice(most / 5), 0.0
    marks = []
    while at <= most:
        x = LEFT + at * scale
        marks.append(svg.tag("path", d=f"M{x:.1f} {y:.1f}v5", stroke=svg.INK))
        marks.append(svg.text(x, y + 18, f"{at:g}", text_anchor="middle", font_size=12))
        at += step
    end = LEFT + most * scale
    line = svg.tag("path", d=f"M{LEFT} {y:.1f}H{end:.1f}", stroke=svg.INK)
    middle = (LEFT + end) / 2
    return f"{line}{''.join(marks)}{svg.text(middle, y + 34, words, text_anchor='middle')}"


def nice(step: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 ..."""
    size = 1.0
    while True:
        for factor in (1, 2, 5):
            if size * factor >= step:
                return size * factor
        size *= 10


# ---- order ---------------------------------------------------------------------------


def order(balance: Balance, top: float, lang: str) -> list[str]:
    """One sign for each answer, from left to right; joined where the same Pod answered again."""
    shown = min(SHOWN, len(balance.answers))
    step = (WIDTH - LEFT - RIGHT) / (FEW if shown <= FEW else SHOWN)
    key = "order" if shown < len(balance.answers) else "order.all"
    parts = [svg.text(2, top + 4, label(key, lang, n=shown), fill=svg.QUIET, font_size=12)]
    rows = {name: row for row, name in enumerate(balance.labels)}
    base = top + 22
    for name, row in rows.items():
        y = base + ORDER_ROW * row
        short = svg.shortened_name(name, 30)
        parts.append(svg.text(LEFT - 10, y + 4, short, text_anchor="end", font_size=12))
        parts.append(
            svg.tag("path", d=f"M{LEFT} {y:.1f}H{WIDTH - RIGHT}", stroke=svg.LINE, stroke_width=0.5)
        )
    last = -1
    for at, name in enumerate(balance.answers[:shown]):
        row = rows[name]
        x, y = LEFT + 6 + at * step, base + ORDER_ROW * row
        if row == last:
            parts.append(
                svg.tag(
                    "path",
                    d=f"M{x - step:.1f} {y:.1f}H{x:.1f}",
                    stroke=ink(row).colour,
                    stroke_width=3,
                )
            )
        parts.append(sign(x, y, row))
        last = row
    return parts


def sign(x: float, y: float, row: int) -> str:
    """Circle, square, triangle, diamond, triangle down, cross: one for each of the inks."""
    ways = (
        "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        "m-4 -4h8v8h-8z",
        "m0 -5l5 9h-10z",
        "m0 -5l5 5l-5 5l-5 -5z",
        "m0 5l5 -9h-10z",
        "m-2 -5h4v3h3v4h-3v3h-4v-3h-3v-4h3z",
    )
    return svg.tag("path", d=f"M{x:.1f} {y:.1f}{ways[row % 6]}", fill=ink(row).colour)


# ---- switches ------------------------------------------------------------------------


def gauge_fits(balance: Balance) -> bool:
    """Whether the number of switches has a band: more than one Pod, even odds, two answers."""
    odds = [float(one) for one in balance.odds.values()]
    even = bool(odds) and max(odds) - min(odds) < EVEN
    return even and len(balance.labels) == len(odds) > 1 and len(balance.answers) > 1


def gauge(balance: Balance, top: float, lang: str) -> list[str]:
    """How often the Pod changed: seen, what chance leaves, and what taking turns would give."""
    n, pods = len(balance.answers), len(balance.labels)
    low, high = chance.switch_band(n, pods)
    mean = float(chance.expected_switches(n, pods))
    scale = (WIDTH - LEFT - RIGHT) / (n - 1)
    seen, y = balance.switches, top + 26
    words = label("switches", lang, seen=seen, most=n - 1)
    run = label("longest", lang, run=chance.longest_run(balance.answers))
    x, inside = LEFT + seen * scale, low <= seen <= high
    colour = svg.INK if inside else svg.BAD
    return [
        svg.text(2, top, f"{words} · {run}", fill=svg.QUIET, font_size=12),
        svg.text(LEFT - 10, y + 5, label("switches_short", lang), text_anchor="end", font_size=12),
        svg.tag(
            "rect",
            x=LEFT + low * scale,
            y=y - 9,
            width=(high - low) * scale,
            height=18,
            fill=svg.LINE,
            fill_opacity=".35",
        ),
        svg.tag("path", d=f"M{LEFT} {y:.1f}H{WIDTH - RIGHT}", stroke=svg.INK),
        svg.tag("path", d=f"M{WIDTH - RIGHT} {y - 9:.1f}v18", stroke=svg.INK, stroke_width=2),
        diamond(LEFT + mean * scale, y),
        svg.tag("path", d=f"M{x:.1f} {y - 3:.1f}l-6 -12h12z", fill=colour),
        svg.text(x, y + 24, seen, text_anchor="middle", font_weight="bold", fill=colour),
        svg.text(
            WIDTH - RIGHT + 6 if x < WIDTH - 190 else WIDTH - RIGHT - 12,
            y + 24,
            label("turns", lang, most=n - 1),
            text_anchor="end",
            font_size=12,
            fill=svg.QUIET,
        )
        if abs(x - (WIDTH - RIGHT)) > 150
        else "",
    ]
