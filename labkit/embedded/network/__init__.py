"""The emulated network: Pods and nodes, and every packet's way through the nodes' rules.

How the files hang together, from the bottom up::

    ports       ephemeral ports, as Linux hands them out
    stack       one network namespace: a Pod's, or a node's own; who listens there
    machine     one node's Linux: interfaces, routes, rules, connection tracking
    fabric      carries one packet from namespace to namespace, node to node
    tcp  udp    connections and datagrams on top of it
    net         what a program sees of all this (``interfaces.Net``)
    world       everything together, with a kube-proxy on each node
"""

from labkit.embedded.network.world import World, build

__all__ = ["World", "build"]
