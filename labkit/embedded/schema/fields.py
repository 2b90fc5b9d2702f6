"""The table of fields: every v1 model's JSON fields and their types.

The facts come from the official client's model metadata (see ``tools/make_fields.py``, which
also explains the short types); they are read once, when first asked for.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class GVK(NamedTuple):
    """Group (empty for core), version and kind."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """``v1`` or ``apps/v1``, as an object writes it."""
        return f"{self.group}/{self.version}" if self.group else self.version


@dataclass(frozen=True, slots=True)
class Model:
    """One struct of the API: its Go name, its JSON fields with their types, the required ones."""

    name: str
    go: str
    fields: Mapping[str, str]
    required: tuple[str, ...]


def read_table(name: str) -> Any:
    """A gzipped JSON table of the package."""
    packed = files(__package__).joinpath("tables", name).read_bytes()
    return json.loads(gzip.decompress(packed))


@cache
def _models() -> dict[str, Model]:
    table = read_table("fields.json.gz")["models"]
    return {
        name: Model(name, go, fields, tuple(required))
        for name, (go, fields, required) in table.items()
    }


@cache
def kinds() -> Mapping[GVK, str]:
    """Every known kind, and the name of its model."""
    table = read_table("fields.json.gz")["kinds"]
    return {GVK(*key.split("/")): model for key, model in table.items()}


def model(name: str) -> Model:
    """The model of that name; ``KeyError`` when there is none."""
    return _models()[name]


def model_of(gvk: GVK) -> Model | None:
    """The model of a kind, or None when the kind is not known."""
    name = kinds().get(gvk)
    return None if name is None else _models()[name]


def element(kind: str) -> str:
    """The type of the members of a list or a map: ``[@Container`` gives ``@Container``."""
    return kind[1:]
