"""Netfilter on one node: hooks in order, routing, connection tracking, NAT."""

from labkit.netfilter.draws import Draws
from labkit.netfilter.node import Node
from labkit.netfilter.routes import Route
from labkit.netfilter.state import NodeState

__all__ = ["Draws", "Node", "NodeState", "Route"]
