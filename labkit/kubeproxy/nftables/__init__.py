"""kube-proxy's nftables mode: one table ``kube-proxy`` for each family of addresses.

Where iptables mode walks a list of rules, this mode looks up: ``service-ips`` maps address,
protocol and port to a chain, whatever the number of Services (KEP-3866).
"""

from labkit.kubeproxy.nftables.port import port_parts
from labkit.kubeproxy.nftables.settings import nft_settings_for
from labkit.kubeproxy.nftables.table import table_text

__all__ = ["nft_settings_for", "port_parts", "table_text"]
