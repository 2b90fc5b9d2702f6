"""A panel's buttons act, say what they did, and show the new state."""

from __future__ import annotations

from labkit.errors import LabError
from labkit.model.panel import Action, Panel
from labkit.viz.show import show


def fail() -> str:
    """An action that the lab refuses."""
    raise LabError("No Pod is left.", "Press mend.")


def test_a_press_acts_and_shows_the_new_state() -> None:
    """What the browser sends carries out the action; state and sentence follow."""
    things: list[str] = []
    actions = (Action("Add", lambda: things.append("x") or "Added one."), Action("Break", fail))
    widget = show(Panel("Things", actions, lambda: f"{len(things)} things"), "en")
    assert (widget.state, widget.labels) == ("0 things", ["Add", "Break"])
    widget.set_state({"pressed": [1, 0]})
    assert (widget.state, widget.said, widget.busy) == ("1 things", "Added one.", False)
    widget.set_state({"pressed": [2, 1]})
    assert (widget.state, widget.busy) == ("1 things", False)
    assert "No Pod is left." in widget.said
    data, _ = widget._repr_mimebundle_()
    assert data["text/plain"] == "Things\n[Add]  [Break]\n\n1 things"


def test_a_cluster_that_was_cleared_up_leaves_the_last_state() -> None:
    """With nothing left to look at, what was seen last stays, and the panel says so."""
    state = ["3 Pods"]

    def view() -> str:
        if not state:
            raise LabError("The Service is gone.", "Run the lesson again.")
        return state[0]

    widget = show(Panel("Pods", (Action("Delete", lambda: state.clear() or "Done."),), view), "en")
    widget.press(0)
    assert widget.state == "3 Pods"
    assert widget.said.startswith("The Service is gone.")
    assert widget.said.endswith("Below is what was seen last.")
    assert not widget.busy
