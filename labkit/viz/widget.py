"""What every widget shares: its script and style, its still, and a repr that does not change."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from labkit.viz.picture import Picture

ASSETS = Path(__file__).parent / "assets"


@lru_cache(maxsize=64)
def script(name: str) -> str:
    """The module of one widget: what all share, then ``assets/NAME.js``.  Nothing is fetched."""
    return _asset("common.js") + _asset(f"{name}.js")


@lru_cache(maxsize=64)
def style(name: str = "") -> str:
    """The style that all share, then ``assets/NAME.css`` where a widget has one."""
    return _asset("common.css") + (_asset(f"{name}.css") if name else "")


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


class Live(anywidget.AnyWidget):
    """A picture to work with.  ``picture()`` is its still, made from the same data.

    Where widgets are dead (GitHub, papermill, a notebook that was not run) the still, its alt
    text and its table are shown instead.
    """

    _css = style()
    title = traitlets.Unicode("").tag(sync=True)
    words: traitlets.Dict[Any, Any] = traitlets.Dict().tag(sync=True)

    def picture(self) -> Picture:
        """The still of what is shown now, with alt text and table."""
        raise NotImplementedError

    @property
    def alt(self) -> str:
        """What the picture shows, in a sentence or two."""
        return self.picture().alt

    @property
    def text(self) -> str:
        """The same to read."""
        return self.picture().text

    @property
    def svg(self) -> str:
        """The still's drawing."""
        return self.picture().svg

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.title}>"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live widget, and beside it the still for places without widgets."""
        made = super()._repr_mimebundle_(**options)
        if made is None:
            return None
        data, metadata = made
        return {**data, **self.picture()._repr_mimebundle_()}, metadata
