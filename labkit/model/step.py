"""What happened to a packet, in single steps, and how its way ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from labkit.model.packet import Packet


class Verdict(Enum):
    """How a packet's way through one node ends."""

    ACCEPTED = "accepted"
    DROPPED = "dropped"
    REJECTED = "rejected"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to the packet.

    ``what`` is one of: ``match`` (the rule matched and the walk goes on in the chain),
    ``miss`` (it did not; the note is ``chance`` when a draw decided), ``jump``, ``goto``,
    ``return`` (a RETURN, or the end of a user chain), ``accept``, ``drop``, ``reject``,
    ``nat``, ``policy``, ``route``, ``conntrack``, ``translate`` (a known connection is
    rewritten), ``deliver``, ``send``.
    ``number`` counts rules from 1 as ``iptables -L --line-numbers`` does; 0 where there is
    no rule.  ``depth`` is the nesting of jumps.  ``note`` is the word that ``what`` needs:
    a target, a policy, a state, an interface.
    """

    hook: str
    table: str
    chain: str
    number: int
    rule: str
    what: str
    before: Packet
    after: Packet
    depth: int = 0
    note: str = ""

    @property
    def changed(self) -> bool:
        """Whether the packet is another one after this step."""
        return self.before != self.after
