"""-m connmark and -j CONNMARK: the mark of the connection (xt_connmark.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from labkit.errors import BatchUnsupported
from labkit.xt.base import CONTINUE, Flag, Match, Options, Result, Target, negation
from labkit.xt.frame import Frame
from labkit.xt.values import Masked, masked, unsigned

FULL = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Connmark(Match):
    """True when (mark of the connection & mask) == value; false without a connection."""

    NAME: ClassVar[str] = "connmark"
    FLAGS: ClassVar[tuple[Flag, ...]] = (Flag("--mark", masked, negatable=True, required=True),)
    mark: Masked
    negated: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls(options.need("--mark", Masked), options.negated("--mark"))

    def words(self) -> str:
        return f"{negation(self.negated)}--mark {self.mark.words()}"

    def matches(self, frame: Frame) -> bool:
        if frame.ct is None:
            return False
        return ((frame.ct.mark & self.mark.mask) == self.mark.value) is not self.negated

    def columns(self, columns: Any) -> Any:
        return self.matches(columns)


@dataclass(frozen=True, slots=True)
class ConnmarkTarget(Target):
    """Change the connection's mark, or copy it from the packet (save) or to it (restore)."""

    NAME: ClassVar[str] = "CONNMARK"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--set-xmark", masked),
        Flag("--set-mark", masked),
        Flag("--and-mark", unsigned()),
        Flag("--or-mark", unsigned()),
        Flag("--xor-mark", unsigned()),
        Flag("--save-mark"),
        Flag("--restore-mark"),
        Flag("--nfmask", unsigned()),
        Flag("--ctmask", unsigned()),
        Flag("--mask", unsigned()),
        Flag("--left-shift-mark", unsigned(0, 31)),
        Flag("--right-shift-mark", unsigned(0, 31)),
    )
    mode: str
    value: int = 0
    ctmask: int = FULL
    nfmask: int = FULL
    shift: int = 0

    @classmethod
    def build(cls, options: Options) -> Self:
        left, right = (options.get(f"--{way}-shift-mark", int) for way in ("left", "right"))
        shift = left if left is not None else -(right or 0)
        for mode in ("save", "restore"):
            if f"--{mode}-mark" in options:
                both = options.get("--mask", int)
                ct, nf = options.get("--ctmask", int), options.get("--nfmask", int)
                default = FULL if both is None else both
                ct, nf = default if ct is None else ct, default if nf is None else nf
                return cls(mode, 0, ct, nf, shift)
        from labkit.xt.mark import mark_change

        value, mask = mark_change(options)
        return cls("set", value, mask, FULL, shift)

    def words(self) -> str:
        way = "left" if self.shift > 0 else "right"
        shift = f" --{way}-shift-mark {abs(self.shift)}" if self.shift else ""
        if self.mode == "set":
            return f"--set-xmark {self.value:#x}/{self.ctmask:#x}{shift}"
        return f"--{self.mode}-mark --nfmask {self.nfmask:#x} --ctmask {self.ctmask:#x}{shift}"

    def apply(self, frame: Frame) -> Result:
        ct = frame.ct
        if ct is None:
            return CONTINUE
        if self.mode == "set":
            ct.mark = self._shifted((ct.mark & (FULL ^ self.ctmask)) ^ self.value)
        elif self.mode == "save":
            ct.mark = (ct.mark & (FULL ^ self.ctmask)) ^ self._shifted(frame.mark & self.nfmask)
        else:
            frame.mark = (frame.mark & (FULL ^ self.nfmask)) ^ self._shifted(ct.mark & self.ctmask)
            frame.changed()
        return CONTINUE

    def _shifted(self, mark: Any) -> Any:
        """Moved by some bits; what falls off is lost."""
        if self.shift < 0:
            return mark >> -self.shift
        return mark << self.shift & FULL

    def columns(self, columns: Any) -> Result:
        if self.mode == "save" and not isinstance(columns.mark, int):
            raise BatchUnsupported("-j CONNMARK --save-mark with different marks in one batch.")
        return self.apply(columns)
