"""The packet's way: hooks and tables as a map, chains and rules as steps, the header beside."""

from __future__ import annotations

from typing import Any

import traitlets

from labkit.model.way import Way
from labkit.viz import svg
from labkit.viz.frames import Film, Frame, film_of
from labkit.viz.picture import Picture
from labkit.viz.widget import Live, script
from labkit.words import Words

WIDTH = 800
GAP = 16
CHIP = 24
EXIT = 112
BETWEEN = 132
ROW = 19
LEFT = 232
BUTTONS = ("back", "next", "play", "pause", "step")
LABELS = ("all", "keys", "legend", "header", "field", "before", "after", "changed")


class PacketWay(Live):
    """A packet's way to step through: trait ``step`` counts from 0.

    >>> from labkit import show
    >>> show(lab.trace("client-pod", "backend-service"))   # doctest: +SKIP
    >>> show(node.trace(packet))                           # doctest: +SKIP
    """

    _esm = script("way")
    step = traitlets.Int(0).tag(sync=True)
    map = traitlets.Unicode("").tag(sync=True)
    frames: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, way: Way, lang: str = "es") -> None:
        self._film, self._lang = film_of(way, lang), lang
        self._alt = way_alt(way, self._film, lang)
        say = Words("es" if lang == "es" else "en")
        super().__init__(
            title=self._film.title,
            words={name: say(f"way.{name}") for name in (*BUTTONS, *LABELS)},
            map=svg.document(WIDTH, map_height(self._film), *map_parts(self._film), alt=self._alt),
            frames=[as_dict(frame, self._film) for frame in self._film.frames],
        )

    @traitlets.validate("step")
    def _within(self, proposal: dict[str, Any]) -> int:
        return max(0, min(int(proposal["value"]), len(self._film.frames) - 1))

    def picture(self) -> Picture:
        """The map, and below it every step."""
        return Picture(way_still(self._film, self._alt, self._lang), self._alt, text_of(self._film))


def as_dict(frame: Frame, film: Film) -> dict[str, Any]:
    """A frame as the browser gets it."""
    stage = film.stages[frame.stage]
    return {
        "stage": frame.stage,
        "place": stage.place,
        "title": frame.title,
        "rule": frame.rule,
        "said": frame.said,
        "reason": frame.reason,
        "depth": frame.depth,
        "header": [[one.name, one.before, one.after] for one in frame.header],
    }


def way_alt(way: Way, film: Film, lang: str) -> str:
    """Where the packet passes, where its header changes, and how it ends."""
    say = Words("es" if lang == "es" else "en")
    changes = [
        say("way.change", chain=place_of(frame, film), what="; ".join(became(frame, say)))
        for frame in film.frames
        if frame.rewrites
    ]
    return say(
        "way.alt",
        n=len(film.frames),
        start=way.trace.start,
        hooks=", ".join(dict.fromkeys(stage.hook for stage in film.stages if stage.hook)),
        changes=" ".join(changes) or say("way.no_change"),
        end=film.end,
    )


def place_of(frame: Frame, film: Film) -> str:
    """The chain and rule, or the stage where no rule did it (IPVS)."""
    stage = film.stages[frame.stage]
    return frame.title or stage.place


def became(frame: Frame, say: Words) -> list[str]:
    """``destination 10.96.45.10:80 becomes 10.244.0.12:8080``."""
    return [
        say("way.became", field=one.name, before=one.before, after=one.after)
        for one in frame.changed
    ]


def text_of(film: Film) -> str:
    """Every step on a line of its own."""
    lines = [film.title]
    for number, frame in enumerate(film.frames, start=1):
        stage = film.stages[frame.stage]
        change = "; ".join(f"{one.name} {one.before} → {one.after}" for one in frame.changed)
        place = stage.place.replace(" · ", " ")
        line = f"{number:>3}. {place}: {'  ' * frame.depth}{line_of(frame)}"
        lines.append(f"{line} [{change}]" if change else line)
    return "\n".join([*lines, f"=> {film.end}"])


def line_of(frame: Frame) -> str:
    """``KUBE-SERVICES, rule 3: matches, jumps to ...``"""
    return f"{frame.title}: {frame.said}" if frame.title else frame.said


# The map: a box for each hook, a chip for each table in it.


def map_height(film: Film) -> float:
    """As high as the hook with the most tables."""
    return 44 + max(len(numbers) for _, numbers in film.hooks) * (CHIP + 6) + 14


def map_parts(film: Film) -> list[str]:
    """Hooks from left to right and routing between them, the exit at the end, the packet as a
    circle on the first chip."""
    height = map_height(film) - 16
    wide = hook_width(film)
    parts, x, middle = [], 2.0, height / 2 + 6
    for hook, numbers in film.hooks:
        width = wide if hook else BETWEEN
        if hook:
            parts += hook_parts(x, width, height, hook, numbers, film)
        else:
            parts += [chip(x, middle - CHIP / 2, width, number, film) for number in numbers]
        parts.append(svg.arrow([(x + width, middle), (x + width + GAP, middle)]))
        x += width + GAP
    colour = svg.GOOD if film.passed else svg.BAD
    parts.append(svg.box(x, middle - 16, EXIT, 32, fill=svg.PAPER, stroke=colour))
    how = {"text_anchor": "middle", "fill": colour, "font_weight": "bold"}
    parts.append(svg.text(x + EXIT / 2, middle + 4, film.exit, **how))
    return parts


def hook_width(film: Film) -> float:
    """What is left for each hook beside the exit and what lies between the hooks."""
    hooks = [hook for hook, _ in film.hooks]
    boxes, between = sum(map(bool, hooks)), hooks.count("")
    free = WIDTH - 4 - EXIT - BETWEEN * between - GAP * len(hooks)
    return min(free / max(boxes, 1), 172)


def hook_parts(
    x: float, width: float, height: float, hook: str, numbers: list[int], film: Film
) -> list[str]:
    """A hook's box, its name and a chip for each of its places."""
    return [
        svg.box(x, 6, width, height),
        svg.text(x + width / 2, 26, hook, text_anchor="middle", font_weight="bold"),
        *(
            chip(x + 8, 38 + row * (CHIP + 6), width - 16, number, film)
            for row, number in enumerate(numbers)
        ),
    ]


def chip(x: float, y: float, width: float, number: int, film: Film) -> str:
    """A table of a hook, or the routing decision: the widget finds it by ``data-stage``."""
    changes = any(frame.stage == number and frame.rewrites for frame in film.frames)
    name = film.stages[number].name + (" ◆" if changes else "")
    back = svg.tag(
        "rect", x=x, y=y, width=width, height=CHIP, rx=12, fill=svg.PAPER, stroke=svg.LINE
    )
    return svg.tag(
        "g",
        back,
        svg.text(x + 26, y + 16, name, font_size=12),
        svg.tag("circle", cx=x + 13, cy=y + CHIP / 2, r=3, fill=svg.QUIET),
        data_stage=number,
    )


# The still: the map, and the steps below it.


def way_still(film: Film, alt: str, lang: str) -> str:
    """All of it in one drawing."""
    say = Words("es" if lang == "es" else "en")
    top = 34
    base = top + map_height(film)
    parts = [
        svg.text(2, 20, svg.shortened(film.title, 105), font_weight="bold", font_size=14),
        svg.tag("g", *map_parts(film), transform=f"translate(0 {top})"),
        svg.text(2, base + 12, say("way.still_legend"), fill=svg.QUIET, font_size=12),
    ]
    y = base + 34
    for number, frame in enumerate(film.frames, start=1):
        parts.append(still_row(number, frame, film, y))
        y += ROW
        if frame.rewrites:
            change = "; ".join(f"{one.name} {one.before} → {one.after}" for one in frame.changed)
            parts.append(
                svg.text(
                    LEFT + 12 * frame.depth,
                    y,
                    f"◆ {svg.shortened(change, 92)}",
                    fill=svg.BAD,
                    font_size=12,
                    font_weight="bold",
                )
            )
            y += ROW
    parts.append(svg.text(2, y + 4, f"⇒ {svg.shortened(film.end, 110)}", font_weight="bold"))
    return svg.still(svg.document(WIDTH, y + 16, *parts, alt=alt))


def still_row(number: int, frame: Frame, film: Film, y: float) -> str:
    """Number, hook and table, then the chain (indented) and what happens."""
    stage = film.stages[frame.stage]
    quiet = not frame.rule
    line = svg.shortened(line_of(frame), 94 - 2 * frame.depth)
    return (
        svg.text(24, y, number, text_anchor="end", fill=svg.QUIET, font_size=12)
        + svg.text(34, y, stage.place, fill=svg.QUIET, font_size=12)
        + svg.text(
            LEFT + 12 * frame.depth, y, line, fill=svg.QUIET if quiet else svg.INK, font_size=12
        )
    )
