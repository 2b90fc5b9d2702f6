"""The ConfigMap in which kubeadm keeps kube-proxy's configuration: what the nodes' rules are
written with can be read by everyone, as on a cluster that kubeadm made."""

from __future__ import annotations

from labkit import plan
from labkit.embedded.interfaces import Api, Json
from labkit.embedded.status import StatusError

NAMESPACE, NAME = "kube-system", "kube-proxy"
FILE = "config.conf"


def config_text(mode: str) -> str:
    """The KubeProxyConfiguration; what it does not say is kube-proxy's default."""
    return (
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
        f"clusterCIDR: {plan.POD_CIDR}\n"
        "kind: KubeProxyConfiguration\n"
        f"mode: {mode}\n"
    )


def write_proxy_config(api: Api, mode: str) -> None:
    """Make the ConfigMap, or bring it up to date with the mode of this start."""
    wanted: Json = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": {"app": "kube-proxy"}},
        "data": {FILE: config_text(mode)},
    }
    try:
        found = api.get("configmaps", NAMESPACE, NAME)
    except StatusError as error:
        if error.code != 404:
            raise
        api.create("configmaps", NAMESPACE, wanted, manager="kubeadm")
        return
    if (found.get("data") or {}).get(FILE) != config_text(mode):
        data = {**(found.get("data") or {}), FILE: config_text(mode)}
        api.update("configmaps", NAMESPACE, NAME, {**found, "data": data}, manager="kubeadm")
