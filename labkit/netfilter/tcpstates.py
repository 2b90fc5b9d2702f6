"""The TCP state machine of connection tracking (nf_conntrack_proto_tcp.c, Linux 6.1).

Six kinds of segment, ten states, two directions.  Windows and sequence numbers are left
out: packets here carry none.
"""

from __future__ import annotations

NAMES = (
    "NONE",
    "SYN_SENT",
    "SYN_RECV",
    "ESTABLISHED",
    "FIN_WAIT",
    "CLOSE_WAIT",
    "LAST_ACK",
    "TIME_WAIT",
    "CLOSE",
    "SYN_SENT2",
)
NO, SS, SR, ES, FW, CW, LA, TW, CL, S2 = range(10)
INVALID, IGNORE = 10, 11

TIMEOUTS = {
    SS: 120.0,
    SR: 60.0,
    ES: 432000.0,
    FW: 120.0,
    CW: 60.0,
    LA: 30.0,
    TW: 120.0,
    CL: 10.0,
    S2: 120.0,
}
"""Seconds until an entry in this state is forgotten (tcp_timeouts)."""

UNACKNOWLEDGED = 300.0
"""Seconds for a connection that was picked up in the middle and has no answer yet."""

SYN, SYNACK, FIN, ACK, RST, NONE = range(6)

_IV, _IG = INVALID, IGNORE
ORIGINAL = (
    #    NO   SS   SR   ES   FW   CW   LA   TW   CL   S2
    (SS, SS, _IG, _IG, _IG, _IG, _IG, SS, SS, S2),  # SYN
    (_IV, _IV, SR, _IV, _IV, _IV, _IV, _IV, _IV, SR),  # SYN,ACK
    (_IV, _IV, FW, FW, LA, LA, LA, TW, CL, _IV),  # FIN
    (ES, _IV, ES, ES, CW, CW, TW, TW, CL, _IV),  # ACK
    (_IV, CL, CL, CL, CL, CL, CL, CL, CL, CL),  # RST
    (_IV,) * 10,  # none of them
)
REPLY = (
    (_IV, S2, _IV, _IV, _IV, _IV, _IV, SS, _IV, S2),  # SYN
    (_IV, SR, _IG, _IG, _IG, _IG, _IG, _IG, _IG, SR),  # SYN,ACK
    (_IV, _IV, FW, FW, LA, LA, LA, TW, CL, _IV),  # FIN
    (_IV, _IG, SR, ES, CW, CW, TW, TW, CL, _IG),  # ACK
    (_IV, CL, CL, CL, CL, CL, CL, CL, CL, CL),  # RST
    (_IV,) * 10,  # none of them
)


def kind(flags: int) -> int:
    """Which of the six kinds the flags of a segment are (get_conntrack_index)."""
    if flags & 4:
        return RST
    if flags & 2:
        return SYNACK if flags & 16 else SYN
    if flags & 1:
        return FIN
    return ACK if flags & 16 else NONE


def follow(state: int, segment: int, reply: bool) -> int:
    """The next state, or INVALID or IGNORE."""
    return (REPLY if reply else ORIGINAL)[segment][state]
