"""How packets get into an interface of the namespace.

A TUN device is the fastest: what is written to it comes in there.  An ordinary user may not
be allowed to open ``/dev/net/tun``; then a pair of Ethernet devices does: what is sent on the
far end comes in at the near one, and what arrives at the far end is dropped before any rule.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
import struct
import subprocess
from dataclasses import dataclass
from typing import Protocol

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
SIOCGIFHWADDR = 0x8927
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
DEAF = """
table netdev labkit_{table} {{
    chain deaf {{
        type filter hook ingress device "{far}" priority 0;
        drop
    }}
}}
"""


class Cable(Protocol):
    """One interface from outside."""

    def send(self, payload: bytes) -> None:
        """The IP packet comes in."""
        ...


@dataclass(frozen=True, slots=True)
class Tun:
    """The open file of a TUN device."""

    file: int

    def send(self, payload: bytes) -> None:
        """Written, it has come in."""
        os.write(self.file, payload)


@dataclass(frozen=True, slots=True)
class Pair:
    """The far end of a pair of Ethernet devices and the hardware address of the near one."""

    far: str
    near: bytes
    socket: socket.socket

    def send(self, payload: bytes) -> None:
        """Sent to the near end."""
        kind = ETH_P_IPV6 if payload[0] >> 4 == 6 else ETH_P_IP
        self.socket.sendto(payload, (self.far, kind, 0, 0, self.near))


def cable(name: str) -> Cable:
    """Make the interface.  Raises ``OSError``, or ``CalledProcessError`` with ``ip``'s words."""
    try:
        return tun(name)
    except OSError:
        return pair(name)


def tun(name: str) -> Tun:
    """A TUN device."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    except OSError:
        os.close(file)
        raise
    return Tun(file)


def pair(name: str) -> Pair:
    """A pair of Ethernet devices; nothing is heard at the far end."""
    far = f"{name[:11]}.far"
    ip("link", "add", name, "type", "veth", "peer", "name", far)
    with open(f"/proc/sys/net/ipv6/conf/{far}/disable_ipv6", "w", encoding="ascii") as file:
        file.write("1\n")
    ip("link", "set", far, "arp", "off", "up")
    deaf = DEAF.format(far=far, table=re.sub(r"\W", "_", name))
    subprocess.run(["nft", "-f", "-"], input=deaf, capture_output=True, text=True, check=True)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    asked = fcntl.ioctl(sender, SIOCGIFHWADDR, struct.pack("16s24x", name.encode()))
    return Pair(far, asked[18:24], sender)


def ip(*words: str) -> None:
    """The program of that name."""
    subprocess.run(["ip", *words], capture_output=True, text=True, check=True)
