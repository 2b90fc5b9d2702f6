"""The SCTP state machine of connection tracking (nf_conntrack_proto_sctp.c, Linux 6.1).

A packet carries one chunk, named by the flags that a TCP segment in its place would have
(``CHUNKS``).  Verification tags are left out but for one thing: until a side's tag is known,
from the INIT or INIT ACK of the other one, its packets are invalid.
"""

from __future__ import annotations

NAMES = (
    "NONE",
    "CLOSED",
    "COOKIE_WAIT",
    "COOKIE_ECHOED",
    "ESTABLISHED",
    "SHUTDOWN_SENT",
    "SHUTDOWN_RECD",
    "SHUTDOWN_ACK_SENT",
)
NO, CL, CW, CE, ES, SS, SR, SA = range(8)
INVALID = 8

TIMEOUTS = {CL: 10.0, CW: 3.0, CE: 3.0, ES: 210.0, SS: 3.0, SR: 3.0, SA: 3.0}
"""Seconds until an entry in this state is forgotten (sctp_timeouts)."""

INIT, INIT_ACK, ABORT, SHUTDOWN, SHUTDOWN_ACK, COOKIE_ECHO, COOKIE_ACK, DATA = range(8)

CHUNKS = {
    "SYN": INIT,
    "SYN,ACK": INIT_ACK,
    "RST": ABORT,
    "FIN": SHUTDOWN,
    "FIN,ACK": SHUTDOWN_ACK,
    "ACK": COOKIE_ECHO,
    "PSH,ACK": COOKIE_ACK,
}
"""Flags and the chunk that they stand for; any others stand for DATA."""

NUMBERS = {
    INIT: 1,
    INIT_ACK: 2,
    ABORT: 6,
    SHUTDOWN: 7,
    SHUTDOWN_ACK: 8,
    COOKIE_ECHO: 10,
    COOKIE_ACK: 11,
    DATA: 0,
}
"""The types of the chunks on the wire (RFC 9260, 3.2)."""

_IV = INVALID
ORIGINAL = (
    # NO  CL  CW  CE  ES  SS  SR  SA
    (CL, CL, CW, CE, ES, CL, CL, SA),  # INIT
    (CL, CL, CW, CE, ES, SS, SR, SA),  # INIT ACK
    (CL, CL, CL, CL, CL, CL, CL, CL),  # ABORT
    (CL, CL, CW, CE, SS, SS, SR, SA),  # SHUTDOWN
    (SA, CL, CW, CE, ES, SA, SA, SA),  # SHUTDOWN ACK
    (CL, CL, CE, CE, ES, SS, SR, SA),  # COOKIE ECHO
    (CL, CL, CW, ES, ES, SS, SR, SA),  # COOKIE ACK
    (_IV, CL, CW, CE, ES, SS, SR, SA),  # DATA
)
REPLY = (
    (_IV, CL, CW, CE, ES, SS, SR, SA),  # INIT
    (_IV, CW, CW, CE, ES, SS, SR, SA),  # INIT ACK
    (_IV, CL, CL, CL, CL, CL, CL, CL),  # ABORT
    (_IV, CL, CW, CE, SR, SS, SR, SA),  # SHUTDOWN
    (_IV, CL, CW, CE, ES, SA, SA, SA),  # SHUTDOWN ACK
    (_IV, CL, CE, CE, ES, SS, SR, SA),  # COOKIE ECHO
    (_IV, CL, CW, ES, ES, SS, SR, SA),  # COOKIE ACK
    (_IV, CL, CW, CE, ES, SS, SR, SA),  # DATA
)
BEGIN = frozenset({INIT, SHUTDOWN_ACK})
"""Only these begin a connection: others belong to one (ABORT, COOKIE ACK) or want a tag."""

WITHOUT_TAG = frozenset({INIT, SHUTDOWN_ACK})
"""Chunks of which the tag is not looked at, or is 0."""


def chunk(flags: str) -> int:
    """The chunk that the flags stand for."""
    return CHUNKS.get(flags.upper().replace(" ", ""), DATA)


def follow(state: int, kind: int, reply: bool) -> int:
    """The next state, or INVALID."""
    return (REPLY if reply else ORIGINAL)[kind][state]
