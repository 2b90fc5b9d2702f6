"""The balance in words: counts beside the band of chance, switches, how often chance does that."""

from __future__ import annotations

from labkit.model import chance
from labkit.model.balance import Balance
from labkit.viz.bars import bars_svg, gauge_fits, pods_of
from labkit.viz.labels import label
from labkit.viz.picture import Picture
from labkit.viz.tables import plain_table

ENOUGH = 5
"""Where splits are too many to count them all, Pearson's test is asked; it wants about this many
expected answers for each Pod (the usual rule of thumb)."""


def balance_picture(balance: Balance, lang: str = "es") -> Picture:
    """Bars per Pod over the expected band, a diamond at the exact mean, who came after whom."""
    alt = balance_alt(balance, lang)
    return Picture(bars_svg(balance, lang, alt=alt, still=True), alt, balance_text(balance, lang))


def balance_alt(balance: Balance, lang: str) -> str:
    """One paragraph that says what the picture shows."""
    outside = [name for name in balance.labels if not balance.inside(name)]
    kind = "" if balance.claim is None else ".even"
    inside = (
        label(f"some_outside{kind}", lang, labels=", ".join(outside))
        if outside
        else label(f"all_inside{kind}", lang)
    )
    parts = "; ".join(_part(balance, name, lang) for name in balance.labels)
    return label(
        "alt",
        lang,
        n=len(balance.answers),
        k=pods_of(balance),
        parts=parts,
        inside=inside,
        switches=balance.switches,
    )


def _part(balance: Balance, name: str, lang: str) -> str:
    low, high = balance.band.get(name, (0, len(balance.answers)))
    mean = f"{balance.expected(name):.1f}"
    count = balance.counts[name]
    return label("part", lang, label=name, count=count, mean=mean, low=low, high=high)


def balance_text(balance: Balance, lang: str) -> str:
    """The same as a table, and two sentences on order and unevenness."""
    heads = [label(key, lang) for key in ("pod", "node", "count", "mean", "band_short", "share")]
    table = plain_table(heads, balance_rows(balance))
    return "\n".join([table, "", *sentences(balance, lang)])


def balance_rows(balance: Balance) -> list[list[str]]:
    """Label, node, count, mean, band and probability of each."""
    rows = []
    for name in balance.labels:
        low, high = balance.band.get(name, (0, len(balance.answers)))
        share = float(balance.odds.get(name, 0))
        mean = f"{balance.expected(name):.1f}"
        node = balance.nodes.get(name, "")
        rows.append([name, node, str(balance.counts[name]), mean, f"{low}-{high}", f"{share:.6f}"])
    return rows


def sentences(balance: Balance, lang: str) -> list[str]:
    """What the order and the counts say."""
    return [*_claim(balance, lang), *_order(balance, lang), *_unevenness(balance, lang)]


def _claim(balance: Balance, lang: str) -> list[str]:
    """Of a chain that claims to be even: whether its answers show yet that it is not."""
    if balance.claim is None:
        return []
    lost = sum(balance.counts[name] for name, share in balance.claim.items() if not share)
    out = [name for name, share in balance.claim.items() if share and not balance.inside(name)]
    said = [label("claim.lost", lang, n=lost)] if lost else []
    if out:
        said.append(label("claim.outside", lang, labels=", ".join(out)))
    return said or [label("claim.inside", lang, n=len(balance.answers))]


def _order(balance: Balance, lang: str) -> list[str]:
    if not gauge_fits(balance):
        return []
    n, pods = len(balance.answers), len(balance.labels)
    low, high = chance.switch_band(n, pods)
    mean = float(chance.expected_switches(n, pods))
    where = "below" if balance.switches < low else "above" if balance.switches > high else "within"
    if (low, high) == (0, n - 1):
        where = "any"
    return [
        label(
            f"order.{where}",
            lang,
            seen=balance.switches,
            most=n - 1,
            mean=f"{mean:.1f}",
            low=low,
            high=high,
            run=chance.longest_run(balance.answers),
        )
    ]


def _unevenness(balance: Balance, lang: str) -> list[str]:
    names = [name for name in balance.labels if balance.tested.get(name)]
    if len(names) < 2 or any(name not in balance.tested for name in balance.labels):
        return []
    odds = [balance.tested[name] for name in names]
    counts = [balance.counts[name] for name in names]
    if sum(counts) < len(balance.answers):
        return [] if balance.claim else [label("chi.impossible", lang)]
    tail, degrees = chance.chance_as_uneven(counts, odds), len(names) - 1
    statistic = chance.chi_square_against(counts, odds) or 0
    if tail is None and float(min(odds)) * len(balance.answers) < ENOUGH:
        return [label("chi.few", lang)]
    said = often(chance.chi_square_tail(statistic, degrees) if tail is None else tail, lang)
    if all(balance.band.get(name, (0, 0))[0] == 0 for name in names):
        return [said]  # too few answers for a verdict: no figures that look like one
    return [said + " " + label("chi", lang, value=f"{float(statistic):.2f}", degrees=degrees)]


def often(tail: float, lang: str) -> str:
    """A p-value as a frequency that one can imagine."""
    if tail >= 0.995:
        return label("chi.always", lang)
    if tail >= 0.01:
        return label("chi.often", lang, times=round(tail * 100))
    if tail < 1e-6:
        return label("chi.never", lang)
    return label("chi.seldom", lang, times=round(1 / tail))
