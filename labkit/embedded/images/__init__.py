"""The registry of emulated images: one image a file."""

from labkit.embedded.images.registry import BuiltInImages

__all__ = ["BuiltInImages"]
