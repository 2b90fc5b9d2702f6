"""-m recent: lists of addresses seen lately (xt_recent.c).

A list belongs to a name and keeps at most 100 addresses (ip_list_tot); the one that was
touched longest ago makes room.  kube-proxy keeps one list for each endpoint and so gives a
client the same endpoint again (session affinity).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.model import address
from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import text_up_to, unsigned

LIST_TOTAL = 100
"""Addresses in one list (module parameter ip_list_tot)."""

STAMPS = 32
"""Times kept for one address, unless a hit count needs more."""

MODES = ("--set", "--rcheck", "--update", "--remove")

Stamps = tuple[float, ...]

Who = int | tuple[int, int, int]
"""Names an entry: the address; in a list where ``--rttl`` is asked for, with the TTL of the
packet that touched it last, and a number in the order of making."""


@dataclass(frozen=True, slots=True)
class Recent(Match):
    """One of --set, --rcheck, --update, --remove on the list ``name``."""

    NAME: ClassVar[str] = "recent"
    STATEFUL: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        *(Flag(mode, negatable=True) for mode in MODES),
        Flag("--seconds", unsigned(1)),
        Flag("--reap"),
        Flag("--hitcount", unsigned(1, 65535)),
        Flag("--rttl"),
        Flag("--name", text_up_to(199)),
        Flag("--mask", address.canonical),
        Flag("--rsource"),
        Flag("--rdest"),
    )
    mode: str
    name: str = "DEFAULT"
    seconds: int = 0
    hitcount: int = 0
    reap: bool = False
    mask: str = "255.255.255.255"
    dest: bool = False
    negated: bool = False
    rttl: bool = False
    by_ttl: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        modes = [mode for mode in MODES if mode in options]
        if len(modes) != 1:
            raise ValueError("exactly one of --set, --rcheck, --update, --remove must be written")
        mode, seconds = modes[0], options.get("--seconds", int) or 0
        hitcount = options.get("--hitcount", int) or 0
        if "--reap" in options and not seconds:
            raise ValueError("--reap needs --seconds")
        rttl = "--rttl" in options
        if mode in ("--set", "--remove") and (seconds or hitcount or rttl):
            raise ValueError(f"--seconds, --hitcount and --rttl do not go with {mode}")
        full = "255.255.255.255" if options.family == 4 else ":".join(["ffff"] * 8)
        return cls(
            mode,
            options.get("--name", str) or "DEFAULT",
            seconds,
            hitcount,
            "--reap" in options,
            options.get("--mask", str) or full,
            "--rdest" in options,
            options.negated(mode),
            rttl,
        )

    def words(self) -> str:
        parts = [
            f"{negation(self.negated)}{self.mode}",
            f"--seconds {self.seconds}" if self.seconds else "",
            "--reap" if self.reap else "",
            f"--hitcount {self.hitcount}" if self.hitcount else "",
            "--rttl" if self.rttl else "",
            f"--name {self.name} --mask {self.mask}",
            "--rdest" if self.dest else "--rsource",
        ]
        return " ".join(filter(None, parts))

    def matches(self, frame: Frame) -> bool:
        old: dict[Who, Stamps] = frame.memory.read(("recent", self.name), {})
        host = (frame.dst if self.dest else frame.src) & address.number(self.mask)
        who: Who = self._among(old, host, seen_ttl(frame)) if self.by_ttl else host
        stamps = old.get(who)
        if stamps is None and self.mode != "--set":
            return self.negated
        new = dict(old)
        hit = not self.negated if stamps is None else self._known(new, who, stamps, frame)
        if stamps is None:
            self._add(new, who, frame.now)
        if new != old or list(new) != list(old):
            frame.memory.write(("recent", self.name), new)
        return hit

    def _among(self, table: dict[Who, Stamps], who: int, ttl: int) -> Who:
        """The entry of this address, and of this TTL where that is asked for: the first made."""
        keys = [key for key in table if isinstance(key, tuple)]
        mine = (k for k in keys if k[0] == who and (not self.rttl or k[1] == ttl))
        last = max((key[2] for key in keys), default=0)
        return min(mine, key=lambda key: key[2], default=(who, ttl, last + 1))

    def _known(self, table: dict[Who, Stamps], who: Who, stamps: Stamps, frame: Frame) -> bool:
        """The address is on the list: test, and change the list as the mode says."""
        now = frame.now
        if self.mode == "--remove":
            del table[who]
            return not self.negated
        hit = not self.negated
        if self.mode != "--set":
            hit = self._fresh(stamps, now) is not self.negated
            if self.reap:
                self._reap(table, now)
        if self.mode == "--set" or (self.mode == "--update" and hit):
            table.pop(who, None)
            if isinstance(who, tuple):
                who = who[0], seen_ttl(frame), who[2]
            table[who] = (*stamps, now)[-max(STAMPS, self.hitcount) :]
        return hit

    def _fresh(self, stamps: Stamps, now: float) -> bool:
        """Enough of the times are young enough (one, unless a hit count is given)."""
        young = sum(1 for s in stamps if not self.seconds or s >= now - self.seconds)
        return young >= max(1, self.hitcount)

    def _reap(self, table: dict[Who, Stamps], now: float) -> None:
        """Remove the address touched longest ago, when it is too old; never more than one."""
        oldest = next(iter(table))
        if table[oldest][-1] < now - self.seconds:
            del table[oldest]

    def _add(self, table: dict[Who, Stamps], who: Who, now: float) -> None:
        """Put a new address on the list; a full list loses the one touched longest ago."""
        if len(table) >= LIST_TOTAL:
            del table[next(iter(table))]
        table[who] = (now,)


def seen_ttl(frame: Frame) -> int:
    """The TTL as it was before forwarding took one off."""
    forwarded = frame.hook in ("FORWARD", "POSTROUTING") and frame.packet.in_iface != ""
    return frame.ttl + forwarded
