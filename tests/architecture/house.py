"""Reads the imports and sizes of a package with ``ast``; says where it breaks its rules.

Each check returns sentences that begin with file and line, so that a failing test names the
place.  The package is only read, never imported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.architecture import floors


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: ``target`` is the module, ``line`` where it stands."""

    target: str
    name: str
    line: int
    lazy: bool  # inside a function
    for_types: bool  # under ``if TYPE_CHECKING``


class Module:
    """One file of the package; ``name`` is relative to it (``netfilter.batch``)."""

    def __init__(self, package: Path, path: Path) -> None:
        self.path = path
        self.is_package = path.name == "__init__.py"
        parts = path.relative_to(package).with_suffix("").parts
        self.name = ".".join(parts[:-1] if self.is_package and len(parts) > 1 else parts)
        self.room = parts[0]
        self.where = f"{package.name}/{path.relative_to(package).as_posix()}"

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    @cached_property
    def imports(self) -> list[Import]:
        """Every import in the file, wherever it stands."""
        package = self.path.parent
        return list(_imports(self.tree, _absolute_parts(package), lazy=False, for_types=False))


class House:
    """All modules of one package folder."""

    def __init__(self, package: Path) -> None:
        self.package = package
        self.modules = [Module(package, path) for path in sorted(package.rglob("*.py"))]
        self.names = {module.name for module in self.modules}

    def inside(self, imported: Import) -> str:
        """The module of this package that an import means, relative to it; "" when outside."""
        prefix = self.package.name
        if imported.target != prefix and not imported.target.startswith(prefix + "."):
            return ""
        base = imported.target.removeprefix(prefix).removeprefix(".")
        longer = f"{base}.{imported.name}".removeprefix(".")
        return longer if longer in self.names else base or "__init__"

    def edges(self) -> Iterator[tuple[Module, Import, str]]:
        """Every import of one module of the package by another."""
        for module in self.modules:
            for imported in module.imports:
                target = self.inside(imported)
                if target and target != module.name and imported.name not in floors.FREE_NAMES:
                    yield module, imported, target

    # ---- checks --------------------------------------------------------------------------

    def strangers(self) -> list[str]:
        """Rooms that have no floor."""
        known = {room for floor in floors.FLOORS for room in floor}
        rooms = {_room(module.name): module.where for module in self.modules}
        return [f"{where}: give it a floor" for room, where in rooms.items() if room not in known]

    def upward(self) -> list[str]:
        """Imports of a higher floor, or of another room of the same floor."""
        height = {room: number for number, floor in enumerate(floors.FLOORS) for room in floor}
        found = []
        for module, imported, target in self.edges():
            mine, other = _room(module.name), _room(target)
            if mine in floors.DOORS:
                continue
            if mine != other and height.get(other, 99) >= height.get(mine, -1):
                found.append(f"{module.where}:{imported.line}: {mine} may not import {other}")
        return found

    def inner(self) -> list[str]:
        """Imports by a room at the bottom of its room of what stands above it."""
        found = []
        for module, imported, target in self.edges():
            for room, allowed in floors.INNER.items():
                mine = _within(module.name, room)
                same_house = _room(target) == _room(room)
                if mine and same_house and not _within_any(target, (room, *allowed)):
                    found.append(f"{module.where}:{imported.line}: {room} may not import {target}")
        return found

    def cycles(self) -> list[str]:
        """Circles of imports (those for types alone do not count)."""
        graph: dict[str, set[str]] = {module.name: set() for module in self.modules}
        for module, imported, target in self.edges():
            if not imported.for_types:
                graph[module.name].add(target)
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            return [" -> ".join(error.args[1])]
        return []

    def trespassers(self) -> list[str]:
        """Libraries imported by rooms that may not, or too early."""
        found = []
        for module in self.modules:
            for imported in module.imports:
                top = imported.target.partition(".")[0]
                sentence = _trespass(module, imported, top)
                if sentence:
                    found.append(f"{module.where}:{imported.line}: {sentence}")
        return found

    def own_clocks(self) -> list[str]:
        """Calls that read the clock of the machine, outside the clock module."""
        found = []
        for module in self.modules:
            if module.name in floors.OWNERS["time"]:
                continue
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today"):
                    base = node.value
                    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
                    if name in ("datetime", "date"):
                        found.append(f"{module.where}:{node.lineno}: ask a clock, not {name}")
        return found

    def too_long(self) -> list[str]:
        """Files and functions above the ceilings."""
        return [sentence for module in self.modules for sentence in long_parts(module.path)]


def long_parts(path: Path) -> list[str]:
    """What of one file is longer than the ceilings allow."""
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    found = []
    if lines > floors.LONGEST_FILE:
        found.append(f"{path}: {lines} lines, at most {floors.LONGEST_FILE}")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > floors.LONGEST_FUNCTION:
                limit = floors.LONGEST_FUNCTION
                found.append(f"{path}:{node.lineno}: {node.name} has {length} lines, over {limit}")
    return found


def _trespass(module: Module, imported: Import, top: str) -> str:
    if imported.for_types:
        return ""
    owners = floors.OWNERS.get(top)
    if owners is not None and not _within_any(module.name, owners):
        return f"only {', '.join(owners)} may import {top}"
    if not imported.lazy and _within_any(module.name, floors.LAZY.get(top, ())):
        return f"import {top} inside the function that needs it"
    pure = {room for floor in floors.FLOORS[: floors.PURE_UP_TO + 1] for room in floor}
    if module.room.removesuffix(".py") not in pure:
        return ""
    ours = top in sys.stdlib_module_names or top == module.where.partition("/")[0]
    if ours or _within_any(module.name, floors.PURE_MAY_IMPORT.get(top, ())):
        return ""
    return f"this floor is pure Python, and {top} is not in the standard library"


def _imports(
    node: ast.AST, package: tuple[str, ...], *, lazy: bool, for_types: bool
) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, "", child.lineno, lazy, for_types)
        elif isinstance(child, ast.ImportFrom):
            base = child.module or ""
            if child.level:
                above = package[: len(package) - child.level + 1]
                base = ".".join((*above, *([base] if base else [])))
            for alias in child.names:
                yield Import(base, alias.name, child.lineno, lazy, for_types)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typed = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
            yield from _imports(child, package, lazy=lazy or function, for_types=for_types or typed)


def _absolute_parts(folder: Path) -> tuple[str, ...]:
    """The dotted name of a folder, from the outermost folder that has an ``__init__.py``."""
    parts: list[str] = []
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return tuple(parts)


def _room(name: str) -> str:
    return name.partition(".")[0]


def _within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def _within_any(name: str, rooms: tuple[str, ...]) -> bool:
    return any(_within(name, room) for room in rooms)
