"""An API server without HTTP, a clock that is turned by hand, repeatable names."""

from __future__ import annotations

import pytest

from labkit.clock import ManualClock
from labkit.embedded.chance import SeededChance
from labkit.embedded.interfaces import Json
from labkit.embedded.machinery import Machinery
from labkit.embedded.store import Store


@pytest.fixture
def clock() -> ManualClock:
    """Half past nothing: a fixed moment."""
    return ManualClock()


@pytest.fixture
def api(clock: ManualClock) -> Machinery:
    """The verbs over an empty store with one namespace."""
    made = Machinery(Store(), clock, SeededChance(1))
    for name in ("default", "other"):
        body: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        made.create("namespaces", None, body)
    return made
