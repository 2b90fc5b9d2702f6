"""What a fault is made of: changes that can be undone exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: kind as kubectl takes it, name, and namespace ("" is the lab's)."""

    kind: str
    name: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of an object gets a value.  ``path`` are the keys down to it."""

    thing: Thing
    path: tuple[str, ...]
    value: Any


@dataclass(frozen=True, slots=True)
class Make:
    """An object that was not there."""

    thing: Thing
    manifest: Json


@dataclass(frozen=True, slots=True)
class Remove:
    """An object that was there goes away (a Service keeps its ClusterIP for its return)."""

    thing: Thing


@dataclass(frozen=True, slots=True)
class Replace:
    """Pods with these labels are deleted, and their controller makes new ones elsewhere."""

    labels: str


@dataclass(frozen=True, slots=True)
class SwitchOff:
    """A node loses its power."""

    node: str


Change = Edit | Make | Remove | Replace | SwitchOff


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault must know of the lab that it breaks."""

    client_node: str
    other_node: str
    backend: Json
    service: Json


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on when ``what`` is true: ``no-endpoints`` (none is ready), ``rollout`` (the backend's is
    complete), ``gone`` (no Pod has ``labels`` in ``namespace``, on ``node`` if one is given)."""

    what: str
    labels: str = ""
    namespace: str = ""
    node: str = ""


Step = Change | Wait


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name, and what it does.

    ``needs`` are capabilities of the back end without which it cannot be made.  What it is, and
    how a learner finds it, is said by the messages ``faults.NAME`` and ``faults.NAME.clue``.
    """

    name: str
    steps: Callable[[Scene], tuple[Step, ...]]
    needs: frozenset[str] = frozenset()
