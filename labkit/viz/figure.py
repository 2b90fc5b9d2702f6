"""Static figures of matplotlib as SVG with alt text: the growth of rules, and a learner's own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from labkit.model.growth import Growth
from labkit.viz.palette import LINE, ink
from labkit.viz.picture import Picture
from labkit.viz.svg import escaped
from labkit.viz.tables import plain_table
from labkit.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Text stays text (smaller, searchable); salt and date make the file repeatable.
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "labkit",
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def growth_picture(growth: Growth, lang: str = "es") -> Picture:
    """Rules asked on the way to the Service in the middle, both axes logarithmic."""
    import matplotlib
    from matplotlib.figure import Figure

    say = Words("es" if lang == "es" else "en")
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 4.4), layout="constrained")
        axes = figure.subplots()
        for number, (mode, points) in enumerate(growth.modes.items()):
            colour, _, marker = ink(number)
            xs = [point.services for point in points]
            ys = [point.middle.rules for point in points]
            axes.plot(xs, ys, color=colour, linewidth=2, zorder=2)
            for x, y, point in zip(xs, ys, points, strict=True):
                face = "white" if point.recorded else colour
                axes.plot(
                    [x], [y], marker=marker, color=colour, markersize=8,
                    markerfacecolor=face, linestyle="none", zorder=3,
                )  # fmt: skip
            shift = (0, 9) if mode != "nftables" else (0, -14)
            axes.annotate(
                mode, (xs[-1], ys[-1]), xytext=shift, textcoords="offset points", ha="right",
                color=LINE, fontweight="bold",
            )  # fmt: skip
        _axes(axes, growth, say)
        svg = svg_of(figure, growth_alt(growth, say))
    return Picture(svg, growth_alt(growth, say), growth_text(growth, say))


def _axes(axes: Axes, growth: Growth, say: Words) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    sizes = growth.sizes
    axes.set_xticks(sizes, [grouped(size, say) for size in sizes])
    axes.set_xticks([], minor=True)
    tops = [point.middle.rules for points in growth.modes.values() for point in points]
    ticks = [tick for tick in (1, 10, 100, 1000, 10_000, 100_000) if tick <= 10 * max(tops)]
    axes.set_yticks(ticks, [grouped(tick, say) for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.set_ylim(5, 3 * max(tops))
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(say("modes.growth.x"))
    axes.set_ylabel(say("modes.growth.y"))
    axes.set_title(say("modes.growth.title"), loc="left")


def growth_alt(growth: Growth, say: Words) -> str:
    """From where to where each mode goes."""
    parts = [
        say(
            "modes.growth.part",
            mode=mode,
            first=points[0].middle.rules,
            last=points[-1].middle.rules,
        )
        for mode, points in growth.modes.items()
    ]
    sizes = growth.sizes
    return say("modes.growth.alt", low=sizes[0], high=sizes[-1], parts="; ".join(parts))


def growth_text(growth: Growth, say: Words) -> str:
    """A row for each number of Services; the last Service only where it costs more."""
    heads, rows = [say("modes.services")], [[grouped(size, say)] for size in growth.sizes]
    for mode, points in growth.modes.items():
        kinds = ["middle"]
        kinds += ["last"] if any(point.last != point.middle for point in points) else []
        heads += [say(f"modes.head.{kind}", mode=mode) for kind in kinds]
        for size, row in zip(growth.sizes, rows, strict=True):
            point = growth.at(mode, size)
            costs = [getattr(point, kind).rules if point else None for kind in kinds]
            row += ["-" if cost is None else grouped(cost, say) for cost in costs]
    return f"{plain_table(heads, rows)}\n{say('modes.growth.recorded')}"


def grouped(number: int, say: Words) -> str:
    """``30,000`` in English; in Spanish, where a comma begins the decimals, from five digits on
    with a space that does not break."""
    if say.language == "en":
        return f"{number:,}"
    return f"{number:,}".replace(",", "\u00a0" if number >= 10_000 else "")


def figure_picture(figure: Figure, lang: str = "es", alt: str = "") -> Picture:
    """Any figure of matplotlib as SVG; the alt text is the one given, or read from its axes."""
    import matplotlib

    say = Words("es" if lang == "es" else "en")
    told = alt or figure_alt(figure, say)
    with matplotlib.rc_context({key: STYLE[key] for key in ("svg.fonttype", "svg.hashsalt")}):
        return Picture(svg_of(figure, told), told, "" if alt else figure_alt(figure, say))


def figure_alt(figure: Figure, say: Words) -> str:
    """Title, axes with their ranges, lines and bars with their numbers."""
    title = figure.get_suptitle()
    parts = " ".join(_axes_alt(axes, say) for axes in figure.axes)
    return say("modes.figure", title=f": {title}" if title else "", parts=parts).strip()


def _axes_alt(axes: Axes, say: Words) -> str:
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    things = [_line_alt(line, say) for line in axes.get_lines()]
    for bars in axes.containers:
        values = [patch.get_height() for patch in bars.patches] if hasattr(bars, "patches") else []
        if values:
            told = ", ".join(f"{value:g}" for value in values[:20])
            things.append(say("modes.figure.bars", n=len(values), values=told))
    title = axes.get_title() or axes.get_title(loc="left")
    return say(
        "modes.figure.axes",
        title=f"{title}. " if title else "",
        x=axes.get_xlabel() or "x",
        y=axes.get_ylabel() or "y",
        x0=f"{x0:g}",
        x1=f"{x1:g}",
        y0=f"{y0:g}",
        y1=f"{y1:g}",
        things=" ".join(things),
    ).strip()


def _line_alt(line: Any, say: Words) -> str:
    values = [float(value) for value in line.get_ydata()]
    if not values:
        return ""
    name = str(line.get_label())
    return say(
        "modes.figure.line",
        name=say("modes.figure.unnamed") if name.startswith("_") else name,
        n=len(values),
        first=f"{values[0]:g}",
        last=f"{values[-1]:g}",
        low=f"{min(values):g}",
        high=f"{max(values):g}",
    )


def svg_of(figure: Figure, alt: str) -> str:
    """The figure as SVG with its alt text inside, for viewers that show an SVG by itself."""
    out = io.StringIO()
    figure.savefig(
        out, format="svg", facecolor="white", metadata={"Date": None, "Creator": "labkit"}
    )
    _, mark, rest = out.getvalue().partition("<svg ")
    opening, _, body = rest.partition(">")
    return f'{mark}role="img" {opening}><title>{escaped(alt)}</title>{body}'
