"""The words on pictures, by language."""

from __future__ import annotations

from labkit.words import Words


def label(key: str, lang: str, **values: object) -> str:
    """The label ``key`` in Spanish ("es") or English (anything else), filled in."""
    return Words("es" if lang == "es" else "en")(f"viz.{key}", **values)
