"""How kube-proxy is configured, and what it finds on its host.

:class:`KubeProxyConfig` holds the fields of ``KubeProxyConfiguration``
(``kubeproxy.config.k8s.io/v1alpha1``) that change a rule; the others are known by name and
have no effect here.  A field that kube-proxy does not know is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.errors import ObjectsError
from labkit.kubeproxy.addresses import parse_network
from labkit.model.fields import Fields

PRIMARY = "primary"
"""``nodePortAddresses: [primary]`` stands for the Node's own addresses (KEP-4808)."""

LOCAL_MODES = ("ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix")
MODES = ("iptables", "nftables", "ipvs")

_USED = {
    "apiVersion",
    "kind",
    "bindAddress",
    "clusterCIDR",
    "conntrack",
    "detectLocal",
    "detectLocalMode",
    "hostnameOverride",
    "iptables",
    "ipvs",
    "mode",
    "nftables",
    "nodePortAddresses",
}
_WITHOUT_EFFECT = {
    "metadata",
    "featureGates",
    "clientConnection",
    "logging",
    "healthzBindAddress",
    "metricsBindAddress",
    "bindAddressHardFail",
    "enableProfiling",
    "winkernel",
    "showHiddenMetricsForVersion",
    "oomScoreAdj",
    "configSyncPeriod",
    "portRange",
    "windowsRunAsService",
}


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What kube-proxy finds on its host when it starts.

    ``node_ip`` overrides the Node's own address; ``local_addresses`` are those of all
    interfaces (empty: the Node's address and the loopback).
    """

    nfacct: bool = True
    random_fully: bool = True
    tcp_be_liberal: bool = False
    node_ip: str = ""
    local_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KubeProxyConfig:
    """The settings that change a rule, with kube-proxy's defaults; periods in seconds."""

    mode: str = "iptables"
    cluster_cidrs: tuple[str, ...] = ()
    detect_local_mode: str = "ClusterCIDR"
    bridge_interface: str = ""
    interface_name_prefix: str = ""
    masquerade_all: bool = False
    masquerade_bit: int = 14
    localhost_node_ports: bool = True
    node_port_addresses: tuple[str, ...] = ()
    tcp_be_liberal: bool = False
    hostname_override: str = ""
    bind_address: str = "0.0.0.0"
    sync_period: float = 30.0
    ipvs_scheduler: str = "rr"

    @property
    def masquerade_mark(self) -> int:
        """The mark's one bit as a number: 0x4000 unless configured otherwise."""
        return 1 << self.masquerade_bit

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any]) -> KubeProxyConfig:
        """Read a ``KubeProxyConfiguration``.  Raises :class:`ObjectsError` by field."""
        top = Fields(_checked(obj), "KubeProxyConfiguration")
        iptables, local = top.section("iptables"), top.section("detectLocal")
        mode = top.choice("mode", MODES, "iptables")
        if mode == "nftables":
            iptables = top.section("nftables")  # the same fields, read from its own section
        bit = iptables.number("masqueradeBit", 14)
        if not 0 <= bit <= 31:
            raise iptables.error("masqueradeBit", bit, "a bit, 0 to 31")
        return cls(
            mode=mode,
            cluster_cidrs=_networks(top, "clusterCIDR", top.text("clusterCIDR").split(",")),
            detect_local_mode=top.choice("detectLocalMode", LOCAL_MODES, "ClusterCIDR"),
            bridge_interface=local.name("bridgeInterface", optional=True),
            interface_name_prefix=local.name("interfaceNamePrefix", optional=True),
            masquerade_all=iptables.flag("masqueradeAll", False),
            masquerade_bit=bit,
            localhost_node_ports=iptables.flag("localhostNodePorts", True),
            node_port_addresses=_node_port_addresses(top),
            tcp_be_liberal=top.section("conntrack").flag("tcpBeLiberal", False),
            hostname_override=top.name("hostnameOverride", optional=True),
            bind_address=top.text("bindAddress") or "0.0.0.0",
            sync_period=_seconds(iptables, "syncPeriod", 30.0),
            ipvs_scheduler=top.section("ipvs").text("scheduler") or "rr",
        )

    @classmethod
    def from_yaml(cls, text: str) -> KubeProxyConfig:
        """The same, from YAML or JSON text."""
        from labkit.kubeproxy.documents import read_documents

        documents = read_documents("KubeProxyConfiguration", text)
        if len(documents) != 1:
            raise ObjectsError(
                f"A KubeProxyConfiguration is one document, and here are {len(documents)}."
            )
        return cls.from_dict(documents[0].value)


def _checked(obj: object) -> Mapping[str, Any]:
    """The object, if it is a KubeProxyConfiguration with known fields only."""
    if not isinstance(obj, Mapping):
        raise ObjectsError("A KubeProxyConfiguration must be a mapping.")
    kind = obj.get("kind", "KubeProxyConfiguration")
    if kind != "KubeProxyConfiguration":
        raise ObjectsError(f"This is a {kind}, not a KubeProxyConfiguration.")
    for name in obj:
        if name not in _USED | _WITHOUT_EFFECT:
            raise ObjectsError(f"KubeProxyConfiguration has no field {name!r}.")
    return obj


def _networks(top: Fields, name: str, texts: list[str]) -> tuple[str, ...]:
    """The networks of a comma-separated field."""
    found = tuple(text.strip() for text in texts if text.strip())
    for text in found:
        if parse_network(text) is None:
            raise top.error(name, text, "a network such as 10.244.0.0/16")
    return found


def _node_port_addresses(top: Fields) -> tuple[str, ...]:
    """The networks of ``nodePortAddresses``, or the one word ``primary``."""
    found = top.texts("nodePortAddresses")
    if found == (PRIMARY,):
        return found
    return _networks(top, "nodePortAddresses", list(found))


def _seconds(fields: Fields, name: str, default: float) -> float:
    """A Go duration of the plain kinds (``500ms``, ``30s``, ``1m``, ``1h30m``) in seconds."""
    text = fields.text(name)
    if text in ("", "0"):
        return default
    total, number = 0.0, ""
    units = {"ms": 0.001, "h": 3600.0, "m": 60.0, "s": 1.0}
    rest = text
    while rest:
        if rest[0].isdigit() or rest[0] == ".":
            number, rest = number + rest[0], rest[1:]
            continue
        unit = next((u for u in units if rest.startswith(u) and number), None)
        if unit is None:
            raise fields.error(name, text, "a duration such as 30s")
        total, number, rest = total + float(number) * units[unit], "", rest[len(unit) :]
    if number:
        raise fields.error(name, text, "a duration such as 30s")
    return total or default
