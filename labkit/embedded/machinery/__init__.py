"""The API server without HTTP: get, list, watch, create, update, patch, apply, delete."""

from __future__ import annotations

from labkit.embedded.machinery.core import Machinery, kind_of
from labkit.embedded.machinery.options import DeleteOptions, WriteOptions

__all__ = ["DeleteOptions", "Machinery", "WriteOptions", "kind_of"]
