"""A widget of buttons that act on the lab: press, read what was done, see the new state."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from labkit.errors import LabkitError
from labkit.model.panel import Panel
from labkit.viz.labels import label
from labkit.viz.widget import script, style


class PanelWidget(anywidget.AnyWidget):
    """A button for each action of ``panel``; ``press(i)`` does the same from Python.

    Traits ``said`` (a sentence on the last press) and ``state`` (the text of ``panel.view``)
    hold what is shown.  Where widgets are dead the first state stands as text.
    """

    _esm = script("panel")
    _css = style()
    title = traitlets.Unicode("").tag(sync=True)
    labels: traitlets.List[Any] = traitlets.List().tag(sync=True)
    words: traitlets.Dict[Any, Any] = traitlets.Dict().tag(sync=True)
    pressed: traitlets.List[Any] = traitlets.List([0, 0]).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    state = traitlets.Unicode("").tag(sync=True)

    def __init__(self, panel: Panel, lang: str = "es") -> None:
        self._panel, self._lang = panel, lang
        super().__init__(
            title=panel.title,
            labels=[action.label for action in panel.actions],
            words={"busy": label("panel.busy", lang), "state": label("panel.state", lang)},
            said=label("panel.start", lang),
            state=panel.view(),
        )
        self.observe(self._on_press, names=["pressed"])

    def _on_press(self, change: Any) -> None:
        self.press(change["new"][1])

    def press(self, number: int) -> None:
        """Carry out the action with that number; an error of the lab is said, not raised, and then
        the state that was seen last stays (a lesson clears up at its end)."""
        self.busy = True
        try:
            self.said = self._panel.actions[number].run()
            self.state = self._panel.view()
        except LabkitError as error:
            self.said = f"{error} {label('panel.kept', self._lang)}"
        finally:
            self.busy = False

    def __repr__(self) -> str:
        return f"<Panel: {self.title}>"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live widget; beside it the names of the buttons and the state as text."""
        made = super()._repr_mimebundle_(**options)
        if made is None:
            return None
        data, metadata = made
        buttons = "  ".join(f"[{name}]" for name in self.labels)
        return {**data, "text/plain": f"{self.title}\n{buttons}\n\n{self.state}"}, metadata
