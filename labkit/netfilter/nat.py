"""NAT: new addresses for a connection, and the same rewriting for all its packets.

Follows nf_nat_core.c of Linux 6.1: the choice is made on the first packet only; the port is
kept when the answering flow is free; a random port comes from [1024, 65535] (ports below
1024 stay below).
"""

from __future__ import annotations

from labkit.model.packet import PORT_PROTOCOLS
from labkit.netfilter.conntrack import Conntrack
from labkit.netfilter.entry import Entry, Tuple, inverted, renamed
from labkit.netfilter.jhash import pick_address
from labkit.netfilter.routes import Routing
from labkit.xt.frame import Frame
from labkit.xt.natrange import NatRange

NOTHING = {kind: NatRange(kind) for kind in ("dst", "src")}
"""What a side wants when no rule has said anything."""

ATTEMPTS = 128
"""Ports tried in the first round (NF_NAT_MAX_ATTEMPTS); each next round tries half as many."""


def bind(frame: Frame, wanted: NatRange, table: Conntrack, routing: Routing) -> bool:
    """Give the connection its addresses (nf_nat_setup_info); False: drop the packet."""
    entry: Entry = frame.ct
    if wanted.masquerade or wanted.redirect:
        fixed = _own_address(frame, wanted, routing)
        if fixed is None:
            return False
        wanted = NatRange(
            wanted.kind,
            fixed,
            fixed,
            wanted.port_low,
            wanted.port_high,
            wanted.random,
            wanted.random_fully,
            masquerade=wanted.masquerade,
        )
    current = inverted(entry.answer)
    chosen = _unique(current, wanted, frame, table)
    if chosen != current:
        entry.answer = inverted(chosen)
        if wanted.kind == "dst":
            entry.dst_nat = True
        else:
            entry.src_nat = True
    _done(frame, entry, wanted)
    return True


def bind_nothing(frame: Frame, kind: str, table: Conntrack) -> None:
    """No rule wanted anything: keep the addresses (the port may change when it is taken)."""
    entry: Entry = frame.ct
    wanted = NOTHING[kind]
    if table.taken(entry.answer, entry, frame.now):
        current = inverted(entry.answer)
        chosen = _unique(current, wanted, frame, table)
        if chosen != current:
            entry.answer = inverted(chosen)
            if kind == "dst":
                entry.dst_nat = True
            else:
                entry.src_nat = True
    _done(frame, entry, wanted)


def translate(frame: Frame, kind: str) -> bool:
    """Rewrite the packet as its connection demands at this hook; whether anything changed.

    On the way there, destinations change before routing and sources after it; for answers
    the two are swapped (nf_nat_packet).
    """
    entry: Entry = frame.ct
    applies = entry.dst_nat if (kind == "dst") is not frame.reply else entry.src_nat
    frame.dnat, frame.snat = entry.dst_nat or entry.ipvs is not None, entry.src_nat
    if not applies:
        return False
    _, src, sport, dst, dport = inverted(entry.flow if frame.reply else entry.answer)
    error = frame.ctstate == "RELATED" and frame.packet.inner is not None
    if kind == "dst":
        frame.dst = dst
        if not error:
            frame.dport = dport if frame.proto in PORT_PROTOCOLS else frame.dport
            if frame.proto in (1, 58):
                frame.sport = dport & 0xFFFF
    else:
        frame.src = src
        if not error:
            frame.sport = sport & 0xFFFF
    frame.changed()
    return True


def _done(frame: Frame, entry: Entry, wanted: NatRange) -> None:
    """Mark the side as decided; remember what people want to know."""
    if wanted.kind == "dst":
        entry.dst_done = True
        entry.service = frame.service
    else:
        entry.src_done = True
        entry.masqueraded = wanted.masquerade
        entry.random_port = wanted.random_fully
    frame.masqueraded = entry.masqueraded
    frame.random_port = entry.random_port


def _own_address(frame: Frame, wanted: NatRange, routing: Routing) -> int | None:
    """The address for MASQUERADE (of the way out) or REDIRECT (of the way in)."""
    if wanted.redirect:
        if frame.hook == "OUTPUT":
            return 0x7F000001 if frame.family == 4 else 1
        return routing.primary(frame.in_iface, frame.src, frame.family)
    route = routing.route(frame.dst, frame.family)
    hop = frame.dst
    if route is not None and route.via and frame.family == 4 and frame.out_iface != "lo":
        from labkit.model import address

        hop = address.number(route.via)
    return routing.primary(frame.out_iface, hop, frame.family)


def _unique(current: Tuple, wanted: NatRange, frame: Frame, table: Conntrack) -> Tuple:
    """The flow after NAT: addresses from the range, the port so that answers are unique."""

    def free(flow: Tuple) -> bool:
        return not table.taken(inverted(flow), frame.ct, frame.now)

    at = 1 if wanted.kind == "src" else 3
    if at == 1 and wanted.low is not None and not (wanted.random or wanted.random_fully):
        if not _in_range(current, wanted):
            found = _same_source(current, wanted, frame, table)
            if found is not None and free(found):
                return found
        elif free(current):
            return current
    flow = list(current)
    if wanted.low is not None:
        flow[at] = pick_address(current, wanted, frame.family)
    made = _as_tuple(flow)
    if not wanted.random_fully and not wanted.random:
        if not wanted.has_ports:
            if free(made):
                return made
        elif wanted.port_low == wanted.port_high and made[0] not in (1, 58):
            flow[at + 1] = wanted.port_low
            return _as_tuple(flow)
        elif wanted.port_low <= made[at + 1] <= wanted.port_high and free(made):
            return made
    return _search_port(made, at + 1, wanted, frame, table)


def _in_range(flow: Tuple, wanted: NatRange) -> bool:
    """Whether the source needs no change (nf_in_range)."""
    assert wanted.low is not None and wanted.high is not None
    if not wanted.low <= flow[1] <= wanted.high:
        return False
    return not wanted.has_ports or wanted.port_low <= flow[2] <= wanted.port_high


def _same_source(current: Tuple, wanted: NatRange, frame: Frame, table: Conntrack) -> Tuple | None:
    """An earlier connection from this address and port got an address of the range: the same
    again (find_appropriate_src)."""
    for entry in table.from_source(current, frame.now):
        _, src, sport, _, _ = inverted(entry.answer)
        made = current[0], src, sport, current[3], current[4]
        if current[0] in (1, 58):
            made = renamed((current[0], src, *current[2:]), sport)
        if _in_range(made, wanted):
            return made
    return None


def _search_port(flow: Tuple, at: int, wanted: NatRange, frame: Frame, table: Conntrack) -> Tuple:
    """Try ports in rounds that get shorter, each from a random one onwards.

    The first round of a destination begins with its lowest port, unless a random one is asked
    for (find_free_id in nf_nat_core.c).
    """
    low, size = port_range(flow[at], wanted, flow[0])
    if size == 0:
        return flow
    tries, turn = min(size, ATTEMPTS), 0
    trial = list(flow)
    while True:
        first = turn == 0 and wanted.kind == "dst" and not (wanted.random or wanted.random_fully)
        offset = 0 if first else _random16(frame, wanted.kind, turn, low)
        for step in range(tries):
            trial[at] = low + (offset + step) % size
            made = _as_tuple(trial)
            if flow[0] in (1, 58):
                made = renamed(flow, trial[at])
            if not table.taken(inverted(made), frame.ct, frame.now):
                return made
        if tries >= size or tries < 16:
            return made
        tries, turn = tries // 2, turn + 1


def port_range(port: int, wanted: NatRange, proto: int = 6) -> tuple[int, int]:
    """The first port and how many there are; a destination's port is not changed unasked.

    ICMP has an identifier in its place, the same in both directions.
    """
    if wanted.has_ports:
        return wanted.port_low, wanted.port_high - wanted.port_low + 1
    if proto in (1, 58):
        return 0, 65536
    if wanted.kind == "dst":
        return 0, 0
    if port >= 1024:
        return 1024, 64512
    return (1, 511) if port < 512 else (600, 424)


def _random16(frame: Frame, kind: str, turn: int, low: int) -> int:
    """16 random bits; exact mode has no dice and needs none: the port decides nothing."""
    if frame.dice is None:
        return 0
    return frame.dice.number(f"{kind} port", turn, low) >> 48


def _as_tuple(flow: list[int]) -> Tuple:
    return flow[0], flow[1], flow[2], flow[3], flow[4]
