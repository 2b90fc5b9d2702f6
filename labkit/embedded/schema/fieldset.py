"""Sets of fields of an object, as server-side apply owns them (FieldsV1).

A path is a tuple of elements: ``("f", name)`` a field, ``("k", ((key, value), ...))`` an item
of a list with keys, ``("v", value)`` a member of a set.  Which lists have keys is told by
``merge_keys.LISTS``; every other list is one value (atomic).

Source: sigs.k8s.io/structured-merge-diff (fieldpath, typed) and its use in
apimachinery/pkg/util/managedfields.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labkit.embedded.schema import gotext
from labkit.embedded.schema.fields import Model, model
from labkit.embedded.schema.merge_keys import ATOMIC_MAPS, ATOMIC_STRUCTS, KEY_DEFAULTS, LISTS

Json = dict[str, Any]
Element = tuple[str, Any]
Path = tuple[Element, ...]
FieldSet = frozenset[Path]

EMPTY: FieldSet = frozenset()

# Structs and lists that Go writes even when they are empty: a new one is not "added".
_ALWAYS_THERE = frozenset(
    {"metadata", "spec", "status", "strategy", "updateStrategy", "template", "jobTemplate",
     "containers", "resources", "loadBalancer", "roleRef", "involvedObject", "source",
     "endpoints", "ports@EndpointSlice", "nodeInfo", "daemonEndpoints", "podSelector"}
)  # fmt: skip


def always_there(struct: str, field: str) -> bool:
    """Whether an empty object already has this field."""
    if field == "source" and struct != "Event":
        return False
    return field in _ALWAYS_THERE or f"{field}@{struct}" in _ALWAYS_THERE


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value is: its type in the table, and the field that holds it."""

    kind: str
    owner: str = ""
    field: str = ""

    @property
    def struct(self) -> Model | None:
        """The struct of a value that is one, unless it is owned as a whole."""
        if self.kind[0] != "@":
            return None
        known = model(self.kind[1:])
        return None if known.go in ATOMIC_STRUCTS else known

    @property
    def is_map(self) -> bool:
        return self.kind[0] == "{" and (self.owner, self.field) not in ATOMIC_MAPS

    @property
    def list_keys(self) -> tuple[str, ...] | None:
        """The keys of an associative list, ``()`` for a set, None when the list is atomic."""
        return LISTS.get((self.owner, self.field)) if self.kind[0] == "[" else None

    @property
    def item(self) -> Shape:
        return Shape(self.kind[1:])


def children(shape: Shape, value: Any) -> list[tuple[Element, Any, Shape]] | None:
    """The parts of a value that are owned separately; None when it is owned as a whole."""
    if isinstance(value, dict):
        return _fields(shape, value)
    keys = shape.list_keys
    if not isinstance(value, list) or keys is None:
        return None
    if not keys:
        return [(("v", item), item, shape.item) for item in value]
    elements = [item_element(item, keys) for item in value]
    if None in elements or len(set(elements)) != len(elements):
        return None
    return [
        (element, item, shape.item)
        for element, item in zip(elements, value, strict=True)
        if element is not None
    ]


def _fields(shape: Shape, value: Json) -> list[tuple[Element, Any, Shape]] | None:
    known = shape.struct
    if known is not None:
        return [
            (("f", key), item, Shape(known.fields[key], known.go, key))
            for key, item in value.items()
            if key in known.fields and item is not None
        ]
    if shape.is_map:
        return [(("f", key), item, shape.item) for key, item in value.items()]
    return None


def item_element(item: Any, keys: tuple[str, ...]) -> Element | None:
    """How a list item is named by its keys, with the keys' defaults."""
    if not isinstance(item, dict):
        return None
    found = [(key, item.get(key, KEY_DEFAULTS.get(key))) for key in sorted(keys)]
    if any(value is None for _, value in found):
        return None
    return ("k", tuple(found))


def fields_of(shape: Shape, value: Any, path: Path = ()) -> Iterator[Path]:
    """The fields that a configuration sets: its leaves, and every item of a keyed list."""
    parts = children(shape, value)
    if not parts:
        if path:
            yield path
        return
    if path and path[-1][0] == "k":
        yield path
    for element, item, inner in parts:
        yield from fields_of(inner, item, (*path, element))


def all_paths(shape: Shape, value: Any, path: Path) -> Iterator[Path]:
    """The path of a value and of everything in it."""
    yield path
    for element, item, inner in children(shape, value) or ():
        yield from all_paths(inner, item, (*path, element))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two objects."""

    added: FieldSet
    modified: FieldSet
    removed: FieldSet

    @property
    def written(self) -> FieldSet:
        return self.added | self.modified


def compare(shape: Shape, old: Any, new: Any) -> Comparison:
    """Compare two values of one type, field by field."""
    added: set[Path] = set()
    modified: set[Path] = set()
    removed: set[Path] = set()
    _compare(shape, old, new, (), (added, modified, removed))
    return Comparison(frozenset(added), frozenset(modified), frozenset(removed))


Found = tuple[set[Path], set[Path], set[Path]]


def _compare(shape: Shape, old: Any, new: Any, path: Path, found: Found) -> None:
    before, after = children(shape, old), children(shape, new)
    if before is None or after is None:
        if old != new:
            found[1].add(path)
        return
    known = {element: item for element, item, _ in before}
    for element, item, inner in after:
        here = (*path, element)
        if element in known:
            _compare(inner, known.pop(element), item, here, found)
        elif inner.field and always_there(inner.owner, inner.field) and children(inner, item):
            _compare(inner, type(item)(), item, here, found)
        else:
            found[0].update(all_paths(inner, item, here))
    shapes = {element: inner for element, _, inner in before}
    for element, item in known.items():
        inner = shapes[element]
        gone = all_paths(inner, item, (*path, element))
        found[2].update(gone)


# ---- FieldsV1 --------------------------------------------------------------------------------


def encode(paths: Iterable[Path]) -> Json:
    """FieldsV1: nested maps; ``.`` marks an owned path that has owned paths below it."""
    tree: Json = {}
    owned: set[int] = set()
    for path in paths:
        node = tree
        for element in path:
            node = node.setdefault(element_text(element), {})
        owned.add(id(node))
    return _dotted(tree, owned)


def _dotted(node: Json, owned: set[int]) -> Json:
    inner = {key: _dotted(node[key], owned) for key in sorted(node)}
    return {".": {}, **inner} if inner and id(node) in owned else inner


@lru_cache(maxsize=4096)
def element_text(element: Element) -> str:
    """``f:name``, ``k:{"name":"x"}`` or ``v:"x"``."""
    kind, value = element
    if kind == "f":
        return "f:" + str(value)
    return f"{kind}:{gotext.compact(dict(value) if kind == 'k' else value)}"


def decode(fields: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    """The paths of a FieldsV1; ``ValueError`` for one that cannot be read."""
    if not fields and path:
        yield path
    for key, inner in fields.items():
        if key == ".":
            yield path
            continue
        kind, colon, rest = key.partition(":")
        if not colon or kind not in ("f", "k", "v", "i"):
            raise ValueError(f"missing field type in path element: {key}")
        value: Any = rest
        if kind == "k":
            value = tuple(sorted(json.loads(rest).items()))
        elif kind != "f":
            value = json.loads(rest)
        yield from decode(inner, (*path, (kind, value)))


def path_text(path: Path) -> str:
    """As conflicts print it: ``.spec.containers[name="web"].image``."""
    text = ""
    for kind, value in path:
        if kind == "f":
            text += f".{value}"
        elif kind == "k":
            text += "[" + ",".join(f"{key}={gotext.compact(one)}" for key, one in value) + "]"
        else:
            text += f"[={gotext.compact(value)}]"
    return text
