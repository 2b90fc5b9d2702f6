"""IPVS, the kernel's own load balancer: virtual servers, ten schedulers, persistence.

kube-proxy's IPVS mode is **deprecated** in Kubernetes; new clusters take nftables mode (or
iptables).  It is here because one sentence is true in it and nowhere else: with its default
scheduler ``rr`` a Service answers *in turn*, where iptables and nftables mode draw at random.

Facts: the sources of Linux 6.1 (``net/netfilter/ipvs``) and sequences measured on that
kernel (``tests/golden/ipvs``).  Only masquerading (NAT) is emulated, the one method of
forwarding that kube-proxy uses.  From the bottom up::

    nouns   texts                 the table as a value; what ipvsadm prints, read
    schedulers/                   one file each: rr wrr lc wlc sed nq fo sh dh mh
    service   state               a virtual server at work; connections, persistence, trash
    told                          what it did, in words

Hooks, routing and the rules around IPVS are those of ``labkit.netfilter`` (``ipvsnode.py``).
"""

from labkit.ipvs.nouns import IpvsTable, RealServer, VirtualServer
from labkit.ipvs.state import IpvsState
from labkit.ipvs.texts import read_table

__all__ = [
    "IpvsState",
    "IpvsTable",
    "RealServer",
    "VirtualServer",
    "read_table",
]
