"""``show``: the one verb for pictures.  It goes by the type of what it is given."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from labkit.dataplane.beside import SideBySide
from labkit.errors import UsageError
from labkit.model.balance import Balance
from labkit.model.chain import ChanceChain
from labkit.model.clustermap import ClusterMap, LiveMap
from labkit.model.draft import Draft
from labkit.model.growth import Growth
from labkit.model.matrix import Matrix
from labkit.model.panel import Panel
from labkit.model.rulebook import RuleBook
from labkit.model.timeline import Timeline
from labkit.model.trace import Trace
from labkit.model.trials import Trials
from labkit.model.way import Way
from labkit.ruleset.tables import Ruleset
from labkit.viz.picture import Picture


@singledispatch
def show(thing: Any, lang: str = "es") -> Any:
    """A picture or widget of ``thing`` with its text, labelled in ``lang`` ("es" or "en").

    Other rooms teach it their own types with ``show.register``.  Raises ``UsageError`` for what
    has no picture.
    """
    if is_figure(thing):
        from labkit.viz.figure import figure_picture

        return figure_picture(getattr(thing, "figure", thing), lang)
    raise UsageError(
        f"show() has no picture for {type(thing).__name__}.",
        "It draws a lab, what lab.ask(...) or lab.trace(...) gives, and more: see help(show).",
    )


def is_figure(thing: Any) -> bool:
    """Whether it is a figure (or axes) of matplotlib, asked without importing that."""
    kinds = [f"{kind.__module__}.{kind.__name__}" for kind in type(thing).__mro__]
    return bool({"matplotlib.figure.Figure", "matplotlib.axes._axes.Axes"} & set(kinds))


@show.register
def _balance(thing: Balance, lang: str = "es") -> Picture:
    from labkit.viz.balance import balance_picture

    return balance_picture(thing, lang)


@show.register
def _trials(thing: Trials, lang: str = "es") -> Any:
    from labkit.viz.trials import TrialsWidget

    return TrialsWidget(thing, lang)


@show.register
def _panel(thing: Panel, lang: str = "es") -> Any:
    from labkit.viz.panel import PanelWidget

    return PanelWidget(thing, lang)


@show.register
def _trace(thing: Trace, lang: str = "es") -> Any:
    return show(Way(thing, language=lang), lang)


@show.register
def _way(thing: Way, lang: str = "es") -> Any:
    from labkit.viz.way import PacketWay

    return PacketWay(thing, lang)


@show.register
def _map(thing: ClusterMap, lang: str = "es") -> Picture:
    from labkit.viz.clustermap import map_picture

    return map_picture(thing, lang)


@show.register
def _live_map(thing: LiveMap, lang: str = "es") -> Any:
    from labkit.viz.clustermap import ClusterMapView

    return ClusterMapView(thing, lang)


@show.register
def _chain(thing: ChanceChain, lang: str = "es") -> Any:
    from labkit.viz.tree import ChanceTree

    return ChanceTree(thing, lang)


@show.register
def _modes(thing: SideBySide, lang: str = "es") -> Picture:
    from labkit.viz.modes import modes_picture

    return modes_picture(thing, lang)


@show.register
def _growth(thing: Growth, lang: str = "es") -> Picture:
    from labkit.viz.figure import growth_picture

    return growth_picture(thing, lang)


@show.register
def _rulebook(thing: RuleBook, lang: str = "es") -> Any:
    from labkit.viz.rulebook import RulesExplorer

    return RulesExplorer(thing, lang)


@show.register
def _draft(thing: Draft, lang: str = "es") -> Any:
    from labkit.viz.drafting import RuleDrafting

    return RuleDrafting(thing, lang)


@show.register
def _ruleset(thing: Ruleset, lang: str = "es") -> Any:
    return show(RuleBook(thing.canonical()), lang)


@show.register
def _matrix(thing: Matrix, lang: str = "es") -> Any:
    from labkit.viz.matrix import ReachMatrix

    return ReachMatrix(thing, lang)


@show.register
def _timeline(thing: Timeline, lang: str = "es") -> Any:
    from labkit.viz.timeline import TimelineView

    return TimelineView(thing, lang)
