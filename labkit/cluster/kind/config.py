"""The configuration file that kind reads: two nodes on which Pods may run."""

from __future__ import annotations

from dataclasses import dataclass

from labkit import plan
from labkit.cluster.kind import images

NAME = "labkit"
"""The cluster's name: with it kind names the nodes as ``plan.py`` does."""

CONTEXT = f"kind-{NAME}"

UNTAINTED = """\
  kubeadmConfigPatches:
  - |
    kind: InitConfiguration
    nodeRegistration:
      taints: []
"""
"""kind takes the control plane's taint away only in a cluster of one node."""

CGROUP_V1 = """\
kubeadmConfigPatches:
- |
  kind: KubeletConfiguration
  apiVersion: kubelet.config.k8s.io/v1beta1
  failCgroupV1: false
"""
"""Without it the kubelet of Kubernetes 1.35 and later does not start on cgroup v1."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of kind.  ``cgroup_v1`` tells that this machine still has it."""

    image: str = images.NODE
    proxy_mode: str = "iptables"
    cgroup_v1: bool = False

    @property
    def patches_kubelet(self) -> bool:
        """Whether the kubelet must be told to start all the same."""
        return self.cgroup_v1 and images.is_at_least(self.image, images.FAIL_CGROUP_V1_FROM)


def config_text(asked: Plan) -> str:
    """The file for ``kind create cluster --config``.

    The API server's port is left out: kind then takes a free one.
    """
    head = f"""\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
name: {NAME}
networking:
  apiServerAddress: "127.0.0.1"
  kubeProxyMode: {asked.proxy_mode}
  podSubnet: "{plan.POD_CIDR}"
  serviceSubnet: "{plan.SERVICE_CIDR}"
"""
    nodes = "nodes:\n" + "".join(node_text(node, asked.image) for node in plan.NODES)
    return head + (CGROUP_V1 if asked.patches_kubelet else "") + nodes


def node_text(node: plan.NodePlan, image: str) -> str:
    """One entry under ``nodes``."""
    role = "control-plane" if node.control_plane else "worker"
    return f"- role: {role}\n  image: {image}\n" + (UNTAINTED if node.control_plane else "")
