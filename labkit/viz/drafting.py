"""The editor from a Service to its rules: change a field, and see which rules come and go."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

import traitlets

from labkit.errors import LabkitError
from labkit.model.draft import Draft, DraftRule
from labkit.viz import svg
from labkit.viz.picture import Picture
from labkit.viz.widget import Live, script, style
from labkit.words import Words

WORDS = ("manifest", "try", "endpoints", "mode", "rules", "point", "base", "table")
SIGNS = {"same": " ", "added": "+", "gone": "−"}
ROW, WIDTH, LETTERS = 18, 820, 112


class RuleDrafting(Live):
    """A manifest to edit, and the rules of its Service beside those of the first one.

    Traits that may be set from Python as well: ``manifest``, ``endpoints``, ``mode``.  ``rows``
    are the rules (``sign``, ``text``, ``why``), ``said`` sums up, ``wrong`` is the sentence about
    a text that will not do; then the rules stay as they were.  A new ``rebased`` compares with
    the rules as they are now.
    """

    _esm = script("drafting")
    _css = style("rulebook")
    manifest = traitlets.Unicode("").tag(sync=True)
    endpoints = traitlets.Int(2).tag(sync=True)
    most = traitlets.Int(8).tag(sync=True)
    mode = traitlets.Unicode("iptables").tag(sync=True)
    modes: traitlets.List[Any] = traitlets.List().tag(sync=True)
    examples: traitlets.List[Any] = traitlets.List().tag(sync=True)
    heads: traitlets.List[Any] = traitlets.List().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    wrong = traitlets.Unicode("").tag(sync=True)
    rebased = traitlets.Int(0).tag(sync=True)

    def __init__(self, draft: Draft, lang: str = "es") -> None:
        self._say = say = Words("es" if lang == "es" else "en")
        self._draft = draft
        self._base = (draft.manifest, draft.endpoints)
        super().__init__(
            title=say("draft.title", node=draft.node),
            words={key: say(f"draft.{key}") for key in WORDS},
            heads=[say(f"draft.head.{head}") for head in ("sign", "rule", "why")],
            manifest=draft.manifest,
            endpoints=draft.endpoints,
            most=draft.most,
            modes=[[mode, mode] for mode in draft.modes],
            examples=[[say("draft.start"), draft.manifest], *map(list, draft.examples)],
        )
        self._write()
        self.observe(self._edited, names=["manifest", "endpoints", "mode"])
        self.observe(self._rebase, names=["rebased"])

    def _edited(self, change: Any) -> None:
        self._write()

    def _rebase(self, change: Any) -> None:
        if not self.wrong:
            self._base = (self.manifest, self.endpoints)
            self._write()

    def _write(self) -> None:
        pods = min(max(self.endpoints, 0), self.most)
        try:
            now = self._draft.write(self.manifest, pods, self.mode)
            before = self._draft.write(*self._base, self.mode)
        except LabkitError as error:
            self.wrong = error.what
            return
        with self.hold_trait_notifications():
            self.wrong = ""
            self.rows = [
                {"kind": kind, "sign": SIGNS[kind], "text": rule.text, "why": rule.why,
                 "change": self._say(f"draft.sign.{kind}")}
                for kind, rule in compared(before, now)
            ]  # fmt: skip
            self.said = self._sum_up(len(now))

    def _sum_up(self, count: int) -> str:
        kinds = [row["kind"] for row in self.rows]
        added, gone = kinds.count("added"), kinds.count("gone")
        if not kinds:
            return self._say("draft.none")
        if not added and not gone:
            return self._say("draft.same", n=count)
        return self._say("draft.changed", n=count, added=added, gone=gone)

    def picture(self) -> Picture:
        """The manifest and its rules as text; a list of the rules as the drawing."""
        say = self._say
        rules = [row for row in self.rows if row["kind"] != "gone"]
        name = next((line for line in self.manifest.splitlines() if "name:" in line), "")
        alt = say(
            "draft.alt",
            name=name.partition("name:")[2].strip(),
            pods=self.endpoints,
            n=len(rules),
            mode=self.mode,
        )
        lines = [f"{row['sign']} {row['text']}\n      {row['why']}" for row in self.rows]
        text = "\n".join([self.manifest, self.said, *lines])
        return Picture(svg.still(drawn(self.title, self.rows, alt)), alt, text)


def compared(
    before: tuple[DraftRule, ...], now: tuple[DraftRule, ...]
) -> list[tuple[str, DraftRule]]:
    """Every rule of both, in order: ``same``, ``gone`` or ``added``."""
    old, new = [rule.text for rule in before], [rule.text for rule in now]
    found: list[tuple[str, DraftRule]] = []
    for what, a0, a1, b0, b1 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            found += [("same", rule) for rule in now[b0:b1]]
            continue
        found += [("gone", rule) for rule in before[a0:a1]]
        found += [("added", rule) for rule in now[b0:b1]]
    return found


def drawn(title: str, rows: list[dict[str, str]], alt: str) -> str:
    """The rules one below the other, each with its sign."""
    parts = [svg.text(2, 18, title, font_weight="bold", font_size=14)]
    y = 40.0
    for row in rows:
        words = svg.shortened(f"{row['sign']} {row['text']}", LETTERS)
        parts.append(svg.text(2, y, words, font_size=11, font_family="monospace"))
        y += ROW
    return svg.document(WIDTH, y, *parts, alt=alt)
