"""A cluster of the user's, named by a context of a kubeconfig."""

from labkit.cluster.kubeconfig.backend import KubeconfigCluster

__all__ = ["KubeconfigCluster"]
