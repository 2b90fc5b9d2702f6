"""kube-proxy's IPVS mode: virtual servers, ipsets, and a fixed handful of iptables rules.

**Deprecated** in Kubernetes: take nftables mode (or iptables) for a new cluster.  It is here
because "a Service answers in turn" is true in this mode, whose default scheduler is ``rr``.

Facts from kube-proxy's source (``pkg/proxy/ipvs``, a version with KUBE-IPVS-OUT-FILTER); what is
from memory says so where it stands.  Unlike iptables mode there is no saved output of a real
cluster to compare with.  From the bottom up::

    names              sets and chains
    servers            virtual servers and who serves
    sets  rules        entries of the ipsets; the iptables rules
    text  plane        the texts; everything together
"""

from labkit.kubeproxy.ipvs.plane import SCHEDULERS, IpvsTexts, ipvs_texts

__all__ = ["SCHEDULERS", "IpvsTexts", "ipvs_texts"]
