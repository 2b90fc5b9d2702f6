"""The subset of ``nft list ruleset`` that kube-proxy and a node of kind use, in and out."""

from labkit.nft.nouns import NftRuleset
from labkit.nft.parse import parse
from labkit.nft.render import render

__all__ = ["NftRuleset", "parse", "render"]
