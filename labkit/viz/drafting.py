"""The editor from a Service to its rules: change a field, and see which rules come and go."""

from __future__ import annotations

import html
import re
from difflib import SequenceMatcher
from typing import Any

import traitlets

from labkit.errors import LabkitError
from labkit.model.draft import Draft, DraftRule
from labkit.viz.picture import Picture
from labkit.viz.widget import Live, script, style
from labkit.words import Words

WORDS = ("manifest", "try", "endpoints", "mode", "rules", "point", "base", "table")
SIGNS = {"same": " ", "added": "+", "gone": "−"}


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

    def _unit(self) -> str:
        return self._say("draft.rules_unit" if self.mode == "iptables" else "draft.lines_unit")

    def _sum_up(self, count: int) -> str:
        kinds = [row["kind"] for row in self.rows]
        added, gone = kinds.count("added"), kinds.count("gone")
        if not kinds:
            return self._say("draft.none")
        if not added and not gone:
            return self._say("draft.same", n=count, unit=self._unit())
        return self._say("draft.changed", n=count, unit=self._unit(), added=added, gone=gone)

    def picture(self) -> Picture:
        """The manifest, and its rules one below the other; there is nothing to draw."""
        return Picture("", self._alt(), self._text())

    def _alt(self) -> str:
        name = re.search(r"^  name: *(.+)$", self.manifest, flags=re.MULTILINE)
        return self._say(
            "draft.alt",
            name=name[1] if name else "?",
            pods=self.endpoints,
            n=sum(row["kind"] != "gone" for row in self.rows),
            unit=self._unit(),
            mode=self.mode,
        )

    def _text(self) -> str:
        lines = [f"{row['sign']} {row['text']}\n      {row['why']}" for row in self.rows]
        return "\n".join([self.manifest, self.said, *lines])

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live editor; where widgets are dead the manifest, and a table of its rules."""
        made = super()._repr_mimebundle_(**options)
        if made is None:
            return None
        data, metadata = made
        cells = ([row["change"], row["text"], row["why"]] for row in self.rows)
        table = "".join(
            f"<tr>{''.join(f'<td>{html.escape(one)}</td>' for one in row)}</tr>" for row in cells
        )
        heads = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in self.heads)
        dead = (
            f"<p>{html.escape(self._alt())}</p><pre>{html.escape(self.manifest)}</pre>"
            f"<table><thead><tr>{heads}</tr></thead><tbody>{table}</tbody></table>"
        )
        kept = {kind: one for kind, one in data.items() if kind != "image/svg+xml"}
        return {**kept, "text/html": dead}, metadata


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
