"""Reading the fields of a Kubernetes object, with errors that name the field.

Every reader takes the field's name and a default; a value of the wrong type is a
:class:`FieldError` with the whole path (``spec.ports[0].port``), never a traceback.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.errors import ObjectsError

Path = tuple[str | int, ...]

# Wider than DNS-1123, but without a blank, a quote or a line break: these names end up
# in the comments of rules.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_MAX_PORT = 65535


def path_text(path: Path) -> str:
    """``("spec", "ports", 0, "port")`` as ``spec.ports[0].port``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class FieldError(ObjectsError):
    """A field of an object holds something that no API server would have taken.

    ``owner`` names the object, ``path`` the field, ``value`` what stands there.
    """

    def __init__(self, owner: str, path: Path, value: object, wanted: str) -> None:
        self.owner = owner
        self.path = path
        self.value = value
        super().__init__(f"{owner}: {path_text(path)} is {value!r}.", f"It must be {wanted}.")


@dataclass(frozen=True, slots=True)
class Fields:
    """One section of an object, and where in the object it stands."""

    values: Mapping[str, Any]
    owner: str
    path: Path = ()

    @classmethod
    def of_object(cls, obj: object, kind: str) -> Fields:
        """The fields of a whole object; ``owner`` becomes ``Service default/web``."""
        if not isinstance(obj, Mapping):
            raise ObjectsError(f"A {kind} must be a mapping, not {type(obj).__name__}.")
        meta = obj.get("metadata")
        meta = meta if isinstance(meta, Mapping) else {}
        parts = [str(meta[word]) for word in ("namespace", "name") if meta.get(word)]
        return cls(obj, f"{kind} {'/'.join(parts)}".strip())

    def error(self, name: str, value: object, wanted: str) -> FieldError:
        """What to raise when a field's value cannot be taken."""
        return FieldError(self.owner, (*self.path, name), value, wanted)

    def section(self, name: str) -> Fields:
        """A section within this one; a missing one is empty."""
        value = self.values.get(name)
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise self.error(name, value, "a mapping")
        return Fields(value, self.owner, (*self.path, name))

    def items(self, name: str) -> list[Fields]:
        """A list of sections."""
        found = []
        for index, value in enumerate(self._list(name)):
            path = (*self.path, name, index)
            if not isinstance(value, Mapping):
                raise FieldError(self.owner, path, value, "a mapping")
            found.append(Fields(value, self.owner, path))
        return found

    def text(self, name: str, default: str = "") -> str:
        """A string."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.error(name, value, "text (put it in quotes)")
        return value

    def name(self, name: str, *, optional: bool = False) -> str:
        """The name of something: letters, digits, ``-``, ``.`` and ``_``."""
        value = self.text(name)
        if _NAME.fullmatch(value) or (optional and not value):
            return value
        raise self.error(name, value, "a name of letters, digits, '-' and '.'")

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        """One of a few words; empty counts as left out."""
        value = self.text(name) or default
        if value not in choices:
            raise self.error(name, value, f"one of {', '.join(choices)}")
        return value

    def choices(self, name: str, choices: tuple[str, ...]) -> tuple[str, ...]:
        """A list of such words."""
        found = self.texts(name)
        for index, value in enumerate(found):
            if value not in choices:
                wanted = f"one of {', '.join(choices)}"
                raise FieldError(self.owner, (*self.path, name, index), value, wanted)
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        found = self._list(name)
        for index, value in enumerate(found):
            if not isinstance(value, str):
                path = (*self.path, name, index)
                raise FieldError(self.owner, path, value, "text (put it in quotes)")
        return tuple(found)

    def number(self, name: str, default: int = 0) -> int:
        """A whole number (``true`` is none)."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(name, value, "a whole number")
        return value

    def port(self, name: str) -> int:
        """A port, 0 when it is left out."""
        value = self.number(name)
        if not 0 <= value <= _MAX_PORT:
            raise self.error(name, value, f"a port, 0 to {_MAX_PORT}")
        return value

    def port_or_name(self, name: str) -> int | str:
        """A port number, or the name of a container's port; 0 when it is left out."""
        if isinstance(self.values.get(name), str):
            return self.name(name, optional=True)
        return self.port(name)

    def flag(self, name: str, default: bool) -> bool:
        """``true`` or ``false``."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.error(name, value, "true or false")
        return value

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """Labels: pairs of text, sorted."""
        section = self.section(name)
        return tuple(sorted((key, section.text(key)) for key in section.values))

    def _list(self, name: str) -> list[Any]:
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            raise self.error(name, value, "a list")
        return list(value)
