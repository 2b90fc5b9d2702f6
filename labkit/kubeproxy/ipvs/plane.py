"""Everything that IPVS mode sets up on a node, as texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labkit.errors import ObjectsError
from labkit.kubeproxy.addresses import Family
from labkit.kubeproxy.config import HostFacts, KubeProxyConfig
from labkit.kubeproxy.endpoints import categorize, collect, port_key
from labkit.kubeproxy.ipvs import text
from labkit.kubeproxy.ipvs.rules import filter_rules, nat_rules
from labkit.kubeproxy.ipvs.servers import Virtual, virtual_servers
from labkit.kubeproxy.ipvs.sets import entries
from labkit.kubeproxy.plan import Plan
from labkit.kubeproxy.ports import port_infos
from labkit.kubeproxy.settings import settings_for
from labkit.model.service import EndpointSlice, NodeInfo, Service

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "sh", "dh", "mh")
"""``ipvs.scheduler``: what the emulator knows of the kernel's schedulers."""


@dataclass(frozen=True, slots=True)
class IpvsTexts:
    """What a node holds in IPVS mode.

    ``servers`` is ``ipvsadm -Sn``, ``listing`` ``ipvsadm -Ln``, ``sets`` ``ipset save``,
    ``restore`` what is fed to iptables-restore and ``saved`` what iptables-save prints.
    ``names`` says which Service port a (protocol, address, port) belongs to: IPVS knows no
    names.  ``bound`` are the addresses on ``kube-ipvs0``.
    """

    servers: str
    listing: str
    sets: str
    restore: str
    saved: str
    names: Mapping[tuple[str, str, int], str]
    bound: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it under headings, for reading: ``labkit rules --mode ipvs``."""
        parts = (
            ("ipvsadm -Ln", self.listing),
            ("ipset save", self.sets),
            ("iptables-save", self.saved),
        )
        return "\n".join(f"# {name}\n{part}" for name, part in parts)


def ipvs_texts(
    node: NodeInfo | str,
    services: Iterable[Service],
    slices: Iterable[EndpointSlice],
    config: KubeProxyConfig | None = None,
    host: HostFacts | None = None,
    family: Family = "ipv4",
    scheduler: str = "rr",
) -> IpvsTexts:
    """kube-proxy in IPVS mode on one node.  Pure.

    Raises :class:`ObjectsError` for a scheduler that is not known.  Two ports that claim one
    virtual server: the first keeps it (kube-proxy lets the one that comes last in random order
    win).
    """
    if scheduler not in SCHEDULERS:
        raise ObjectsError(
            f"ipvs.scheduler: {scheduler!r} is not known here.", f"Take {', '.join(SCHEDULERS)}."
        )
    host = host or HostFacts()
    info = NodeInfo(node) if isinstance(node, str) else node
    settings = settings_for(info, config or KubeProxyConfig(mode="ipvs"), host, family)
    backends = collect(slices, family, settings.node_name)
    ports = []
    for port in (one for service in services for one in port_infos(service, family)):
        found = backends.get(port_key(port), ())
        categories = categorize(found, port, settings.node_name, settings.zone)
        ports.append((Plan(port, categories, settings, False), found))
    virtuals: dict[tuple[str, str, int], Virtual] = {}
    for plan, _ in ports:
        for virtual in virtual_servers(plan, host):
            virtuals.setdefault((virtual.protocol, virtual.address, virtual.port), virtual)
    members = entries(ports, host)
    nat = tuple(nat_rules(settings, members))
    filters = tuple(filter_rules(settings, members, [plan for plan, _ in ports]))
    return IpvsTexts(
        servers=text.save_text(virtuals.values(), scheduler),
        listing=text.list_text(virtuals.values(), scheduler),
        sets=text.set_text(members, family),
        restore=text.restore_text(nat, filters),
        saved=text.saved_text(nat, filters),
        names={key: virtual.name for key, virtual in virtuals.items()},
        bound=tuple(dict.fromkeys(v.address for v in virtuals.values() if v.bound)),
    )
