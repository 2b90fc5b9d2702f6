"""What extensions remember from packet to packet: nth counters, recent lists, limits.

Values are never changed in place: an extension reads one and writes another.  So a fork
costs nothing until somebody writes, which exact mode needs at every branch.
"""

from __future__ import annotations

from typing import Any


class Memory:
    """A store of immutable values by key; a key starts with the extension's name."""

    __slots__ = ("_shared", "_values")

    def __init__(self, values: dict[tuple[Any, ...], Any] | None = None) -> None:
        self._values = {} if values is None else values
        self._shared = False

    def read(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """The value, or the default."""
        return self._values.get(key, default)

    def write(self, key: tuple[Any, ...], value: Any) -> None:
        """Put an immutable value in the place of the old one."""
        if self._shared:
            self._values = dict(self._values)
            self._shared = False
        self._values[key] = value

    def forget(self, key: tuple[Any, ...]) -> None:
        """Remove a key; nothing happens when it is not there."""
        if key in self._values:
            if self._shared:
                self._values = dict(self._values)
                self._shared = False
            del self._values[key]

    def known(self) -> list[tuple[Any, ...]]:
        """All keys."""
        return list(self._values)

    def fork(self) -> Memory:
        """A memory with the same content that goes its own way from now on."""
        twin = Memory(self._values)
        twin._shared = True
        self._shared = True
        return twin
