"""What the API server must know of a kind of object: names, verbs, columns and its own rules.

A kind is data and a few small functions; most kinds need the defaults only.  The functions that
change an object are given a fresh copy and may change it in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from labkit.embedded.chance import Chance
from labkit.embedded.status import qualified

Json = dict[str, Any]
Cells = list[Any]

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ``kubectl get``; ``wide`` ones show with ``-o wide`` alone (priority 1)."""

    name: str
    type: str = "string"
    wide: bool = False
    format: str = ""


class World(Protocol):
    """What the rules of a kind may ask of the cluster while an object is written."""

    chance: Chance

    def all(self, resource: str, namespace: str | None = None) -> Sequence[Json]: ...

    def find(self, resource: str, namespace: str, name: str) -> Json | None: ...

    def now(self) -> float: ...


def as_it_is(new: Json, world: World) -> Json:
    """The admission of kinds that have none."""
    return new


def nothing(new: Json, old: Json | None, world: World) -> None:
    """The allocation of kinds that have none."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object of one API version.

    ``admit`` completes a new object before it is validated; ``allocate`` hands out what is
    scarce (addresses, ports) after, given the object to be written and the stored one (None
    when it is created).  ``answer`` makes the status of what is only asked (reviews), given the
    object, who asks (``rights.Visitor``) and the cluster; ``refusal`` says why there can
    be none of a kind.  ``grace`` says how many seconds an object may take to leave when so
    many are asked for.  ``inbound``/``outbound`` translate a kind that is kept as another.
    """

    kind: str
    plural: str
    group: str = ""
    version: str = "v1"
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    namespaced: bool = True
    verbs: tuple[str, ...] = VERBS
    columns: tuple[Column, ...] = ()
    cells: Callable[[Json, float], Cells] | None = None
    subresources: tuple[str, ...] = ()
    admit: Callable[[Json, World], Json] = as_it_is
    allocate: Callable[[Json, Json | None, World], None] = nothing
    answer: Callable[[Json, Any, World], Json] | None = None
    refusal: str = ""
    grace: Callable[[Json, int | None], int] | None = None
    returns_deleted: bool = False
    create_on_update: bool = False
    warning: str = ""
    stored_as: str = ""
    inbound: Callable[[Json], Json] | None = None
    outbound: Callable[[Json], Json] | None = None
    orphan_by_default: bool = False

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def resource(self) -> str:
        """As kubectl names it: ``pods``, ``deployments.apps``."""
        return qualified(self.plural, self.group)

    @property
    def stored(self) -> bool:
        """False for what is only asked and answered (reviews)."""
        return "get" in self.verbs

    @property
    def store_key(self) -> str:
        """The resource it is stored as."""
        return self.stored_as or self.resource

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


def at(obj: Any, *path: str | int, default: Any = None) -> Any:
    """The value at a path, or ``default`` where something on the way is missing or null."""
    for step in path:
        try:
            obj = obj[step]
        except (KeyError, IndexError, TypeError):
            return default
    return default if obj is None else obj


NAME = Column("Name", format="name")
AGE = Column("Age")
