"""Addresses and networks by family, read as sloppily as kube-proxy reads them.

kube-proxy parses with ``k8s.io/utils/net.ParseIPSloppy``: leading zeros are decimal
(``010.0.0.1`` is 10.0.0.1) and an IPv4 address in IPv6 clothes (``::ffff:10.0.0.1``) is an
IPv4 address.  What cannot be parsed is None, never an error: kube-proxy passes over it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Literal

Family = Literal["ipv4", "ipv6"]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

KUBERNETES_FAMILY: dict[Family, str] = {"ipv4": "IPv4", "ipv6": "IPv6"}
VERSION: dict[Family, int] = {"ipv4": 4, "ipv6": 6}
HOST_BITS: dict[Family, int] = {"ipv4": 32, "ipv6": 128}
ANYWHERE: dict[Family, str] = {"ipv4": "0.0.0.0/0", "ipv6": "::/0"}
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PLAIN_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
LOOPBACK: dict[Family, str] = {"ipv4": "127.0.0.1", "ipv6": "::1"}


def parse_ip(text: str) -> Address | None:
    """The address, or None."""
    if ":" not in text:
        text = ".".join(part.lstrip("0") or "0" if part else part for part in text.split("."))
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def parse_network(text: str) -> Network | None:
    """The network with its host bits cleared, or None."""
    base, slash, bits = text.partition("/")
    address = parse_ip(base)
    if address is None or not slash or not (bits.isascii() and bits.isdigit()):
        return None
    try:
        return ipaddress.ip_network(f"{address}/{int(bits)}", strict=False)
    except ValueError:
        return None


def ips_of_family(texts: Iterable[str], family: Family) -> tuple[str, ...]:
    """The addresses of one family in canonical spelling; all others are dropped."""
    found = [_of_family(text.strip(), family) for text in texts]
    return tuple([text for text in found if text])


def _of_family(text: str, family: Family) -> str:
    """The address in canonical spelling, or ``""``; most are plain IPv4 and spelt well."""
    if _PLAIN_IPV4.fullmatch(text):
        return text if family == "ipv4" else ""
    ip = parse_ip(text)
    return str(ip) if ip is not None and ip.version == VERSION[family] else ""


def networks_of_family(texts: Iterable[str], family: Family) -> tuple[Network, ...]:
    """The networks of one family; all others are dropped."""
    parsed = (parse_network(text.strip()) for text in texts)
    return tuple(net for net in parsed if net is not None and net.version == VERSION[family])


def with_port(ip: str, port: int) -> str:
    """``10.0.0.1:80`` or ``[fd00::1]:80``."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
