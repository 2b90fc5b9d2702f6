"""The text that kube-proxy feeds to ``iptables-restore --noflush --counters``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from labkit.kubeproxy import toplevel
from labkit.kubeproxy.rule import Rule
from labkit.kubeproxy.service import PortRules
from labkit.kubeproxy.settings import Settings


def restore_text(
    settings: Settings,
    ports: Sequence[PortRules],
    rewritten: Iterable[bool],
    stale_chains: Iterable[str] = (),
) -> str:
    """The text of one sync.

    The shared chains are always written whole.  The own chains of ``ports[i]`` are written
    only if ``rewritten[i]``; ``stale_chains`` are emptied (by declaring them) and deleted.
    """
    stale = tuple(stale_chains)
    pairs = list(zip(ports, rewritten, strict=True))
    lines = ["*filter"]
    lines += _declarations(toplevel.filter_chains(settings))
    lines += _lines(_filter_rules(settings, ports))
    lines += ["COMMIT", "*nat"]
    lines += _declarations(toplevel.NAT_CHAINS)
    lines += _declarations(chain for port, again in pairs if again for chain in port.own_chains)
    lines += _declarations(stale)
    lines += _lines((*toplevel.postrouting(settings), *toplevel.mark_masq(settings)))
    for port, again in pairs:
        lines += _lines((*port.nat_top, *port.own_rules) if again else port.nat_top)
    lines += [f"-X {chain}" for chain in stale]
    lines += _lines(toplevel.node_ports_last(settings))
    lines.append("COMMIT")
    return "\n".join(lines) + "\n"


def _filter_rules(settings: Settings, ports: Iterable[PortRules]) -> list[Rule]:
    rules = list(toplevel.firewall(settings))
    for port in ports:
        rules += port.filter_rules
    return rules + list(toplevel.forward(settings))


def _declarations(chains: Iterable[str]) -> list[str]:
    return [f":{chain} - [0:0]" for chain in chains]


def _lines(rules: Iterable[Rule]) -> list[str]:
    return [rule.restore_line() for rule in rules]
