"""A packet's way with what the bare trace does not know: who lives where, what a rule is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit.model.packet import Packet
from labkit.model.trace import Trace, Verdict


@dataclass(frozen=True, slots=True)
class Way:
    """``names`` maps an address to the name of the Pod or Service there; ``reasons`` maps a
    rule's text to a sentence about it; ``node`` is where all this happens; ``language`` that of
    the text.  ``print(way)`` gives the way as text, ``show(way)`` as a picture to step through.
    """

    trace: Trace
    names: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    node: str = ""
    language: str = "en"

    @property
    def packet(self) -> Packet:
        """The packet as it leaves the node."""
        return self.trace.packet

    @property
    def verdict(self) -> Verdict:
        """How it ended."""
        return self.trace.verdict

    def named(self, address: str) -> str:
        """``10.244.1.5 (backend-2)``, or the bare address of somebody unknown."""
        name = self.names.get(address, "")
        return f"{address} ({name})" if name else address

    def __str__(self) -> str:
        return self.trace.text(self.language)

    def __repr__(self) -> str:
        return f"<Way: {self.trace.start} -> {self.trace.label}>"
