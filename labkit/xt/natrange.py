"""What a NAT target asks for: which side to rewrite, and to what (struct nf_nat_range2)."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.model import address


@dataclass(frozen=True, slots=True)
class NatRange:
    """``kind`` is ``dst`` or ``src``.  No address (None) means: keep it.

    Ports 0-0 mean: no port was asked for.  ``masquerade`` asks for the address of the
    interface the packet leaves through; ``shift`` maps the network part only (NETMAP).
    """

    kind: str
    low: int | None = None
    high: int | None = None
    port_low: int = 0
    port_high: int = 0
    random: bool = False
    random_fully: bool = False
    persistent: bool = False
    masquerade: bool = False
    redirect: bool = False
    netmask: int | None = None

    @property
    def has_ports(self) -> bool:
        """Whether ports were asked for."""
        return self.port_high > 0


def read_range(text: str) -> tuple[int | None, int | None, int, int, int]:
    """``10.0.0.1-10.0.0.9:80-90``, ``[fd00::1]:80`` or ``:80``.

    Gives (low, high, port, last port, family); without addresses low and high are None and the
    family is 0.  Raises ``ValueError`` with half a sentence.
    """
    hosts, ports = _split(text)
    if not hosts:
        return None, None, *read_ports(ports), 0
    first, _, last = hosts.partition("-")
    family = address.family(first)
    low = address.number(first)
    high = address.number(last) if last else low
    if low > high:
        raise ValueError("the range of addresses goes backwards")
    port_low, port_high = read_ports(ports) if ports else (0, 0)
    return low, high, port_low, port_high, family


def read_ports(text: str) -> tuple[int, int]:
    """``80`` or ``80-90``.  Raises ``ValueError``."""
    first, dash, last = text.partition("-")
    pair = (first, last if dash else first)
    if not all(p.isascii() and p.isdigit() and 1 <= int(p) <= 65535 for p in pair):
        raise ValueError(f"{text!r} is not a port or a range of ports")
    low, high = int(pair[0]), int(pair[1])
    if low > high:
        raise ValueError("the range of ports goes backwards")
    return low, high


def show_range(low: int | None, high: int | None, port: int, last: int, family: int) -> str:
    """The range as iptables-save writes it."""
    text = ""
    if low is not None and high is not None:
        text = address.text(low, family)
        if family == 6 and port:
            text = f"[{text}]" if high == low else f"[{text}-{address.text(high, family)}]"
        elif high != low:
            text += f"-{address.text(high, family)}"
    if port:
        text += f":{port}" + (f"-{last}" if last != port else "")
    return text


def _split(text: str) -> tuple[str, str]:
    """Hosts and ports; IPv6 with a port stands in brackets."""
    if text.startswith("["):
        hosts, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} has no matching bracket")
        return hosts, rest[1:]
    if text.count(":") > 1:
        return text, ""
    hosts, _, ports = text.partition(":")
    return hosts, ports
