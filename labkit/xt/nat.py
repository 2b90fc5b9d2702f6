"""What the NAT targets share: the call into the NAT hook and the spelling of ranges."""

from __future__ import annotations

from labkit.xt.base import ACCEPT, DROP, Result
from labkit.xt.frame import Frame
from labkit.xt.natrange import NatRange, show_range


def do_nat(frame: Frame, wanted: NatRange) -> Result:
    """Give the connection its new addresses; dropped when none is free (nf_nat_setup_info)."""
    assert frame.nat is not None, "NAT targets stand in table nat alone"
    return ACCEPT if frame.nat(frame, wanted) else DROP


def nat_words(flag: str, to: NatRange, family: int) -> str:
    """``--to-destination 10.244.1.5:8080 --random``."""
    shown = show_range(to.low, to.high, to.port_low, to.port_high, family)
    return f"{flag} {shown}{_extras(to)}"


def port_words(flag: str, to: NatRange) -> str:
    """``--to-ports 1024-2047 --random-fully``; nothing when nothing was asked for."""
    text = ""
    if to.has_ports:
        same = to.port_low == to.port_high
        text = f"{flag} {to.port_low}" if same else f"{flag} {to.port_low}-{to.port_high}"
    return (text + _extras(to)).lstrip()


def _extras(to: NatRange) -> str:
    text = " --random" if to.random else ""
    if to.random_fully:
        text += " --random-fully"
    return text + (" --persistent" if to.persistent else "")
