"""-m comment: a text for people; it always matches (xt_comment.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options
from labkit.xt.frame import Frame
from labkit.xt.values import quote, text_up_to


@dataclass(frozen=True, slots=True)
class Comment(Match):
    """At most 256 characters."""

    NAME: ClassVar[str] = "comment"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (Flag("--comment", text_up_to(256), required=True),)
    text: str

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls(options.need("--comment", str))

    def words(self) -> str:
        return f"--comment {quote(self.text)}"

    def matches(self, frame: Frame) -> bool:
        return True
