"""Names of chains and sets (``pkg/proxy/nftables/proxier.go``, ``hashAndTruncate``).

nftables allows long names, so a chain says what it is for: eight characters of a hash, then
``namespace/service/protocol/port``.
"""

from __future__ import annotations

import base64
import hashlib

from labkit.kubeproxy.endpoints import Backend
from labkit.kubeproxy.ports import PortInfo

LONGEST = 240
"""``chainNameBaseLengthMax``; longer names end in three dots."""


def base(name: str) -> str:
    """``HASH-name``, cut to :data:`LONGEST` characters."""
    digest = base64.b32encode(hashlib.sha256(name.encode()).digest()[:5]).decode()
    full = f"{digest}-{name}"
    return full if len(full) <= LONGEST else full[: LONGEST - 3] + "..."


def port_text(info: PortInfo) -> str:
    """``namespace/service/protocol/port``; the port's name may be empty."""
    return f"{info.service_key}/{info.protocol}/{info.port_name}"


def endpoint_text(info: PortInfo, backend: Backend) -> str:
    """The same with the endpoint; a colon is not allowed in a name, so IPv6 gets dots."""
    return f"{port_text(info)}__{backend.ip.replace(':', '.')}/{backend.port}"


class PortNames:
    """The chains of one Service port."""

    __slots__ = ("cluster", "local", "external", "firewall", "_info")

    def __init__(self, info: PortInfo) -> None:
        own = base(port_text(info))
        self.cluster = f"service-{own}"
        self.local = f"local-{own}"
        self.external = f"external-{own}"
        self.firewall = f"firewall-{own}"
        self._info = info

    def endpoint(self, backend: Backend) -> str:
        """The chain of one endpoint; it exists only with session affinity."""
        return f"endpoint-{base(endpoint_text(self._info, backend))}"

    def affinity(self, backend: Backend) -> str:
        """The set of clients that go to this endpoint."""
        return f"affinity-{base(endpoint_text(self._info, backend))}"
