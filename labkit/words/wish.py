"""What can be asked of a cluster: the options of every command that starts one."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "wish.mode": (
        "modo de kube-proxy: iptables, nftables o, solo en el clúster embebido, ipvs (por defecto,"
        " iptables)",
        "kube-proxy's mode: iptables, nftables or, on the embedded cluster alone, ipvs (default"
        " iptables)",
    ),
    "wish.image": (
        "kind: otra imagen de nodo, por ejemplo kindest/node:v1.35.0",
        "kind: another node image, for example kindest/node:v1.35.0",
    ),
    "wish.engine": (
        "kind: docker, podman o nerdctl (por defecto, el primero que responda)",
        "kind: docker, podman or nerdctl (default: the first that answers)",
    ),
    "wish.context": (
        "un clúster tuyo: el contexto del kubeconfig (equivale a --backend kubeconfig)",
        "a cluster of yours: its context in the kubeconfig (means --backend kubeconfig)",
    ),
    "wish.namespace": (
        "kubeconfig: el espacio de nombres que labkit crea (por defecto, labkit-lab)",
        "kubeconfig: the namespace that labkit makes (default labkit-lab)",
    ),
    "wish.yes": (
        "kubeconfig: sí, este contexto, aunque parezca de producción",
        "kubeconfig: yes, this context, although it looks like production",
    ),
    "wish.node_pod": (
        "kubeconfig: permite un Pod privilegiado y breve que lee las reglas de un nodo",
        "kubeconfig: allow a short-lived privileged Pod that reads a node's rules",
    ),
}
