"""labkit: understand Kubernetes Services by running them.

The short public list; everything is imported when it is first asked for::

    open_lab, Lab                         the two-node lab
    show, predict, explore                a lesson's verbs
    Service, EndpointSlice, KubeProxy     from objects to kube-proxy's rules, in its three modes
    side_by_side                          the same traffic through iptables, nftables and IPVS
    exercise, check, hint, progress       an exercise's verbs (and reset, solution)
    Ruleset, Rule, Packet, PacketBatch    rules and packets as values
    Node, Conntrack, Trace, Verdict       what becomes of a packet
    ChanceChain                           rules that choose by chance, right and wrong
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.dataplane.beside import SideBySide
    from labkit.dataplane.proxy import KubeProxy
    from labkit.grading.predictions import Predictions
    from labkit.grading.verbs import check, exercise, hint, progress, reset, solution
    from labkit.lab.api import Lab, open_lab
    from labkit.model.chain import ChanceChain
    from labkit.model.packet import Packet
    from labkit.model.service import EndpointSlice, Service
    from labkit.model.trace import Trace, Verdict
    from labkit.netfilter.batch import PacketBatch
    from labkit.netfilter.conntrack import Conntrack
    from labkit.netfilter.node import Node
    from labkit.ruleset.tables import Rule, Ruleset
    from labkit.viz.explorer import BalanceExplorer
    from labkit.words import Language

__version__ = "0.1.0"

__all__ = [
    "ChanceChain",
    "Conntrack",
    "EndpointSlice",
    "KubeProxy",
    "Lab",
    "Node",
    "Packet",
    "PacketBatch",
    "Rule",
    "Ruleset",
    "Service",
    "Trace",
    "Verdict",
    "check",
    "exercise",
    "explore",
    "hint",
    "open_lab",
    "predict",
    "progress",
    "reset",
    "show",
    "side_by_side",
    "solution",
]

_HOMES = {
    "ChanceChain": "model.chain",
    "Conntrack": "netfilter.conntrack",
    "EndpointSlice": "model.service",
    "KubeProxy": "dataplane.proxy",
    "Lab": "lab.api",
    "Node": "netfilter.node",
    "Packet": "model.packet",
    "PacketBatch": "netfilter.batch",
    "Rule": "ruleset.tables",
    "Ruleset": "ruleset.tables",
    "Service": "model.service",
    "Trace": "model.trace",
    "Verdict": "model.trace",
    "check": "grading.verbs",
    "exercise": "grading.verbs",
    "hint": "grading.verbs",
    "open_lab": "lab.api",
    "progress": "grading.verbs",
    "reset": "grading.verbs",
    "solution": "grading.verbs",
}


def __getattr__(name: str) -> Any:
    """Import a name of the public list when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name == "open_lab":
        _attach_guide()
    return getattr(import_module(f"labkit.{_HOMES[name]}"), name)


def _attach_guide() -> None:
    """In a notebook: the guide of the lessons, where the environment's IPython did not load it."""
    import sys

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        from labkit.kernel.guide import attach

        attach(shell)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def _language() -> Language:
    """The language of this notebook: see ``labkit.lab.api.lab_language``."""
    import os

    from labkit.lab.api import lab_language

    return lab_language(None, os.environ)


def show(thing: Any, lang: str | None = None) -> Any:
    """A picture or widget of ``thing``, with its text and alt text.

    ``lab`` (the live map), ``lab.map()``, ``lab.trace(...)`` or any ``Trace`` (a packet's way),
    ``lab.ask(...)``, ``lab.odds()`` or a ``ChanceChain`` (the tree), ``lab.modes()``,
    ``lab.growth()``, ``lab.rulebook()`` or a ``Ruleset``, ``lab.timeline()``, ``lab.affinity()``,
    ``lab.keepalive()``, ``lab.reach_table(...)``, Trials, a Panel, and figures of matplotlib.
    """
    from labkit.viz.show import show as draw

    # What is no model itself says which model pictures it: Answers a Balance, a Lab its map.
    noun = thing.pictured() if hasattr(thing, "pictured") else thing
    return draw(noun, lang or _language())


def explore(
    replicas: int = 2,
    requests: int = 200,
    seed: int = 1,
    lang: str | None = None,
    *,
    mode: str = "iptables",
) -> BalanceExplorer:
    """Sliders over replicas and requests: kube-proxy's own rules, simulated beside the exact.

    ``mode`` is the one to begin with: ``iptables``, ``nftables``, ``ipvs``, or a chain that is
    wrong, ``naive`` (1/N in every rule) or ``cumulative`` (1/N, 2/N ... 1).
    """
    from labkit.lab.explore import measure
    from labkit.viz.explorer import BalanceExplorer

    return BalanceExplorer(
        measure, lang or _language(), replicas=replicas, requests=requests, seed=seed, mode=mode
    )


def side_by_side(
    packet: Packet,
    services: Iterable[Service],
    slices: Iterable[EndpointSlice],
    *,
    n: int = 12,
    proxy: KubeProxy | None = None,
    seed: int = 0,
    lang: str | None = None,
) -> SideBySide:
    """The same traffic through kube-proxy's three modes: rules asked, shares, ``n`` in a row."""
    from labkit.dataplane.beside import side_by_side as beside

    language: Language = "es" if (lang or _language()) == "es" else "en"
    return beside(packet, services, slices, n=n, proxy=proxy, seed=seed, language=language)


_NOTHING: Any = object()


def predict(name: str, guess: Any = _NOTHING, *, came: Any = _NOTHING) -> None:
    """Keep a prediction (``predict("00.1", 10)``), or set it beside what came (``came=...``)."""
    kept = _predictions(_language())
    if came is not _NOTHING:
        print(kept.beside(name, came))  # noqa: T201
    elif guess is not _NOTHING:
        print(kept.keep(name, guess))  # noqa: T201
    else:
        print(kept.kept(name))  # noqa: T201


def _predictions(language: Language) -> Predictions:
    """The learner's predictions, in the runtime folder; one object for each session."""
    import os

    from labkit.cluster.paths import find_home
    from labkit.words import Words

    return _kept_in(str(find_home(os.environ, Words(language)).folder), language)


@lru_cache(maxsize=4)
def _kept_in(folder: str, language: Language) -> Predictions:
    from pathlib import Path

    from labkit.grading.predictions import Predictions
    from labkit.grading.progress import Progress
    from labkit.words import Words

    return Predictions(Progress(Path(folder) / "progress.json"), Words(language))
