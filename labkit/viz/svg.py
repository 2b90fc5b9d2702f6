"""SVG written by hand, in the colours of the page it stands on.

Drawings name their colours by role (``INK``, ``PAPER`` ...), which are CSS variables: in
JupyterLab they follow the theme.  :func:`still` puts in fixed colours on white, for places that
know no theme (GitHub, a mail, a slide).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

INK, QUIET = "var(--lk-ink)", "var(--lk-quiet)"
PAPER, PANEL = "var(--lk-paper)", "var(--lk-panel)"
LINE, ACCENT = "var(--lk-line)", "var(--lk-accent)"
GOOD, BAD, WARM = "var(--lk-good)", "var(--lk-bad)", "var(--lk-warm)"

LIGHT = {
    "ink": "#1F2328",
    "quiet": "#57606A",
    "paper": "#FFFFFF",
    "panel": "#F3F5F8",
    "line": "#8C959F",
    "accent": "#0063A6",
    "good": "#00694B",
    "bad": "#A63F00",
    "warm": "#FFF3D6",
}
"""The roles on white; texts keep 4.5 to 1 against ``paper`` and ``panel``.  ``accent``, ``good``
and ``bad`` are Okabe and Ito's blue, green and vermilion, darkened until text in them is legible.
The theme's own values are in ``assets/common.css``."""

FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"
MONO = "ui-monospace, 'DejaVu Sans Mono', Consolas, monospace"
_ROLE = re.compile(r"var\(--lk-(\w+)\)")


def escaped(text: object) -> str:
    """Text that may stand in SVG, quotes included."""
    return html.escape(str(text), quote=True)


def tag(name: str, *inside: str, **attributes: object) -> str:
    """An element: ``stroke_width`` becomes ``stroke-width``; a ``None`` is left out; ``klass`` is
    the class.  ``inside`` is SVG already (see :func:`escaped`)."""
    words = [
        f' {("class" if key == "klass" else key.replace("_", "-"))}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    ]
    body = "".join(inside)
    return f"<{name}{''.join(words)}>{body}</{name}>" if body else f"<{name}{''.join(words)}/>"


def _value(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else escaped(value)


def text(x: float, y: float, words: object, **attributes: object) -> str:
    """One line of text, in ink unless told otherwise."""
    return tag("text", escaped(words), x=x, y=y, **{"fill": INK, **attributes})


def box(x: float, y: float, width: float, height: float, **attributes: object) -> str:
    """A rounded panel."""
    given = {"rx": 6, "fill": PANEL, "stroke": LINE, **attributes}
    return tag("rect", x=x, y=y, width=width, height=height, **given)


def arrow(points: Iterable[tuple[float, float]], **attributes: object) -> str:
    """A line through the points with a head at its end."""
    places = list(points)
    (x0, y0), (x1, y1) = places[-2], places[-1]
    size = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-6)
    dx, dy = (x1 - x0) / size, (y1 - y0) / size
    wings = [
        (x1 - 8 * dx + 4 * dy, y1 - 8 * dy - 4 * dx),
        (x1 - 8 * dx - 4 * dy, y1 - 8 * dy + 4 * dx),
    ]
    colour = attributes.pop("stroke", INK)
    way = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    head = f"M{x1:.1f} {y1:.1f}L" + "L".join(f"{x:.1f} {y:.1f}" for x, y in wings) + "Z"
    line = tag("path", d=way, fill="none", stroke=colour, **attributes)
    return line + tag("path", d=head, fill=colour)


def document(width: float, height: float, *inside: str, alt: str) -> str:
    """The whole drawing with its alt text as title."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'width="{width:g}" style="max-width:100%;height:auto" font-family="{escaped(FONT)}" '
        f'font-size="13"><title>{escaped(alt)}</title>{"".join(inside)}</svg>'
    )


def still(svg: str) -> str:
    """The drawing in fixed colours on a white ground."""
    opening, title, rest = svg.partition("</title>")
    ground = '<rect width="100%" height="100%" fill="#FFFFFF"/>'
    return _ROLE.sub(lambda role: LIGHT[role[1]], f"{opening}{title}{ground}{rest}")


def shortened(words: str, most: int) -> str:
    """At most so many letters; an ellipsis tells that there are more."""
    return words if len(words) <= most else words[: most - 1] + "…"


def shortened_name(name: str, most: int) -> str:
    """The same with the ellipsis inside: names of Pods and chains differ at their end."""
    return name if len(name) <= most else f"{name[: most - 7]}…{name[-6:]}"
