"""Names of chains and of Service ports (``pkg/proxy/types.go``, ``iptables/proxier.go``).

A chain of a Service port is a prefix and sixteen characters of a hash, so that any name
fits into the 28 characters that iptables allows.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

SERVICES = "KUBE-SERVICES"
EXTERNAL_SERVICES = "KUBE-EXTERNAL-SERVICES"
NODEPORTS = "KUBE-NODEPORTS"
FORWARD = "KUBE-FORWARD"
FIREWALL = "KUBE-FIREWALL"
PROXY_FIREWALL = "KUBE-PROXY-FIREWALL"
POSTROUTING = "KUBE-POSTROUTING"
MARK_MASQ = "KUBE-MARK-MASQ"
CANARY = "KUBE-PROXY-CANARY"

CLUSTER_POLICY_PREFIX = "KUBE-SVC-"
LOCAL_POLICY_PREFIX = "KUBE-SVL-"
FIREWALL_PREFIX = "KUBE-FW-"
EXTERNAL_PREFIX = "KUBE-EXT-"
ENDPOINT_PREFIX = "KUBE-SEP-"

MAX_CHAIN_NAME = 28
"""XT_EXTENSION_MAXNAMELEN less the final zero byte (``linux/netfilter/x_tables.h``)."""


@lru_cache(maxsize=1 << 12)
def hash16(text: str) -> str:
    """The first 16 characters of base32 of SHA-256 (``portProtoHash``).

    They come from the first 10 bytes.  A chain is named in several rules one after the
    other, so the last few thousand are remembered.
    """
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(digest[:10]).decode()


def service_port_name(service_key: str, port_name: str) -> str:
    """``ns/name:port``, or ``ns/name`` for a port without a name."""
    return f"{service_key}:{port_name}" if port_name else service_key


def service_chain(prefix: str, port_name: str, protocol: str) -> str:
    """A chain of the Service port: ``port_name`` is ``ns/name:port``, ``protocol`` lower case."""
    return prefix + hash16(port_name + protocol)


def endpoint_chain(port_name: str, protocol: str, endpoint: str) -> str:
    """The chain of one endpoint, ``endpoint`` being ``ip:port`` or ``[ip]:port``."""
    return ENDPOINT_PREFIX + hash16(port_name + protocol + endpoint)
