"""A node's rules, computed: what kube-proxy writes there for the objects that the API shows.

The objects are asked with kubectl; the text is ``labkit rules``'.  kube-proxy's configuration is
read where the cluster shows it (the ConfigMap of kubeadm's clusters), else it is the default.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import yaml

from labkit.cluster.kubectl import Kubectl
from labkit.errors import ObjectsError
from labkit.kubeproxy.config import HostFacts, KubeProxyConfig
from labkit.kubeproxy.objects import Objects, load_objects
from labkit.kubeproxy.proxy import KubeProxy
from labkit.model.service import NodeInfo

KINDS = "services,endpointslices.discovery.k8s.io"


@dataclass(frozen=True, slots=True)
class Computing:
    """Everything that a node's rules depend on, as the API shows it now."""

    objects: Objects
    config: KubeProxyConfig
    service_cidrs: tuple[str, ...] = ()

    def rules(self, node: str, host: HostFacts | None = None) -> str:
        """What the node shows after kube-proxy's start, counters zero."""
        known: NodeInfo | str = next(
            (one for one in self.objects.nodes if one.name == node), NodeInfo(node)
        )
        facts = HostFacts() if host is None else host
        proxy = KubeProxy(known, self.config, facts, service_cidrs=self.service_cidrs)
        return proxy.listing(self.objects.services, self.objects.slices)


def look(kubectl: Kubectl, mode: str = "") -> Computing:
    """Ask for the objects and the configuration; ``mode`` overrides the configuration's.

    Objects of all namespaces where that is allowed, else of the lab's own.  Raises
    ``CommandFailed`` when not even those can be seen.
    """
    answer = kubectl.run("get", KINDS, "--all-namespaces", "-o", "json")
    if not answer.ok:
        answer = kubectl.check("get", KINDS, "-o", "json")
    nodes = kubectl.check("get", "nodes", "-o", "json").stdout
    objects = load_objects([("kubectl get", answer.stdout), ("kubectl get nodes", nodes)])
    config = configuration(kubectl)
    return Computing(objects, replace(config, mode=mode or config.mode), service_cidrs(kubectl))


def configuration(kubectl: Kubectl) -> KubeProxyConfig:
    """kube-proxy's configuration; its defaults where the cluster does not show it."""
    answer = kubectl.run("get", "configmap", "kube-proxy", "-n", "kube-system", "-o", "json")
    if not answer.ok:
        return KubeProxyConfig()
    text = (json.loads(answer.stdout).get("data") or {}).get("config.conf", "")
    try:
        return KubeProxyConfig.from_yaml(text) if text else KubeProxyConfig()
    except (ObjectsError, yaml.YAMLError):
        return KubeProxyConfig()


def service_cidrs(kubectl: Kubectl) -> tuple[str, ...]:
    """The networks of the cluster's ServiceCIDRs (Kubernetes 1.33 and later show them)."""
    answer = kubectl.run("get", "servicecidrs", "-o", "json")
    items = json.loads(answer.stdout)["items"] if answer.ok else []
    return tuple(cidr for one in items for cidr in one["spec"].get("cidrs") or [])
