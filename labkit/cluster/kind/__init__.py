"""A real two-node Kubernetes in containers, made by kind."""

from labkit.cluster.kind.backend import KindCluster

__all__ = ["KindCluster"]
