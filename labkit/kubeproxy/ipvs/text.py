"""The texts: ``ipvsadm -Sn``, ``ipvsadm -Ln``, ``ipset save``, and the iptables rules.

The layout of ``ipvsadm -Ln`` and the words of ``-Sn`` are those of ipvsadm 1.31, from memory;
``ipset save`` is ipset 7.17's without the random ``initval``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from labkit.kubeproxy.addresses import Family
from labkit.kubeproxy.ipvs import names
from labkit.kubeproxy.ipvs.rules import FILTER_CHAINS, NAT_CHAINS, jumps
from labkit.kubeproxy.ipvs.servers import Virtual
from labkit.kubeproxy.ipvs.sets import Entries
from labkit.kubeproxy.rule import Rule
from labkit.kubeproxy.saved import BUILT_IN

_KIND = {"tcp": "-t", "udp": "-u", "sctp": "--sctp-service"}
_HEAD = (
    "IP Virtual Server version 1.2.1 (size=4096)",
    "Prot LocalAddress:Port Scheduler Flags",
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
)


def save_text(virtuals: Iterable[Virtual], scheduler: str) -> str:
    """What ``ipvsadm -R`` loads: servers in the order in which they are added."""
    lines = []
    for virtual in virtuals:
        where = f"{_KIND[virtual.protocol]} {virtual.text}"
        stay = f" -p {virtual.seconds}" if virtual.seconds else ""
        lines.append(f"-A {where} -s {scheduler}{stay}{_flags(scheduler, ' -b {}')}")
        lines += [f"-a {where} -r {server} -m -w 1" for server in virtual.servers]
    return _text(lines)


def list_text(virtuals: Iterable[Virtual], scheduler: str) -> str:
    """What ``ipvsadm -Ln`` prints before any connection, sorted by address."""
    lines = list(_HEAD)
    for virtual in sorted(virtuals, key=_place):
        stay = f" persistent {virtual.seconds}" if virtual.seconds else ""
        what = f"{scheduler}{_flags(scheduler, ' ({})')}{stay}"
        lines.append(f"{virtual.protocol.upper():4} {virtual.text} {what}")
        lines += [
            f"  -> {server:28} {'Masq':7} {1:<6} {0:<10} {0:<10}"
            for server in sorted(virtual.servers, key=_server_place)
        ]
    return _text(lines)


def _flags(scheduler: str, form: str) -> str:
    """kube-proxy hashes the source port too, where it uses mh (``FlagSourceHash``)."""
    return form.format("mh-port") if scheduler == "mh" else ""


def _place(virtual: Virtual) -> tuple[int, int, int]:
    number = {"tcp": 6, "udp": 17, "sctp": 132}[virtual.protocol]
    return number, int(ipaddress.ip_address(virtual.address)), virtual.port


def _server_place(text: str) -> tuple[int, int]:
    host, _, port = text.rpartition(":")
    return int(ipaddress.ip_address(host.strip("[]"))), int(port)


def set_text(found: Entries, family: Family) -> str:
    """What ``ipset save`` prints; entries by text (ipset's own order is that of its hash)."""
    lines = []
    inet = "inet" if family == "ipv4" else "inet6"
    for name, (kind, _) in names.SETS.items():
        shown = names.set_name(name, family)
        size = f"family {inet} hashsize 1024 maxelem 65536 bucketsize 12"
        lines.append(f"create {shown} {kind} {'range 0-65535' if kind == names.PORT else size}")
        lines += [f"add {shown} {entry}" for entry in found[name]]
    return _text(lines)


def restore_text(nat: Sequence[Rule], filters: Sequence[Rule]) -> str:
    """What is fed to ``iptables-restore --noflush --counters``: nat, then filter."""
    lines = []
    for table, chains, rules in (("nat", NAT_CHAINS, nat), ("filter", FILTER_CHAINS, filters)):
        lines += [f"*{table}", *(f":{chain} - [0:0]" for chain in chains)]
        lines += [*(one.restore_line() for one in rules), "COMMIT"]
    return _text(lines)


def saved_text(nat: Sequence[Rule], filters: Sequence[Rule]) -> str:
    """The same as ``iptables-save`` prints it, with the jumps from the built-in chains."""
    lines = []
    for table, chains, rules in (("filter", FILTER_CHAINS, filters), ("nat", NAT_CHAINS, nat)):
        order = (*BUILT_IN[table], *sorted(chains))
        by_chain: dict[str, list[str]] = {chain: [] for chain in order}
        for one in (*jumps(table), *rules):
            by_chain[one.chain].append(one.saved_line())
        lines += [f"*{table}", *(f":{chain} ACCEPT [0:0]" for chain in BUILT_IN[table])]
        lines += [f":{chain} - [0:0]" for chain in sorted(chains)]
        lines += [line for chain in order for line in by_chain[chain]]
        lines.append("COMMIT")
    return _text(lines)


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
