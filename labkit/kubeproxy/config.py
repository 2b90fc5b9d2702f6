"""How kube-proxy is configured, and what it finds on its host.

:class:`KubeProxyConfig` holds the fields of ``KubeProxyConfiguration``
(``kubeproxy.config.k8s.io/v1alpha1``) that change a rule; the others are known by name and
have no effect here.  A field that kube-proxy does not know is passed over: its strict decoder
fails, it says so in the log and decodes once more, leniently (``loadConfig`` in
``cmd/kube-proxy/app/options.go``).  :func:`unknown_fields` names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.errors import ObjectsError
from labkit.kubeproxy.addresses import parse_network
from labkit.model.fields import FieldError, Fields

PRIMARY = "primary"
"""``nodePortAddresses: [primary]`` stands for the Node's own addresses (KEP-4808)."""

LOCAL_MODES = ("ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix")
MODES = ("iptables", "nftables", "ipvs")

_PERIODS = frozenset({"syncPeriod", "minSyncPeriod"})
_SECTIONS: dict[str, frozenset[str]] = {
    "iptables": _PERIODS | {"masqueradeBit", "masqueradeAll", "localhostNodePorts"},
    "nftables": _PERIODS | {"masqueradeBit", "masqueradeAll"},
    "ipvs": _PERIODS
    | {
        "scheduler",
        "excludeCIDRs",
        "strictARP",
        "tcpTimeout",
        "tcpFinTimeout",
        "udpTimeout",
    },
    "detectLocal": frozenset({"bridgeInterface", "interfaceNamePrefix"}),
    "conntrack": frozenset(
        {
            "maxPerCore",
            "min",
            "tcpEstablishedTimeout",
            "tcpCloseWaitTimeout",
            "tcpBeLiberal",
            "udpTimeout",
            "udpStreamTimeout",
        }
    ),
}
"""Sections whose fields are known (``KubeProxyConfiguration``, v1alpha1)."""

_FIELDS = frozenset(
    {
        *_SECTIONS,
        "apiVersion",
        "kind",
        "bindAddress",
        "clusterCIDR",
        "detectLocalMode",
        "hostnameOverride",
        "mode",
        "nodePortAddresses",
        # Without effect on rules:
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
)


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
        return read_config(text)[0]


def read_config(
    text: str, source: str = "KubeProxyConfiguration"
) -> tuple[KubeProxyConfig, tuple[str, ...]]:
    """The configuration of a YAML or JSON text, and the fields that are passed over.

    Raises :class:`ObjectsError`: for a field with source, line and word.
    """
    from labkit.kubeproxy.documents import DocumentError, read_documents

    documents = read_documents(source, text)
    if len(documents) != 1:
        raise ObjectsError(
            f"{source}: a KubeProxyConfiguration is one document, and here are {len(documents)}."
        )
    document = documents[0]
    try:
        config = KubeProxyConfig.from_dict(document.value)
    except FieldError as error:
        line, word = document.line(error.path), str(error.value)[:40]
        raise DocumentError(error.what, error.fix, source=source, line=line, word=word) from None
    return config, unknown_fields(document.value)


def _checked(obj: object) -> Mapping[str, Any]:
    """The object, if it is a KubeProxyConfiguration."""
    if not isinstance(obj, Mapping):
        raise ObjectsError("A KubeProxyConfiguration must be a mapping.")
    kind = obj.get("kind", "KubeProxyConfiguration")
    if kind != "KubeProxyConfiguration":
        raise ObjectsError(f"This is a {kind}, not a KubeProxyConfiguration.")
    return obj


def unknown_fields(obj: object) -> tuple[str, ...]:
    """The fields that a ``KubeProxyConfiguration`` does not have: ``iptables.foo``."""
    if not isinstance(obj, Mapping):
        return ()
    found = [str(name) for name in obj if name not in _FIELDS]
    for section, names in _SECTIONS.items():
        inner = obj.get(section)
        if isinstance(inner, Mapping):
            found += [f"{section}.{name}" for name in inner if name not in names]
    return tuple(found)


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
