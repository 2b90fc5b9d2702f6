"""The tree of chances: rules down the spine, what each takes to the right, the product there."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import traitlets

from labkit.model.chain import KINDS, MOST, Branch, ChanceChain, Kind
from labkit.viz import svg
from labkit.viz.palette import ink
from labkit.viz.picture import Picture
from labkit.viz.tables import plain_table
from labkit.viz.widget import Live, script
from labkit.words import Words

WIDTH = 800
ROW = 56
TOP = 62
DRAWN = 10
HEADS = ("label", "reach", "p", "share", "percent", "kept")
BAR = 280


class ChanceTree(Live):
    """The tree of a chain; of one of the known kinds with a slider for the Pods.

    >>> from labkit import ChanceChain, show
    >>> show(ChanceChain.fair(3))                          # doctest: +SKIP
    >>> show(ChanceChain(["1/3", "1/2", 1]))               # doctest: +SKIP

    Traits ``pods`` and ``kind`` may be set from Python; ``chain`` is the chain that is shown.
    """

    _esm = script("tree")
    pods = traitlets.Int(3).tag(sync=True)
    kind = traitlets.Unicode("fair").tag(sync=True)
    drawing = traitlets.Unicode("").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    kinds: traitlets.List[Any] = traitlets.List().tag(sync=True)
    heads: traitlets.List[Any] = traitlets.List().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, chain: ChanceChain, lang: str = "es") -> None:
        self._say = Words("es" if lang == "es" else "en")
        self.chain = chain
        say = self._say
        known = chain.kind in KINDS and len(chain.probabilities) <= MOST
        super().__init__(
            pods=len(chain.probabilities),
            kind=chain.kind,
            kinds=[[kind, say(f"chances.kind.{kind}")] for kind in KINDS] if known else [],
            heads=[say(f"chances.head.{head}") for head in HEADS],
            words={
                **{key: say(f"chances.{key}") for key in ("pods", "kind", "table")},
                "most": MOST,
            },
        )
        self._draw()
        self.observe(self._changed, names=["pods", "kind"])

    @traitlets.validate("pods")
    def _within(self, proposal: dict[str, Any]) -> int:
        return max(1, int(proposal["value"]))

    def _changed(self, change: Any) -> None:
        if self.kind in KINDS:
            kind: Kind = self.kind
            self.chain = ChanceChain.of_kind(kind, min(self.pods, MOST))
            self._draw()

    def _draw(self) -> None:
        alt = tree_alt(self.chain, self._say)
        with self.hold_trait_notifications():
            self.title = tree_title(self.chain, self._say)
            self.rows = table_rows(self.chain, self._say)
            self.said = alt
            self.drawing = drawn(self.chain, self._say, alt)

    def picture(self) -> Picture:
        """The tree as it is shown now."""
        alt = tree_alt(self.chain, self._say)
        text = plain_table(self.heads, table_rows(self.chain, self._say))
        return Picture(svg.still(drawn(self.chain, self._say, alt)), alt, text)


# ---- words ---------------------------------------------------------------------------


def share_text(share: Fraction) -> str:
    """``4/9``; a fraction that nobody can read, as a percentage."""
    return str(share) if share.denominator <= 9999 else percent(share)


def percent(share: Fraction) -> str:
    """With two places."""
    return f"{float(share) * 100:.2f} %"


def kept(probability: Fraction) -> str:
    """The probability as ``iptables-save`` shows it: Linux keeps 31 bits of it, rounded."""
    return f"{round(float(f'{float(probability):.10f}') * 2**31) / 2**31:.11f}"


def tree_title(chain: ChanceChain, say: Words) -> str:
    """What the chain is."""
    return say(f"chances.title.{chain.kind}", n=len(chain.probabilities))


def tree_alt(chain: ChanceChain, say: Words) -> str:
    """The rules one after the other (the first eight), what gets lost, whether it is even."""
    branches = chain.branches
    parts = [
        say(
            "chances.part",
            label=one.label,
            reach=share_text(one.reach),
            p=share_text(one.probability),
            share=share_text(one.share),
        )
        for one in branches[:8]
    ]
    more = ["…"] if len(branches) > 8 else []
    shares = [one.share for one in branches]
    low, high = min(shares), max(shares)
    even = (
        say("chances.even", share=share_text(low))
        if high - low < Fraction(1, 10**8)
        else say("chances.uneven", low=percent(low), high=percent(high))
    )
    lost = (
        say("chances.alt.lost", share=percent(chain.lost))
        if chain.lost
        else say("chances.alt.none_lost")
    )
    return say(
        "chances.alt", n=len(branches), parts="; ".join([*parts, *more]), lost=lost, even=even
    )


def table_rows(chain: ChanceChain, say: Words) -> list[list[str]]:
    """A row for each rule, one more for what gets lost."""
    rows = [
        [
            one.label,
            share_text(one.reach),
            share_text(one.probability),
            share_text(one.share),
            percent(one.share),
            kept(one.probability) if one.probability < 1 else "—",
        ]
        for one in chain.branches
    ]
    if chain.lost:
        share = share_text(chain.lost)
        rows.append([say("chances.nobody"), share, "—", share, percent(chain.lost), "—"])
    return rows


# ---- drawing -------------------------------------------------------------------------


def drawn(chain: ChanceChain, say: Words, alt: str) -> str:
    """The tree; of a long chain its first and last rules."""
    branches = list(enumerate(chain.branches))
    head, tail = branches, []
    if len(branches) > DRAWN:
        head, tail = branches[: DRAWN - 3], branches[-2:]
    title = tree_title(chain, say)
    parts = [svg.text(2, 18, title, font_weight="bold", font_size=14)]
    parts.append(svg.text(16, 44, say("chances.all"), fill=svg.QUIET, font_size=12))
    y = float(TOP)
    last = len(branches) - 1
    for i, branch in head:
        parts.append(row(i, branch, y, say, below=i != last or chain.lost > 0))
        y += ROW
    if tail:
        words = say("chances.more", n=len(branches) - len(head) - len(tail))
        parts.append(svg.text(48, y + 14, words, fill=svg.QUIET))
        y += 34
        for i, branch in tail:
            parts.append(row(i, branch, y, say, below=i != last or chain.lost > 0))
            y += ROW
    if chain.lost:
        words = f"✕ {say('chances.lost', share=percent(chain.lost))}"
        parts.append(
            svg.box(16, y, 620, 32, fill=svg.PAPER, stroke=svg.BAD, stroke_dasharray="5 4")
        )
        parts.append(svg.text(28, y + 21, words, fill=svg.BAD, font_weight="bold"))
        y += 40
    return svg.document(WIDTH, y, *parts, alt=alt)


def row(number: int, branch: Branch, y: float, say: Words, *, below: bool) -> str:
    """A rule, what it takes, and the line to the next one."""
    certain = branch.probability == 1
    words = (
        say("chances.last", i=number + 1)
        if certain
        else say("chances.rule", i=number + 1, p=share_text(branch.probability))
    )
    colour = ink(number).colour
    length = max(float(branch.share) * BAR, 1.0)
    product = f"{share_text(branch.reach)} × {share_text(branch.probability)} = "
    found = f"{product}{share_text(branch.share)}"
    if branch.share.denominator <= 9999:
        found += f" = {percent(branch.share)}"
    parts = [
        svg.box(16, y, 200, 34, fill=svg.PAPER),
        svg.text(28, y + 22, words),
        svg.arrow([(216, y + 17), (296, y + 17)], stroke=svg.QUIET, stroke_width=1.5),
        svg.text(240, y + 11, say("chances.yes"), font_size=12, fill=svg.QUIET),
        svg.text(304, y + 12, f"{branch.label}: {found}", font_weight="bold"),
        svg.tag("rect", x=304, y=y + 19, width=BAR, height=12, fill=svg.PANEL, stroke=svg.LINE),
        svg.tag("rect", x=304, y=y + 19, width=length, height=12, fill=colour),
    ]
    if below:
        left = say("chances.no", reach=share_text(branch.reach * (1 - branch.probability)))
        parts.append(
            svg.arrow([(48, y + 34), (48, y + ROW - 1)], stroke=svg.QUIET, stroke_width=1.5)
        )
        parts.append(svg.text(58, y + 49, left, font_size=12, fill=svg.QUIET))
    return "".join(parts)
