"""What a request may say beside its object: who writes, whether to pretend, how to delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labkit.embedded.machinery.visitor import ADMIN, Visitor


def ignore(warning: str) -> None:
    """Where warnings go when nobody listens."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """Options of create, update and patch.

    ``validation`` is ``Strict``, ``Warn`` or ``Ignore`` (the parameter ``fieldValidation``);
    ``force`` lets server-side apply take fields from other managers; ``warn`` is handed texts
    for ``Warning`` headers; ``visitor`` asks; with ``dry_run`` everything happens but the writing.
    """

    manager: str = "labkit"
    dry_run: bool = False
    validation: str = "Strict"
    force: bool = False
    warn: Callable[[str], None] = ignore
    visitor: Visitor = ADMIN


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """Options of delete; ``grace_seconds`` and ``propagation`` None leave it to the kind."""

    grace_seconds: int | None = None
    propagation: str | None = None
    uid: str | None = None
    version: str | None = None
    dry_run: bool = False


DEFAULTS = WriteOptions()
"""Of a write that says nothing."""
