"""Packets as bytes: what is put on the wire, and what is read from it.

Each packet carries its ordinal where no rule looks and no NAT writes: in the identification
field of IPv4 and in the flow label of IPv6.  ICMP errors quote it.  TCP's sequence numbers
say nothing (the emulator has none), and Linux is told to take every segment that comes.
"""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

from labkit.model.packet import FlowKey, Packet, flag_bits, protocol_number
from labkit.netfilter import sctpstates

SEQUENCE = 1 << 20

MOST = 60_000
"""Ordinals go from 1 to this in one batch: the identification field has 16 bits."""

SYN, RST = 2, 4
ICMP, TCP, UDP, ICMP6, SCTP = 1, 6, 17, 58, 132


class Seen(NamedTuple):
    """What the bytes of a packet say.  ``inner`` is the ordinal in an ICMP error's quotation."""

    ordinal: int
    src: str
    dst: str
    proto: int
    sport: int
    dport: int
    flags: int
    icmp_type: int
    icmp_code: int
    ttl: int
    length: int
    inner: int


def encode(packet: Packet, ordinal: int) -> bytes:
    """The packet with right checksums; ``ordinal`` from 1 to ``MOST``."""
    proto = protocol_number(packet.proto)
    six = ":" in packet.src
    kind = socket.AF_INET6 if six else socket.AF_INET
    src, dst = socket.inet_pton(kind, packet.src), socket.inet_pton(kind, packet.dst)
    head = 40 if six else 20
    body = _body(packet, proto, ordinal, max(packet.length - head, 0))
    body = _summed(body, proto, src, dst, six)
    if six:
        start = struct.pack("!IHBB", 6 << 28 | ordinal, len(body), proto, packet.ttl)
        return start + src + dst + body
    start = struct.pack("!BBHHHBBH", 0x45, 0, head + len(body), ordinal, 0, packet.ttl, proto, 0)
    whole = start + src + dst
    return whole[:10] + checksum(whole).to_bytes(2, "big") + whole[12:] + body


def _body(packet: Packet, proto: int, ordinal: int, size: int) -> bytes:
    """Header of the transport and as many zeros as the length asks for."""
    ports = struct.pack("!HH", packet.sport, packet.dport)
    if proto == TCP:
        head = ports + _tcp(flag_bits(packet.flags), max(size - 20, 0))
    elif proto == UDP:
        head = ports + struct.pack("!HH", max(size, 8), 0)
    elif proto in (ICMP, ICMP6):
        head = struct.pack("!BBHHH", packet.icmp_type, packet.icmp_code, 0, packet.sport, 1)
        if packet.inner is not None:
            head = head[:4] + bytes(4) + _quotation(packet.inner)
    elif proto == SCTP:
        head = ports + _sctp(packet.flags, size - 12)
    else:
        head = b""
    return head + bytes(max(size - len(head), 0))


def _tcp(flags: int, data: int) -> bytes:
    """The rest of the header; every segment ends at the same sequence number.

    So none is ahead of an earlier one, and Linux (6.7 and later) never takes the port of an
    ended connection away for a new one (nf_nat_used_tuple_harder in nf_nat_core.c).  A reset
    has just the number that was acknowledged, so that it ends the connection.
    """
    number = SEQUENCE if flags & RST else SEQUENCE - data + (0 if flags & SYN else 1)
    return struct.pack("!IIBBHHH", number, SEQUENCE, 5 << 4, flags, 8192, 0, 0)


def _sctp(flags: str, room: int) -> bytes:
    """The rest of the header and one chunk, the one that the flags stand for.

    All verification tags are 1, but INIT's own, which must be 0 (RFC 9260, 8.5.1).  The chunk
    takes the ``room`` that there is: another one of length 0 would make the packet invalid.
    """
    kind = sctpstates.chunk(flags)
    number, size = sctpstates.NUMBERS[kind], room & ~3
    if kind in (sctpstates.INIT, sctpstates.INIT_ACK):
        tag = 0 if kind == sctpstates.INIT else 1
        return struct.pack("!IIBBHIIHHI", tag, 0, number, 0, max(size, 20), 1, 1500, 1, 1, 1)
    return struct.pack("!IIBBHI", 1, 0, number, 0, max(size, 8), 0)


def _quotation(inner: FlowKey) -> bytes:
    """The packet that an ICMP error speaks of, of ICMP an echo: IP header and eight bytes."""
    packet = Packet(
        inner.src,
        inner.dst,
        inner.proto,
        inner.sport,
        inner.dport,
        length=48,
        icmp_type=128 if inner.proto == "ipv6-icmp" else 8,
    )
    return encode(packet, 0)


def _summed(body: bytes, proto: int, src: bytes, dst: bytes, six: bool) -> bytes:
    """The body with its checksum; for SCTP that is CRC32c."""
    at = {TCP: 16, UDP: 6, ICMP: 2, ICMP6: 2}.get(proto)
    if proto == SCTP:
        return body[:8] + struct.pack("<I", crc32c(body)) + body[12:]
    if at is None:
        return body
    pseudo = (
        b""
        if proto == ICMP
        else src
        + dst
        + (
            struct.pack("!IHBB", len(body), 0, 0, proto)
            if six
            else struct.pack("!BBH", 0, proto, len(body))
        )
    )
    total = checksum(pseudo + body)
    if proto == UDP and total == 0:
        total = 0xFFFF
    return body[:at] + total.to_bytes(2, "big") + body[at + 2 :]


def decode(data: bytes) -> Seen | None:
    """What stands in the bytes, or None when they are no IP packet.  They may be cut off."""
    if len(data) >= 20 and data[0] >> 4 == 4:
        head, ordinal = (data[0] & 15) * 4, int.from_bytes(data[4:6], "big")
        kind, ends, proto, ttl = socket.AF_INET, (12, 16, 20), data[9], data[8]
        length = int.from_bytes(data[2:4], "big")
    elif len(data) >= 40 and data[0] >> 4 == 6:
        head, ordinal = 40, int.from_bytes(data[1:4], "big") & 0xFFFFF
        kind, ends, proto, ttl = socket.AF_INET6, (8, 24, 40), data[6], data[7]
        length = int.from_bytes(data[4:6], "big") + 40
    else:
        return None
    src = socket.inet_ntop(kind, data[ends[0] : ends[1]])
    dst = socket.inet_ntop(kind, data[ends[1] : ends[2]])
    body = data[head:]
    sport = dport = flags = icmp_type = icmp_code = inner = 0
    if proto in (ICMP, ICMP6) and len(body) >= 8:
        icmp_type, icmp_code = body[0], body[1]
        sport = int.from_bytes(body[4:6], "big")
        quoted = decode(body[8:]) if _is_error(proto, icmp_type) else None
        inner = quoted.ordinal if quoted else 0
    elif len(body) >= 4:
        sport, dport = struct.unpack("!HH", body[:4])
    if proto == TCP and len(body) >= 14:
        flags = body[13]
    return Seen(
        ordinal, src, dst, proto, sport, dport, flags, icmp_type, icmp_code, ttl, length, inner
    )


def _is_error(proto: int, icmp_type: int) -> bool:
    return icmp_type in (3, 5, 11, 12) if proto == ICMP else icmp_type < 128


def checksum(data: bytes) -> int:
    """The checksum of the Internet protocols (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), which SCTP uses (RFC 9260, appendix A)."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF
