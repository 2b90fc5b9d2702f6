"""ipsets as values: what ``ipset save`` prints, and whether a packet is in one.

The kinds are those that kube-proxy's IPVS mode uses and the plain ones that people write:
``hash:ip``, ``hash:net``, ``hash:ip,port``, ``hash:ip,port,ip``, ``hash:ip,port,net``,
``hash:net,port``, ``hash:net,iface``, ``bitmap:ip``, ``bitmap:port``, ``list:set``.  A set
stands as it was saved: its timeouts do not run.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from labkit.errors import LabkitError, RulesError, UnsupportedExtension
from labkit.model import address
from labkit.model.packet import protocol_number

KINDS: dict[str, tuple[str, ...]] = {
    "hash:ip": ("ip",),
    "hash:net": ("net",),
    "hash:ip,port": ("ip", "port"),
    "hash:ip,port,ip": ("ip", "port", "ip"),
    "hash:ip,port,net": ("ip", "port", "net"),
    "hash:net,port": ("net", "port"),
    "hash:net,iface": ("net", "iface"),
    "bitmap:ip": ("ip",),
    "bitmap:port": ("bare",),
    "list:set": ("set",),
}
"""Of what parts an entry is made; ``bare`` is a port of TCP or UDP without its protocol."""

CREATE = {"family", "hashsize", "maxelem", "netmask", "range", "timeout", "size", "bucketsize"}
CREATE_BARE = {"counters", "comment", "forceadd"}
ADD = {"timeout", "packets", "bytes", "comment"}
PORTS = frozenset({6, 17, 132, 136})
ICMP_NAMES = {
    "echo-reply": (0, 0),
    "pong": (0, 0),
    "network-unreachable": (3, 0),
    "host-unreachable": (3, 1),
    "protocol-unreachable": (3, 2),
    "port-unreachable": (3, 3),
    "fragmentation-needed": (3, 4),
    "source-quench": (4, 0),
    "echo-request": (8, 0),
    "ping": (8, 0),
    "router-advertisement": (9, 0),
    "router-solicitation": (10, 0),
    "ttl-exceeded": (11, 0),
    "ttl-zero-during-transit": (11, 0),
}
ICMP6_NAMES = {"echo-request": (128, 0), "ping": (128, 0), "echo-reply": (129, 0), "pong": (129, 0)}
PROTOCOLS = {"icmpv6": 58, "l2tp": 115, "vrrp": 112}
MOST = 1 << 16
"""Entries that one range may stand for."""

WORD = re.compile(r'"[^"]*"|\S+')

Part = int | str | tuple[int, int]
Key = tuple[Part, ...]


class Seen(Protocol):
    """What of a packet a set can look at (a ``Frame`` of the emulator has it all)."""

    @property
    def family(self) -> int: ...

    @property
    def src(self) -> int: ...

    @property
    def dst(self) -> int: ...

    @property
    def proto(self) -> int: ...

    @property
    def sport(self) -> int: ...

    @property
    def dport(self) -> int: ...

    @property
    def icmp_type(self) -> int: ...

    @property
    def icmp_code(self) -> int: ...

    @property
    def in_iface(self) -> str: ...

    @property
    def out_iface(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """The entry that a packet was found under.  ``against`` says that it is a ``nomatch`` one."""

    key: Key
    against: bool = False


@dataclass(frozen=True, slots=True)
class IpSet:
    """One set.  ``family`` is 4 or 6, and 0 where a set has none.

    ``entries`` holds the exact keys and whether they are ``nomatch``; where a part is a
    network, ``masks`` lists their masks, longest first.  ``counts`` are (packets, bytes)
    as saved, of sets with ``counters``.  ``texts`` are the entries as written, and
    ``members`` those of a ``list:set``.
    """

    name: str
    kind: str
    family: int = 4
    mask: int | None = None
    counters: bool = False
    entries: dict[Key, bool] = field(default_factory=dict)
    masks: list[int] = field(default_factory=list)
    counts: dict[Key, tuple[int, int]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    members: list[IpSet] = field(default_factory=list)

    @property
    def parts(self) -> tuple[str, ...]:
        """What an entry is made of."""
        return KINDS[self.kind]

    def hits(self, seen: Seen, sides: Sequence[str]) -> Iterator[Hit]:
        """The entries that this packet is in, longest network first; sides are src and dst.

        The first one decides, unless its counters say no.  Too few sides, another IP family,
        or a packet without ports: in no set (ip_set_test of ip_set_core.c).  The members of a
        ``list:set`` are asked one by one (see ``members``).
        """
        if not self.fits(seen, sides):
            return
        key: list[Part] = []
        for kind, side in zip(self.parts, sides, strict=False):
            part = _part(kind, side, seen)
            if part is None:
                return
            key.append(part)
        if self.mask is not None and isinstance(key[0], int):
            key[0] &= self.mask
        if "net" not in self.parts:
            yield from self._entry(tuple(key))
            return
        at = self.parts.index("net")
        value = key[at]
        assert isinstance(value, int)
        for mask in self.masks:
            key[at] = value & mask, mask
            yield from self._entry(tuple(key))

    def fits(self, seen: Seen, sides: Sequence[str]) -> bool:
        """Whether the set may be asked at all for this packet and with so many sides."""
        return len(sides) >= len(self.parts) and self.family in (0, seen.family)

    def holds(self, seen: Seen, sides: Sequence[str]) -> bool:
        """Whether the packet is in the set, all counters left alone."""
        if self.kind == "list:set":
            return any(member.holds(seen, sides) for member in self.members)
        return any(not hit.against for hit in islice(self.hits(seen, sides), 1))

    def _entry(self, key: Key) -> Iterator[Hit]:
        against = self.entries.get(key)
        if against is not None:
            yield Hit(key, against)


@dataclass(frozen=True, slots=True)
class IpSets(Mapping[str, IpSet]):
    """The sets of a node by name.  ``text`` is what they were read from."""

    sets: dict[str, IpSet] = field(default_factory=dict)
    text: str = field(default="", compare=False, repr=False)

    @classmethod
    def parse(cls, text: str, *, source: str = "") -> IpSets:
        """Read what ``ipset save`` prints.

        Raises ``RulesError`` with line and word; ``UnsupportedExtension`` for a kind of set
        or an option that is not known.
        """
        sets: dict[str, IpSet] = {}
        for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
            words = WORD.findall(line)
            if not words or words[0].startswith("#") or words == ["COMMIT"]:
                continue
            try:
                if words[0] in ("create", "-N") and len(words) > 2:
                    _create(sets, words[1:])
                elif words[0] in ("add", "-A") and len(words) > 2:
                    _add(sets, words[1:])
                else:
                    raise _Wrong("This is not a line of ipset save", words[0])
            except _Wrong as wrong:
                kind = RulesError if wrong.known else UnsupportedExtension
                raise kind(
                    f"{wrong.what}.", source=source, line=number, word=wrong.word[:60]
                ) from None
        return cls(sets, text)

    def __getitem__(self, name: str) -> IpSet:
        return self.sets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.sets)

    def __len__(self) -> int:
        return len(self.sets)


class _Wrong(Exception):
    """What is wrong with a line, and the word."""

    def __init__(self, what: str, word: str, known: bool = True) -> None:
        super().__init__(what)
        self.what, self.word, self.known = what, word, known


def _part(kind: str, side: str, seen: Seen) -> Part | None:
    """One part of the key; None where the packet has no such thing (ip_set_getport.c)."""
    source = side == "src"
    if kind in ("ip", "net"):
        return seen.src if source else seen.dst
    if kind == "iface":
        return (seen.in_iface if source else seen.out_iface) or None
    port = seen.sport if source else seen.dport
    if kind == "bare":
        return port if seen.proto in (6, 17) else None
    if seen.proto in (1, 58):
        return seen.proto, seen.icmp_type << 8 | seen.icmp_code
    return seen.proto, port if seen.proto in PORTS else 0


# ---- reading -------------------------------------------------------------------


def _create(sets: dict[str, IpSet], words: list[str]) -> None:
    """``NAME KIND option value ...``."""
    name, kind, *rest = words
    if kind not in KINDS:
        raise _Wrong("This kind of set is not known here", kind, known=False)
    if name in sets:
        raise _Wrong("A set of this name is there already", name)
    if len(name) > 31:
        raise _Wrong("The name of a set has at most 31 characters", name)
    given = _options(rest, CREATE | {"initval"}, CREATE_BARE)
    families = {"inet": 4, "inet6": 6}
    if given.get("family", "inet") not in families:
        raise _Wrong("A family is inet or inet6", given["family"])
    family = families[given.get("family", "inet")]
    if kind in ("bitmap:port", "list:set"):
        family = 0
    mask = None
    if "netmask" in given:
        mask = _checked(f"{'::' if family == 6 else '0.0.0.0'}/{given['netmask']}")[1]
    sets[name] = IpSet(name, kind, family, mask, "counters" in given)


def _options(words: list[str], valued: set[str], bare: set[str]) -> dict[str, str]:
    """Options behind what must be there."""
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word in bare:
            given[word] = ""
        elif word in valued:
            value = next(rest, None)
            if value is None:
                raise _Wrong(f"{word} needs a value", word)
            given[word] = value
        else:
            raise _Wrong("This option is not known here", word, known=False)
    return given


def _add(sets: dict[str, IpSet], words: list[str]) -> None:
    """``NAME ENTRY option value ...``."""
    name, entry, *rest = words
    if name not in sets:
        raise _Wrong("No line before this one creates the set", name)
    chosen = sets[name]
    given = _options(rest, ADD, {"nomatch"})
    if chosen.kind == "list:set":
        if entry not in sets or sets[entry].kind == "list:set":
            raise _Wrong("A list holds sets that are there, and no lists", entry)
        chosen.members.append(sets[entry])
        chosen.texts.append(entry)
    if "nomatch" in given and "net" not in chosen.parts:
        raise _Wrong(f"{chosen.kind} knows no nomatch", entry)
    counts = [given.get(word, "0") for word in ("packets", "bytes")]
    if not all(count.isascii() and count.isdigit() and len(count) <= 20 for count in counts):
        raise _Wrong("Counters are numbers", entry)
    try:
        for key in _keys(chosen, entry):
            chosen.entries[key] = "nomatch" in given
            if chosen.counters:
                chosen.counts[key] = int(counts[0]), int(counts[1])
    except (ValueError, LabkitError):
        raise _Wrong("This entry does not fit its set", entry) from None
    chosen.masks.sort(reverse=True)
    chosen.texts.append(entry)


def _keys(chosen: IpSet, entry: str) -> Iterator[Key]:
    """The keys of an entry: several where it names a range.  Raises ``ValueError``."""
    words = entry.split(",")
    if len(words) != len(chosen.parts):
        raise ValueError(entry)
    keys: list[Key] = [()]
    for kind, word in zip(chosen.parts, words, strict=True):
        values = list(_values(kind, word, chosen))
        if len(keys) * len(values) > MOST:
            raise ValueError(entry)
        keys = [(*key, value) for key in keys for value in values]
    return iter(keys)


def _values(kind: str, word: str, chosen: IpSet) -> Iterator[Part]:
    """What one word of an entry stands for."""
    if kind == "set":
        yield word
    elif kind == "iface":
        if word.startswith("physdev:") or not 0 < len(word) < 16:
            raise ValueError(word)
        yield word
    elif kind == "bare":
        yield from _range(word)
    elif kind == "port":
        yield from _ports(word)
    elif kind == "net":
        for network, mask in _networks(word, chosen.family):
            if mask not in chosen.masks:
                chosen.masks.append(mask)
            yield network, mask
    else:
        for network, mask in _networks(word, chosen.family):
            size = (mask ^ ((1 << address.BITS[chosen.family]) - 1)) + 1
            if size > MOST:
                raise ValueError(word)
            for value in range(network, network + size):
                yield value if chosen.mask is None else value & chosen.mask


def _networks(word: str, family: int) -> Iterator[tuple[int, int]]:
    """An address, a network, or a range of addresses as networks."""
    first, dash, last = word.partition("-")
    if not dash:
        network, mask, _ = _checked(word, family)
        if mask == 0:
            raise ValueError(word)
        yield network, mask
        return
    ends = ipaddress.ip_address(first), ipaddress.ip_address(last)
    for one in ipaddress.summarize_address_range(*ends):
        yield _checked(str(one), family)[:2]


def _checked(word: str, family: int = 0) -> tuple[int, int, int]:
    """A network of the right family with a mask that has no holes."""
    try:
        network, mask, kind = address.network(word)
    except LabkitError:
        raise _Wrong("This is not an address or network", word) from None
    if family not in (0, kind) or address.prefix(mask, kind) is None:
        raise ValueError(word)
    return network, mask, kind


def _ports(word: str) -> Iterator[tuple[int, int]]:
    """``tcp:80``, ``80-82`` (TCP), ``icmp:echo-request``, ``icmp:8/0``, ``gre:0``."""
    protocol, colon, ports = word.rpartition(":")
    name = protocol.lower() if colon else "tcp"
    number = PROTOCOLS[name] if name in PROTOCOLS else protocol_number(name)
    if number not in (1, 58):
        for port in _range(ports):
            yield number, port
        return
    names = ICMP_NAMES if number == 1 else ICMP6_NAMES
    kind, _, code = ports.partition("/")
    both = names[ports] if ports in names else (_number(kind, 255), _number(code or "0", 255))
    yield number, both[0] << 8 | both[1]


def _range(word: str) -> Iterator[int]:
    """A port or a range of them."""
    first, dash, last = word.partition("-")
    low = _number(first, 65535)
    high = _number(last, 65535) if dash else low
    return iter(range(min(low, high), max(low, high) + 1))


def _number(text: str, top: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= top):
        raise ValueError(text)
    return int(text)
