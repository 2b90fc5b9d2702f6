"""A finished picture: SVG, its alt text, and the same content to read."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass

CARD = "max-width:100%;box-sizing:border-box;padding:8px;background:#fff;border-radius:6px"
"""A white card: drawings have a white ground, and a page may be dark."""
PRE = "font-size:12.5px;white-space:pre-wrap;word-break:normal;overflow-wrap:normal"


@dataclass(frozen=True, slots=True)
class Picture:
    """What ``show`` gives back, drawn by Jupyter by itself.

    ``svg`` is the drawing, ``alt`` one sentence that says what it shows (computed from the same
    data), ``text`` the numbers for those who would rather read.  Jupyter gives an SVG or a PNG
    no alternative text, so the HTML form carries the drawing as an image with one.
    """

    svg: str
    alt: str
    text: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {
            "text/html": self.html(),
            "image/svg+xml": self.svg,
            "text/plain": f"{self.alt}\n\n{self.text}".rstrip(),
        }

    def html(self) -> str:
        """The drawing as an image with alt text, the numbers below it."""
        data = base64.b64encode(self.svg.encode("utf-8")).decode("ascii")
        return (
            f'<figure style="margin:0"><img src="data:image/svg+xml;base64,{data}" '
            f'alt="{html.escape(self.alt, quote=True)}" style="{CARD}">'
            f'<figcaption><pre style="{PRE}">{html.escape(self.text)}</pre></figcaption></figure>'
        )

    def __repr__(self) -> str:
        return f"<Picture: {self.alt}>"
