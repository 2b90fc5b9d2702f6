"""Sliders over replicas and requests: a simulated balance beside the exact one, in every mode.

The numbers come from Python: the rules for that many replicas, rendered to text, parsed again,
and asked twice (exactly, and by simulation).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from labkit.model.balance import Balance
from labkit.viz.balance import balance_alt, balance_picture, balance_text
from labkit.viz.bars import bars_svg
from labkit.viz.labels import label
from labkit.viz.picture import Picture
from labkit.viz.widget import Live, script

MAX_REPLICAS = 8
MAX_REQUESTS = 2000
MODES = ("iptables", "nftables", "ipvs", "naive", "cumulative")

Measure = Callable[[int, int, int, str], Balance]


class BalanceExplorer(Live):
    """Sliders ``replicas`` (1-8) and ``requests`` (10-2000), a choice of ``mode``, a button for
    another draw (``seed``).

    ``measure(replicas, requests, seed, mode)`` gives the ``Balance`` to draw; traits ``drawing``,
    ``table`` and ``said`` hold what is shown.
    """

    _esm = script("explorer")
    replicas = traitlets.Int(2).tag(sync=True)
    requests = traitlets.Int(200).tag(sync=True)
    seed = traitlets.Int(1).tag(sync=True)
    mode = traitlets.Unicode("iptables").tag(sync=True)
    modes: traitlets.List[Any] = traitlets.List().tag(sync=True)
    drawing = traitlets.Unicode("").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    table = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        measure: Measure,
        lang: str = "es",
        *,
        replicas: int = 2,
        requests: int = 200,
        seed: int = 1,
        mode: str = "iptables",
    ) -> None:
        self._measure, self._lang = measure, lang
        names = ("replicas", "requests", "again", "mode")
        words: dict[str, Any] = {name: label(name, lang) for name in names}
        super().__init__(
            replicas=replicas,
            requests=requests,
            seed=seed,
            mode=mode,
            modes=[[one, label(f"mode.{one}", lang)] for one in MODES],
            words=words | {"max_replicas": MAX_REPLICAS, "max_requests": MAX_REQUESTS},
            title=label("explorer", lang),
        )
        self._refresh()
        self.observe(self._refresh, names=["replicas", "requests", "seed", "mode"])

    @traitlets.validate("mode")
    def _known(self, proposal: dict[str, Any]) -> str:
        return proposal["value"] if proposal["value"] in MODES else "iptables"

    def _refresh(self, change: object = None) -> None:
        balance = self.balance()
        alt = balance_alt(balance, self._lang)
        with self.hold_trait_notifications():
            self.said = alt
            self.table = balance_text(balance, self._lang)
            self.drawing = bars_svg(balance, self._lang, alt=alt)

    def balance(self) -> Balance:
        """What is shown now."""
        replicas = min(max(self.replicas, 1), MAX_REPLICAS)
        requests = min(max(self.requests, 1), MAX_REQUESTS)
        return self._measure(replicas, requests, self.seed, self.mode)

    def picture(self) -> Picture:
        """The balance that is shown now."""
        return balance_picture(self.balance(), self._lang)

    def __repr__(self) -> str:
        return (
            f"<BalanceExplorer replicas={self.replicas} requests={self.requests} "
            f"seed={self.seed} mode={self.mode}>"
        )


class LiveBalance(Live):
    """Bars that grow while requests run: ``update`` it with the balance so far."""

    _esm = script("livebalance")
    drawing = traitlets.Unicode("").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    table = traitlets.Unicode("").tag(sync=True)

    def __init__(self, lang: str = "es") -> None:
        self._lang = lang
        self._balance: Balance | None = None
        title = label("live", lang)
        super().__init__(title=title, said=label("live.waiting", lang))

    def update(self, balance: Balance, *, last: bool = False) -> None:
        """Draw the answers so far; with the ``last`` the words are complete too."""
        self._balance = balance
        alt = balance_alt(balance, self._lang)
        self.drawing = bars_svg(balance, self._lang, alt=alt)
        if last:
            self.table = balance_text(balance, self._lang)
            self.said = alt

    def picture(self) -> Picture:
        """The balance so far."""
        if self._balance is None:
            return Picture("<svg xmlns='http://www.w3.org/2000/svg'/>", self.said, "")
        return balance_picture(self._balance, self._lang)
