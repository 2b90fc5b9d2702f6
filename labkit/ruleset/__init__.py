"""iptables rules as values: read them, write them, check them."""

from labkit.ruleset.tables import Chain, Rule, Ruleset, Table

__all__ = ["Chain", "Rule", "Ruleset", "Table"]
