"""One rule, written in two spellings.

kube-proxy writes the words of a rule in one order and ``iptables-save`` prints them back in
another, with some of them changed: addresses, interface and protocol come first, then the
matches as they were given, then the target (iptables 1.8.9, ``iptables/xshared.c``,
``save_rule4`` and ``print_matches``).  A rule here is a list of :class:`Words` that know
both spellings; nothing is parsed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain as joined

from labkit.kubeproxy.addresses import ANYWHERE, HOST_BITS, Family

SOURCE, DESTINATION, INTERFACE, PROTOCOL, MATCH, TARGET = range(6)
"""The order in which iptables-save prints the parts of a rule."""


@dataclass(frozen=True, slots=True)
class Words:
    """A few words of a rule: as kube-proxy writes them, as iptables-save prints them."""

    rank: int
    restore: str
    saved: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a chain, its words in kube-proxy's order."""

    chain: str
    words: tuple[Words, ...]

    def restore_line(self) -> str:
        """The line that is fed to iptables-restore."""
        parts = " ".join([word.restore for word in self.words])
        return f"-A {self.chain} {parts}"

    def saved_line(self) -> str:
        """The line that iptables-save prints."""
        ordered = sorted(self.words, key=lambda word: word.rank)
        parts = " ".join([word.saved for word in ordered if word.saved])
        return f"-A {self.chain} {parts}"


def rule(chain: str, *words: Iterable[Words]) -> Rule:
    """A rule from groups of words; an empty group is left out."""
    return Rule(chain, tuple(joined.from_iterable(words)))


def both(rank: int, text: str) -> Words:
    """Words that are the same in both spellings."""
    return Words(rank, text, text)


def comment(text: str) -> tuple[Words]:
    """``-m comment``: kube-proxy quotes a text with blanks only, iptables-save any."""
    bare = text if " " not in text else f'"{text}"'
    return (Words(MATCH, f"-m comment --comment {bare}", f'-m comment --comment "{text}"'),)


def source(address: str, family: Family, *, negated: bool = False) -> tuple[Words]:
    """``[!] -s``, an address or a network."""
    return (_address(SOURCE, "-s", address, family, negated),)


def destination(address: str, family: Family, *, negated: bool = False) -> tuple[Words]:
    """``[!] -d``, an address or a network."""
    return (_address(DESTINATION, "-d", address, family, negated),)


def in_interface(name: str, *, negated: bool = False) -> tuple[Words]:
    """``[!] -i``; a name that ends in ``+`` stands for all that begin so."""
    return (both(INTERFACE, _maybe_not(f"-i {name}", negated)),)


@lru_cache(maxsize=64)
def protocol(name: str, port: int | None = None) -> tuple[Words, Words]:
    """``-m tcp -p tcp``; with ``port`` the printed match carries ``--dport``."""
    printed = f"-m {name}" if port is None else f"-m {name} --dport {port}"
    return (Words(MATCH, f"-m {name}", printed), both(PROTOCOL, f"-p {name}"))


@lru_cache(maxsize=1 << 10)
def dport(port: int) -> tuple[Words]:
    """The words ``--dport N``, which kube-proxy writes after the destination."""
    return (Words(MATCH, f"--dport {port}", ""),)


def match(restore: str, saved: str | None = None) -> tuple[Words]:
    """Any other match; ``saved`` only where iptables-save prints it differently."""
    return (Words(MATCH, restore, restore if saved is None else saved),)


@lru_cache(maxsize=1 << 8)
def jump(target: str, saved: str | None = None) -> tuple[Words]:
    """``-j`` with the target and its options."""
    return (Words(TARGET, f"-j {target}", f"-j {target if saved is None else saved}"),)


def reject(family: Family) -> tuple[Words]:
    """``-j REJECT``, which is printed with the answer that it gives."""
    answer = "icmp-port-unreachable" if family == "ipv4" else "icmp6-port-unreachable"
    return jump("REJECT", f"REJECT --reject-with {answer}")


def _address(rank: int, flag: str, text: str, family: Family, negated: bool) -> Words:
    """``-s`` or ``-d``; "from anywhere" says nothing and is not printed, unless negated."""
    printed = text if "/" in text else f"{text}/{HOST_BITS[family]}"
    if printed == ANYWHERE[family] and not negated:
        return Words(rank, f"{flag} {text}", "")
    return Words(
        rank, _maybe_not(f"{flag} {text}", negated), _maybe_not(f"{flag} {printed}", negated)
    )


def _maybe_not(text: str, negated: bool) -> str:
    return f"! {text}" if negated else text
