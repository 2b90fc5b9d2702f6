"""How a rule of nftables tells Pods from everyone else (``pkg/proxy/util/localdetector.go``).

The settings hold the words of iptables (``-s NET``, ``-i NAME``); here they are translated.
Interfaces go by their names, ``iifname``: earlier releases wrote ``iif``, which nft loads only
while that interface is there.
"""

from __future__ import annotations

from labkit.kubeproxy.settings import Settings


def from_pods(settings: Settings) -> str:
    """The match for "from a Pod", or ``""`` when nothing tells."""
    return _match(settings, "")


def not_from_pods(settings: Settings) -> str:
    """The match for "not from a Pod", or ``""``."""
    return _match(settings, "!= ")


def _match(settings: Settings, negation: str) -> str:
    if settings.detector is None:
        return ""
    flag, _, value = settings.detector.from_pods[0].restore.partition(" ")
    if flag == "-s":
        ip = "ip" if settings.family == "ipv4" else "ip6"
        return f"{ip} saddr {negation}{value}"
    name = value[:-1] + "*" if value.endswith("+") else value
    return f'iifname {negation}"{name}"'
