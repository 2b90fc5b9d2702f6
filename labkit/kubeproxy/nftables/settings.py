"""The settings of nftables mode: where its defaults differ from iptables mode.

NodePorts are open on the Node's own addresses (``primary``) unless configured otherwise, and
never on the loopback (KEP-3866, "nodePortAddresses").
"""

from __future__ import annotations

from dataclasses import replace

from labkit.kubeproxy.addresses import Family
from labkit.kubeproxy.config import PRIMARY, HostFacts, KubeProxyConfig
from labkit.kubeproxy.settings import Settings, settings_for
from labkit.model.service import NodeInfo


def nft_settings_for(
    node: NodeInfo, config: KubeProxyConfig, host: HostFacts, family: Family
) -> Settings:
    """What kube-proxy's start in nftables mode makes of its configuration."""
    adapted = replace(
        config,
        node_port_addresses=config.node_port_addresses or (PRIMARY,),
        localhost_node_ports=False,
    )
    return settings_for(node, adapted, host, family)
