"""The same questions put to real Linux, in network namespaces of our own."""

from labkit.netns.linux import Answer, Linux, reason_against
from labkit.netns.node import Node

__all__ = ["Answer", "Linux", "Node", "reason_against"]
