"""The text that kube-proxy feeds to ``iptables-restore --noflush --counters``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from labkit.kubeproxy import toplevel
from labkit.kubeproxy.service import PortRules, PortText, lines
from labkit.kubeproxy.settings import Settings


def restore_text(
    settings: Settings,
    ports: Sequence[PortRules | PortText],
    rewritten: Iterable[bool],
    stale_chains: Iterable[str] = (),
) -> str:
    """The text of one sync.

    The shared chains are always written whole.  The own chains of ``ports[i]`` are written
    only if ``rewritten[i]``; ``stale_chains`` are emptied (by declaring them) and deleted.
    """
    stale = tuple(stale_chains)
    pairs = list(zip(ports, rewritten, strict=True))
    parts = [
        "*filter\n",
        *_declarations(toplevel.filter_chains(settings)),
        lines(toplevel.firewall(settings)),
        *[port.filter_lines for port in ports],
        lines(toplevel.forward(settings)),
        "COMMIT\n*nat\n",
        *_declarations(toplevel.NAT_CHAINS),
        *_declarations(chain for port, again in pairs if again for chain in port.own_chains),
        *_declarations(stale),
        lines((*toplevel.postrouting(settings), *toplevel.mark_masq(settings))),
        *[port.nat_lines + port.own_lines() if again else port.nat_lines for port, again in pairs],
        *[f"-X {chain}\n" for chain in stale],
        lines(toplevel.node_ports_last(settings)),
        "COMMIT\n",
    ]
    return "".join(parts)


def _declarations(chains: Iterable[str]) -> list[str]:
    return [f":{chain} - [0:0]\n" for chain in chains]
