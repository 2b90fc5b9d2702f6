"""How the cost of a connection grows with the number of Services, mode by mode."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.model.cost import Cost


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """With so many Services: what the first packet meets on its way to the one in the middle of
    the rules, and to the last one.  ``recorded`` points were measured beforehand."""

    services: int
    middle: Cost
    last: Cost
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class Growth:
    """Mode -> its points, by number of Services."""

    modes: dict[str, tuple[GrowthPoint, ...]]

    @property
    def sizes(self) -> tuple[int, ...]:
        """All numbers of Services, rising."""
        return tuple(sorted({p.services for points in self.modes.values() for p in points}))

    def at(self, mode: str, services: int) -> GrowthPoint | None:
        """The point of a mode."""
        return next((one for one in self.modes[mode] if one.services == services), None)
