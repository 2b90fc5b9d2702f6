"""Why a cluster of the user's cannot be reached: what kubectl prints, and what it means."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.cluster.failures import Signature, signature
from labkit.words import Words

SIGNATURES: tuple[Signature, ...] = (
    signature(
        "plugin",
        r"getting credentials: exec",
        r"exec plugin",
        r"no Auth Provider found",
    ),
    signature("certificate", r"x509:", r"certificate signed by unknown authority"),
    signature(
        "login",
        r"Unauthorized",
        r"must be logged in",
        r"provide credentials",
        r"Please enter Username",
    ),
    signature("proxy", r"proxyconnect", r"proxy authentication required"),
    signature("name", r"no such host", r"server misbehaving", r"dial tcp: lookup"),
    signature(
        "silent",
        r"i/o timeout",
        r"context deadline exceeded",
        r"Client\.Timeout",
        r"TLS handshake timeout",
        r"no route to host",
        r"network is unreachable",
    ),
    signature("refused", r"connection refused", r"was refused", r"connection reset"),
    signature("quota", r"exceeded quota"),
    signature("forbidden", r"forbidden", r"cannot \w+ resource"),
)


def explain(text: str, words: Words, fields: Mapping[str, object]) -> tuple[str, str]:
    """The sentence and the next step; two empty texts if nothing is known about the text."""
    name = next((one.name for one in SIGNATURES if one.pattern.search(text)), "")
    if not name:
        return "", ""
    known = {"context": "?", **fields}
    return words(f"reach.{name}", **known), words(f"reach.{name}.fix", **known)
