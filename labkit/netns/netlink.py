"""The few words of netlink that are needed: nfnetlink_log, nftables' trace, conntrack, nfacct.

Numbers from include/uapi/linux/netfilter/nfnetlink*.h and nf_tables.h.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

AF_NETLINK, NETLINK_NETFILTER = 16, 12
NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL = 1, 4, 0x400, 0x200
NLMSG_ERROR = 2
CONNTRACK, LOG, ACCT, TABLES = 1, 4, 7, 10
"""Subsystems of nfnetlink."""

BIND, BIND_FAMILY = 1, 3
TRACE_GROUP = 9
"""NFNLGRP_NFTRACE: the multicast group of nftables' trace."""

Attributes = dict[int, bytes]


class Logged(NamedTuple):
    """One packet that ``log group N`` or a legacy trace reported."""

    prefix: str
    hook: int
    mark: int
    in_index: int
    out_index: int
    payload: bytes


class Traced(NamedTuple):
    """One step of nftables' trace.  ``kind`` is policy, return or rule."""

    number: int
    table: str
    chain: str
    handle: int
    kind: str
    header: bytes


def message(kind: int, flags: int, family: int, number: int, body: bytes) -> bytes:
    """An nfnetlink message; ``number`` is the group (res_id)."""
    head = struct.pack("=BBH", family, 0, socket.htons(number))
    size = 16 + len(head) + len(body)
    return struct.pack("=IHHII", size, kind, flags | NLM_F_REQUEST, 1, 0) + head + body


def attribute(kind: int, value: bytes) -> bytes:
    """A length, a type, a value, padded to four bytes."""
    size = 4 + len(value)
    return struct.pack("=HH", size, kind) + value + bytes(-size % 4)


def attributes(data: bytes) -> Attributes:
    """The attributes in a message's body by type."""
    found: Attributes = {}
    at = 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, at)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[at + 4 : at + size]
        at += (size + 3) & ~3
    return found


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, body after the nfgenmsg) of each message in a datagram."""
    at = 0
    while at + 16 <= len(data):
        size, kind = struct.unpack_from("=IH", data, at)
        if size < 16:
            break
        yield kind, data[at + 20 : at + size]
        at += (size + 3) & ~3


def channel(groups: int = 0, room: int = 64 << 20) -> socket.socket:
    """A netlink socket with a large queue: a lost report would be a lost packet."""
    made = socket.socket(AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    made.bind((0, groups))
    try:
        made.setsockopt(socket.SOL_SOCKET, 33, room)  # SO_RCVBUFFORCE
    except OSError:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    return made


def ask(channel: socket.socket, request: bytes) -> None:
    """Send a request that wants an acknowledgement.  Raises ``OSError`` when refused."""
    channel.send(request)
    status: int = struct.unpack_from("=IHHIIi", channel.recv(8192))[-1]
    if status:
        raise OSError(-status, os.strerror(-status))


def listen(channel: socket.socket, group: int, size: int = 256) -> None:
    """Get every packet of a log group at once, with its first ``size`` bytes."""
    kind, flags = LOG << 8 | 1, NLM_F_ACK
    ask(channel, message(kind, flags, 0, group, attribute(1, bytes([BIND]))))
    copy = attribute(2, struct.pack("!IBx", size, 2))
    at_once = attribute(5, struct.pack("!I", 1))
    ask(channel, message(kind, flags, 0, group, copy + at_once))


def take_family(channel: socket.socket, family: int) -> None:
    """Make nfnetlink_log the logger of an address family: legacy traces come to group 0."""
    body = attribute(1, bytes([BIND_FAMILY]))
    ask(channel, message(LOG << 8 | 1, NLM_F_ACK, family, 0, body))


def forget_connections(channel: socket.socket) -> None:
    """Empty the conntrack table (``conntrack -F``)."""
    ask(channel, message(CONNTRACK << 8 | 2, NLM_F_ACK, 0, 0, b""))


def make_nfacct(channel: socket.socket, name: str) -> None:
    """``nfacct add NAME``; nothing happens when it is there."""
    flags = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL
    body = attribute(1, name.encode() + b"\0")
    try:
        ask(channel, message(ACCT << 8, flags, 0, 0, body))
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in (16, 17):
            raise


def logged(body: bytes) -> Logged:
    """A message of nfnetlink_log (NFULA_*)."""
    found = attributes(body)
    hook = found.get(1, bytes(4))[2]

    def number(kind: int) -> int:
        return int.from_bytes(found.get(kind, b""), "big")

    prefix = found.get(10, b"").rstrip(b"\0").decode("utf-8", "replace")
    return Logged(prefix, hook, number(2), number(4), number(5), found.get(9, b""))


KINDS = {1: "policy", 2: "return", 3: "rule"}


def traced(body: bytes) -> Traced:
    """A message of nftables' trace (NFTA_TRACE_*)."""
    found = attributes(body)

    def text(kind: int) -> str:
        return found.get(kind, b"").rstrip(b"\0").decode("utf-8", "replace")

    def number(kind: int) -> int:
        return int.from_bytes(found.get(kind, b""), "big")

    return Traced(
        number(6), text(1), text(2), number(3), KINDS.get(number(4), ""), found.get(8, b"")
    )
