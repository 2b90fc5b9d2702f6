"""A request against the quotas of its namespace: 403 when one would be exceeded.

Source: apiserver/pkg/admission/plugin/resourcequota/controller.go (CheckRequest).  The real
plug-in believes ``status.used`` and writes it along; here the objects themselves are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Protocol

from labkit.embedded.kinds.base import Json, Kind, at
from labkit.embedded.quota import pods
from labkit.embedded.quota.pods import Used
from labkit.embedded.quota.scopes import concerns
from labkit.embedded.quota.usage import texts, used_by, used_in
from labkit.embedded.schema import quantity
from labkit.embedded.status import forbidden

QUOTAS = "resourcequotas"
COUNTED_AGAIN = ("services", "persistentvolumeclaims")
"""Whose use an update can change (a Service's type)."""


class Stock(Protocol):
    """What is in the cluster, and what time it is."""

    def all(self, resource: str, namespace: str | None = None) -> Sequence[Json]: ...

    def now(self) -> float: ...


def check(stock: Stock, kind: Kind, new: Json, old: Json | None) -> None:
    """Refuse an object that the namespace has no room for; ``old`` is what it replaces."""
    space = new["metadata"].get("namespace")
    if not space or (old is not None and kind.resource not in COUNTED_AGAIN):
        return
    for quota in stock.all(QUOTAS, space):
        if concerns(quota, kind.resource, new):
            _check_one(stock, quota, kind, new, old)


def _check_one(stock: Stock, quota: Json, kind: Kind, new: Json, old: Json | None) -> None:
    hard, now = at(quota, "spec", "hard", default={}), stock.now()
    asked = _more(used_by(kind.resource, new, now), old, kind.resource, now)
    asked = {name: value for name, value in asked.items() if name in hard}
    title, about = quota["metadata"]["name"], new["metadata"].get("name", "")
    if kind.resource == "pods" and (missing := pods.left_open(new, hard)):
        why = f"failed quota: {title}: must specify {missing}"
        raise forbidden(kind.plural, kind.group, about, why)
    if not asked:
        return
    used = used_in(quota, partial(stock.all, namespace=quota["metadata"]["namespace"]), now)
    over = [n for n, value in asked.items() if used[n] + value > quantity.parse(str(hard[n]))]
    if over:
        parts = [_listed({n: amounts[n] for n in over}, hard) for amounts in (asked, used)]
        limits = ",".join(f"{n}={hard[n]}" for n in sorted(over))
        why = f"exceeded quota: {title}, requested: {parts[0]}, used: {parts[1]}, limited: {limits}"
        raise forbidden(kind.plural, kind.group, about, why)


def _more(new: Used, old: Json | None, resource: str, now: float) -> Used:
    """What is used beyond what the old state used already."""
    before = {} if old is None else used_by(resource, old, now)
    more = {name: value - before.get(name, Fraction(0)) for name, value in new.items()}
    return {name: value for name, value in more.items() if value > 0}


def _listed(amounts: Used, hard: Json) -> str:
    return ",".join(f"{name}={text}" for name, text in texts(amounts, hard).items())
