"""How ``exit``, ``break``, ``continue`` and ``return`` leave what is running."""

from __future__ import annotations


class Exit(Exception):
    """``exit`` (then ``asked``), or a mistake that ends a shell that reads a script."""

    def __init__(self, status: int, *, asked: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.asked = asked


class Return(Exit):
    """``return``; outside a function it ends the script, as an ``exit`` would."""


class _OfLoop(Exception):
    """Leaves ``count`` loops."""

    def __init__(self, count: int = 1) -> None:
        super().__init__(count)
        self.count = count

    def outward(self) -> int:
        """Called by a loop that it leaves: go on to the next one outside, or stop here."""
        if self.count > 1:
            raise type(self)(self.count - 1)
        return 0


class Break(_OfLoop):
    """``break n``."""


class Continue(_OfLoop):
    """``continue n``."""
