"""The balance: counts per Pod beside the band of chance and the exact mean, and the order.

Drawn with matplotlib into SVG; numbers and alt text come from the same ``Balance``.
"""

from __future__ import annotations

import html
import io
from typing import TYPE_CHECKING, Any

from labkit.model.balance import Balance
from labkit.viz.labels import label
from labkit.viz.palette import BAND, LINE, ink
from labkit.viz.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ORDER_SHOWN = 60


def balance_picture(balance: Balance, lang: str = "es") -> Picture:
    """Bars per Pod over the expected band, a diamond at the exact mean, and who came after whom."""
    return Picture(_draw(balance, lang), balance_alt(balance, lang), balance_text(balance, lang))


def balance_alt(balance: Balance, lang: str) -> str:
    """One paragraph that says what the picture shows."""
    outside = [name for name in balance.labels if not balance.inside(name)]
    inside = (
        label("some_outside", lang, labels=", ".join(outside))
        if outside
        else label("all_inside", lang)
    )
    parts = "; ".join(_part(balance, name, lang) for name in balance.labels)
    return label(
        "alt",
        lang,
        n=len(balance.answers),
        k=len(balance.labels),
        parts=parts,
        inside=inside,
        switches=balance.switches,
    )


def _part(balance: Balance, name: str, lang: str) -> str:
    low, high = balance.band.get(name, (0, len(balance.answers)))
    mean = f"{balance.expected(name):.1f}"
    count = balance.counts[name]
    return label("part", lang, label=name, count=count, mean=mean, low=low, high=high)


def balance_text(balance: Balance, lang: str) -> str:
    """The same as a table."""
    head = [label(key, lang) for key in ("pod", "node", "count", "mean", "band_short", "share")]
    rows = [head]
    for name in balance.labels:
        low, high = balance.band.get(name, (0, len(balance.answers)))
        share = float(balance.odds.get(name, 0))
        mean = f"{balance.expected(name):.1f}"
        node = balance.nodes.get(name, "")
        rows.append([name, node, str(balance.counts[name]), mean, f"{low}-{high}", f"{share:.6f}"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _draw(balance: Balance, lang: str) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    names = balance.labels
    shown = min(ORDER_SHOWN, len(balance.answers))
    height = 1.9 + 0.45 * len(names) + 0.28 * len(names)
    # Text stays text (smaller, searchable); the salt and the date make the file repeatable.
    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "labkit",
        "font.family": "sans-serif",
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(8.4, height), layout="constrained")
        bars, order = figure.subplots(
            2, 1, height_ratios=[1.0 + 0.45 * len(names), 0.5 + 0.28 * len(names)]
        )
        _bars(bars, balance, lang)
        _order(order, balance, shown, lang)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": "labkit"})
    return _with_title(out.getvalue(), balance_alt(balance, lang))


def _bars(axes: Axes, balance: Balance, lang: str) -> None:
    from matplotlib.ticker import MaxNLocator

    names = balance.labels
    for row, name in enumerate(names):
        low, high = balance.band.get(name, (0, len(balance.answers)))
        first = row == 0
        axes.barh(
            row,
            high - low,
            left=low,
            height=0.9,
            color=BAND,
            alpha=0.55,
            label=label("band", lang) if first else None,
        )
        colour, hatch, _ = ink(row)
        axes.barh(
            row,
            balance.counts[name],
            height=0.5,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0.5,
        )
        axes.plot(
            [balance.expected(name)],
            [row],
            marker="D",
            color=LINE,
            markersize=7,
            linestyle="none",
            label=label("exact", lang) if first else None,
        )
        axes.annotate(
            str(balance.counts[name]),
            (0, row),
            xytext=(7, 0),
            va="center",
            textcoords="offset points",
            fontweight="bold",
            bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"},
        )
    axes.set_yticks(range(len(names)), [_row_name(balance, name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(label("answers", lang))
    axes.set_title(label("title", lang, n=len(balance.answers), k=len(names)), loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.12), ncols=2, frameon=False, fontsize="small"
    )


def _row_name(balance: Balance, name: str) -> str:
    node = balance.nodes.get(name, "")
    return f"{name}\n{node}" if node else name


def _order(axes: Axes, balance: Balance, shown: int, lang: str) -> None:
    from matplotlib.ticker import MaxNLocator

    names = balance.labels
    for row, name in enumerate(names):
        places = [at for at, who in enumerate(balance.answers[:shown], start=1) if who == name]
        colour, _, marker = ink(row)
        axes.plot(
            places, [row] * len(places), linestyle="none", marker=marker, color=colour, markersize=6
        )
    axes.set_yticks(range(len(names)), [name.rsplit("-", 1)[-1] for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, shown + 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(label("order", lang, n=shown), loc="left", fontsize="medium")
    axes.spines[["top", "right"]].set_visible(False)


def _with_title(svg: str, alt: str) -> str:
    """The alt text inside the drawing too, for viewers that show an SVG by itself."""
    head, mark, rest = svg.partition("<svg ")
    opening, close, body = rest.partition(">")
    titled = f'{mark}role="img" {opening}{close}<title>{html.escape(alt)}</title>{body}'
    return head[head.find("<svg") :] + titled if "<svg" in head else titled
