"""Timelines: what was recorded or turned by hand is drawn, stepped through, and told."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from labkit.errors import UsageError
from labkit.lab.emulatedtime import affinity, keepalive
from labkit.lab.timeline import Look, line_of
from labkit.viz.show import show
from labkit.words import Words

SVG = "{http://www.w3.org/2000/svg}"
EN = Words("en")


def test_affinity_holds_within_its_time_and_is_drawn_anew_after_it() -> None:
    """xt_recent's --seconds 100: at 90 and 180 the Pod stays, since each connection starts the
    time anew; over many clients those that come after it is over do not all stay."""
    moved = 0
    for seed in range(12):
        line = affinity([0, 90, 180, 400], 100, 4, seed, EN)
        pods = [span.label for span in line.lanes[0].spans]
        assert pods[0] == pods[1] == pods[2]
        moved += pods[3] != pods[0]
        assert "the time is over" in line.events[3].text
        assert "stays with" in line.events[1].text
    assert moved > 0  # all twelve the same: 1 in 4**12


def test_a_connection_stays_while_new_ones_go_elsewhere() -> None:
    """conntrack keeps a known connection with its Pod after the rules no longer lead there."""
    line = keepalive(20, 5, 3, 1, EN)
    kept, fresh, rules = line.lanes
    assert len({span.label for span in kept.spans}) == 1
    pod = kept.spans[0].label
    assert kept.spans[-1].end == 20
    assert all(span.label != pod for span in fresh.spans if span.start >= 5)
    assert [span.label for span in rules.spans] == ["3", "2"]


def test_looks_become_lanes_and_news() -> None:
    """A Pod that comes, fails readiness and goes: its states, the slice's and the rules' counts."""
    looks = [
        Look(0.0, {"a": "ready"}, 1, {"n": 1}),
        Look(1.0, {"a": "ready", "b": "pending"}, 1, {"n": 1}),
        Look(2.0, {"a": "ready", "b": "ready"}, 2, {"n": 1}),
        Look(3.0, {"a": "ready", "b": "not-ready"}, 1, {"n": 2}),
        Look(4.0, {"a": "ready"}, 1, {"n": 1}),
    ]
    line = line_of(looks, "default/web", EN)
    lanes = {lane.name: lane for lane in line.lanes}
    states = [(span.state, span.start, span.end) for span in lanes["b"].spans]
    assert states == [("pending", 1, 2), ("ready", 2, 3), ("not-ready", 3, 4)]
    assert [span.label for span in lanes["EndpointSlice: ready"].spans] == ["1", "2", "1"]
    told = [event.text for event in line.events]
    assert "the Pod b appears (pending)." in told
    assert "the Pod b is gone." in told
    assert "endpoints in the rules of n: 2." in told


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_picture_tells_every_event(lang: str) -> None:
    """Alt text and table have the events; a step gives each lane's state; the still parses."""
    view = show(keepalive(8, 3, 2, 2, Words(lang)), lang)  # type: ignore[arg-type]
    view.step = 1
    assert view.frames[1]["at"] == "3.0"
    assert len(view.frames[1]["lanes"]) == 3
    picture = view.picture()
    assert all(frame["text"] in picture.text for frame in view.frames)
    assert ElementTree.fromstring(picture.svg).find(f"{SVG}title") is not None
    view.step = 99
    assert view.step == 2


def test_nonsense_is_refused() -> None:
    """No connection, a moment before the start, a Service that nobody is left in."""
    for wrong in ([], [-1]):
        with pytest.raises(UsageError):
            affinity(wrong, 100, 2, 1, EN)
    with pytest.raises(UsageError):
        keepalive(10, 5, 1, 1, EN)
    with pytest.raises(UsageError):
        keepalive(10, 10, 2, 1, EN)
