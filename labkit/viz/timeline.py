"""Timelines: lanes of spans, each state with a pattern and a word, and a cursor over the events."""

from __future__ import annotations

from typing import Any

import traitlets

from labkit.model.timeline import Lane, Span, Timeline
from labkit.viz import svg
from labkit.viz.bars import hatches, nice
from labkit.viz.palette import ink
from labkit.viz.picture import Picture
from labkit.viz.tables import plain_table
from labkit.viz.widget import Live, script
from labkit.words import Words

WIDTH, LEFT, RIGHT = 820, 250, 16
ROW, TOP = 34, 40
BUTTONS = ("back", "next", "play", "pause", "step")
FILLS: dict[str, tuple[str, str]] = {
    "ready": ("#009E73", "#009E73"),
    "not-ready": (svg.PAPER, "#D55E00"),
    "pending": (svg.PANEL, svg.LINE),
    "terminating": (svg.WARM, "#D55E00"),
    "count": (svg.PANEL, svg.ACCENT),
}
DASHES = {"not-ready": "6 3", "pending": "2 3", "terminating": "2 2"}


class TimelineView(Live):
    """A timeline with a cursor: trait ``step`` is the number of the event, from 0."""

    _esm = script("timeline")
    step = traitlets.Int(0).tag(sync=True)
    drawing = traitlets.Unicode("").tag(sync=True)
    frames: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, line: Timeline, lang: str = "es") -> None:
        self._line = line
        self._say = Words("es" if lang == "es" else "en")
        say = self._say
        words = {key: say(f"way.{key}") for key in (*BUTTONS, "keys")}
        words |= {key: say(f"timeline.{key}") for key in ("now", "lane", "state", "all")}
        super().__init__(
            title=line.title,
            words=words,
            drawing=svg.document(
                WIDTH, height_of(line), *parts_of(line, say), alt=timeline_alt(line, say)
            ),
            frames=[frame_of(line, number, say) for number in range(len(line.events))],
        )

    @traitlets.validate("step")
    def _within(self, proposal: dict[str, Any]) -> int:
        return max(0, min(int(proposal["value"]), max(len(self._line.events) - 1, 0)))

    def picture(self) -> Picture:
        """The whole timeline, and every event as a line."""
        line, say = self._line, self._say
        alt = timeline_alt(line, say)
        drawn = svg.document(WIDTH, height_of(line), *parts_of(line, say), alt=alt)
        rows = [[seconds(event.at), event.text] for event in line.events]
        text = plain_table([say("timeline.seconds"), say("timeline.all")], rows)
        return Picture(svg.still(drawn), alt, text)


def seconds(value: float) -> str:
    """``3.2``; without the tenth from a minute on."""
    return f"{value:.1f}" if value < 60 else f"{value:.0f}"


def frame_of(line: Timeline, number: int, say: Words) -> dict[str, Any]:
    """An event, where the cursor stands, and what each lane is then."""
    event = line.events[number]
    states = [[lane.name, state_of(lane, event.at, say)] for lane in line.lanes]
    return {
        "x": place(event.at, line),
        "at": seconds(event.at),
        "text": event.text,
        "lanes": states,
    }


def state_of(lane: Lane, at: float, say: Words) -> str:
    """The state in a word; of counts and Pods the label."""
    span = lane.at(at)
    if span is None:
        return say("timeline.gone")
    return span.label or say(f"timeline.state.{span.state}")


def timeline_alt(line: Timeline, say: Words) -> str:
    """The events in order (the first dozen)."""
    told = [say("timeline.event", at=seconds(one.at), text=one.text) for one in line.events[:12]]
    events = " ".join(told) or say("timeline.nothing")
    return say("timeline.alt", end=seconds(line.end), title=line.title, events=events)


# ---- drawing -------------------------------------------------------------------------


def place(at: float, line: Timeline) -> float:
    """Where a moment lies."""
    return LEFT + (WIDTH - LEFT - RIGHT) * at / max(line.end, 1e-9)


def height_of(line: Timeline) -> float:
    """Lanes, axis and legend."""
    return TOP + ROW * len(line.lanes) + 70


def parts_of(line: Timeline, say: Words) -> list[str]:
    """Lanes from the top, the axis below, then what the patterns mean."""
    numbers = [span.number for lane in line.lanes for span in lane.spans if span.state == "pod"]
    parts = [svg.text(2, 18, line.title, font_weight="bold", font_size=14)]
    parts.append(hatches(max(numbers, default=-1) + 1))
    for row, lane in enumerate(line.lanes):
        y = TOP + ROW * row
        parts.append(svg.text(2, y + 19, svg.shortened(lane.name, 36), font_size=12))
        parts += [span_box(span, y, line, say) for span in lane.spans]
        parts += [
            svg.tag("path", d=f"M{place(at, line):.1f} {y + 2}l5 8h-10z", fill=svg.INK)
            for at in lane.marks
        ]
    return [*parts, *axis(line, say), *legend(line, say)]


def span_box(span: Span, y: float, line: Timeline, say: Words) -> str:
    """A span with its word in it, where there is room."""
    x, end = place(span.start, line), place(span.end, line)
    words = span.label or say(f"timeline.state.{span.state}")
    if span.state == "pod":
        fill, edge = f"url(#labkit-ink-{span.number})", ink(span.number).colour
    else:
        fill, edge = FILLS[span.state]
    width = max(end - x, 1.5)
    box = svg.tag(
        "rect", x=x, y=y + 5, width=width, height=ROW - 12, fill=fill, stroke=edge,
        stroke_dasharray=DASHES.get(span.state),
    )  # fmt: skip
    room = int((width - 8) / 7)
    if span.state == "pod" and room < len(words):
        words = words.rpartition("-")[2]
    if room < min(len(words), 3) or room < 1:
        return box
    shown = svg.shortened(words, room)
    if span.state in ("pod", "ready"):  # a ground of its own: text over a colour reads badly
        ground = svg.tag(
            "rect",
            x=x + 3,
            y=y + 8,
            width=7.2 * len(shown) + 6,
            height=ROW - 18,
            fill=svg.PAPER,
            rx=3,
        )
        box += ground
    return box + svg.text(x + 6, y + 20, shown, font_size=11.5)


def axis(line: Timeline, say: Words) -> list[str]:
    """Seconds."""
    y = TOP + ROW * len(line.lanes) + 4
    step, at = nice(max(line.end, 1e-9) / 8), 0.0
    parts = [svg.tag("path", d=f"M{LEFT} {y}H{WIDTH - RIGHT}", stroke=svg.INK)]
    while at <= line.end:
        x = place(at, line)
        parts.append(svg.tag("path", d=f"M{x:.1f} {y}v5", stroke=svg.INK))
        parts.append(svg.text(x, y + 18, f"{at:g}", text_anchor="middle", font_size=11))
        at += step
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(svg.text(middle, y + 34, say("timeline.seconds"), text_anchor="middle"))
    return parts


def legend(line: Timeline, say: Words) -> list[str]:
    """The states that occur, with their patterns."""
    states = dict.fromkeys(span.state for lane in line.lanes for span in lane.spans)
    y, x = TOP + ROW * len(line.lanes) + 48, 2.0
    parts = []
    for state in states:
        if state not in FILLS or state == "count":
            continue
        fill, edge = FILLS[state]
        dash = DASHES.get(state)
        parts.append(
            svg.tag(
                "rect", x=x, y=y, width=22, height=12, fill=fill, stroke=edge, stroke_dasharray=dash
            )
        )
        words = say(f"timeline.state.{state}")
        parts.append(svg.text(x + 28, y + 11, words, font_size=12, fill=svg.QUIET))
        x += 50 + 7 * len(words)
    return parts
