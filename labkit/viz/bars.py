"""Bars as plain SVG, written without any library: for widgets, and as their still."""

from __future__ import annotations

import html

from labkit.model.balance import Balance
from labkit.viz.labels import label
from labkit.viz.palette import ink

WIDTH = 640
LEFT = 110
RIGHT = 60
ROW = 30
TOP = 12


def bars_svg(balance: Balance, lang: str, *, alt: str, still: bool = False) -> str:
    """One bar per label over its grey band, a diamond at the exact mean, the count at the end.

    Text and lines take the colour of the page (light or dark); ``still`` adds a white ground
    for places that know no theme.
    """
    names = balance.labels
    height = TOP + ROW * len(names) + 40
    top = max(_top(balance), 1)
    scale = (WIDTH - LEFT - RIGHT) / top
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'width="100%" style="max-width:{WIDTH}px" font-family="sans-serif" font-size="13" '
        f'fill="currentColor"><title>{html.escape(alt)}</title>',
        _hatches(len(names)),
    ]
    if still:
        parts.append(f'<rect width="{WIDTH}" height="{height}" fill="white"/>')
    parts += [_row(balance, name, row, scale) for row, name in enumerate(names)]
    parts.append(_axis(top, scale, TOP + ROW * len(names), lang))
    parts.append("</svg>")
    return "".join(parts)


def _top(balance: Balance) -> float:
    highs = [balance.band.get(name, (0, 0))[1] for name in balance.labels]
    return float(max([*highs, *balance.counts.values()], default=1)) * 1.03


def _hatches(count: int) -> str:
    """One fill per label: its colour, and lines of another slope as a second sign."""
    fills = []
    for row in range(count):
        colour = ink(row).colour
        turn = (0, 45, 90, 135, 20, 110)[row % 6]
        lines = (
            ""
            if row % 6 == 0
            else '<path d="M0 4H8" stroke="white" stroke-opacity=".65" stroke-width="2"/>'
        )
        fills.append(
            f'<pattern id="labkit-ink-{row}" width="8" height="8" '
            f'patternUnits="userSpaceOnUse" patternTransform="rotate({turn})">'
            f'<rect width="8" height="8" fill="{colour}"/>{lines}</pattern>'
        )
    return f"<defs>{''.join(fills)}</defs>"


def _row(balance: Balance, name: str, row: int, scale: float) -> str:
    y = TOP + ROW * row
    low, high = balance.band.get(name, (0, 0))
    count = balance.counts[name]
    mean_x = LEFT + balance.expected(name) * scale
    middle = y + ROW / 2
    count_x = LEFT + max(count, high) * scale + 8
    return (
        f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end">{html.escape(name)}</text>'
        f'<rect x="{LEFT + low * scale:.1f}" y="{y + 2}" width="{(high - low) * scale:.1f}" '
        f'height="{ROW - 4}" fill="#999999" fill-opacity=".35"/>'
        f'<rect x="{LEFT}" y="{y + 8}" width="{count * scale:.1f}" height="{ROW - 16}" '
        f'fill="url(#labkit-ink-{row})"/>'
        f'<path d="M{mean_x:.1f} {middle - 7}l6 7l-6 7l-6 -7z" stroke="white"/>'
        f'<text x="{count_x:.1f}" y="{middle + 4}" font-weight="bold">{count}</text>'
    )


def _axis(top: float, scale: float, y: float, lang: str) -> str:
    step = _nice(top / 5)
    marks = []
    at = 0.0
    while at <= top:
        x = LEFT + at * scale
        marks.append(f'<path d="M{x:.1f} {y}v5" stroke="currentColor"/>')
        marks.append(f'<text x="{x:.1f}" y="{y + 18}" text-anchor="middle">{at:g}</text>')
        at += step
    end = LEFT + top * scale
    words = label("answers", lang)
    return (
        f'<path d="M{LEFT} {y}H{end:.1f}" stroke="currentColor"/>{"".join(marks)}'
        f'<text x="{(LEFT + end) / 2:.1f}" y="{y + 34}" text-anchor="middle">{words}</text>'
    )


def _nice(step: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 ..."""
    size = 1.0
    while True:
        for factor in (1, 2, 5):
            if size * factor >= step:
                return size * factor
        size *= 10
