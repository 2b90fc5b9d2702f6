"""A Service being written, and the rules that it would become: what ``show`` makes editable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DraftRule:
    """A rule as the node would list it, and the sentence that says what it is for."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Draft:
    """``manifest`` is the YAML to begin with, ``endpoints`` how many Pods are ready.

    ``write(manifest, endpoints, mode)`` gives the Service's rules in a mode of kube-proxy; it
    raises ``LabkitError`` with one sentence for what no API server would take.  ``examples`` are
    other manifests to try, by name; ``modes`` the modes to choose from; ``node`` is where the
    rules would stand.
    """

    manifest: str
    endpoints: int
    write: Callable[[str, int, str], tuple[DraftRule, ...]]
    examples: tuple[tuple[str, str], ...] = ()
    modes: tuple[str, ...] = ("iptables", "nftables", "ipvs")
    node: str = ""
    most: int = 8
