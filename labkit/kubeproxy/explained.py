"""One rule (or set, or entry of a map) with the sentence about it."""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = "foreign"
"""The code of what is not kube-proxy's."""


@dataclass(frozen=True, slots=True)
class Explained:
    """``rule`` as it stands in line ``line`` (from 1) of the text, and ``sentence`` about it.

    ``code`` says of which sort it is (``foreign``: not one of kube-proxy's); ``service`` is
    ``namespace/name:port``, ``endpoint`` ``ip:port``, each empty where the rule is about none.
    """

    line: int
    table: str
    chain: str
    rule: str
    sentence: str
    code: str
    service: str = ""
    endpoint: str = ""

    @property
    def known(self) -> bool:
        """Whether it is kube-proxy's."""
        return self.code != UNKNOWN
