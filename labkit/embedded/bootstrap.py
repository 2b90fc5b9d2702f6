"""What stands in the cluster from the first moment: namespaces, nodes, two Services, CoreDNS.

Everything is made only if it is not there yet, so a restarted server finds its cluster as it was
(a learner's changes to CoreDNS or to a node's labels included).
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit import plan
from labkit.clock import Clock
from labkit.embedded import bootstrap_roles
from labkit.embedded.controllers.namespaces import furniture
from labkit.embedded.controllers.objects import timestamp
from labkit.embedded.interfaces import Api, Json
from labkit.embedded.kubelet.conditions import healthy
from labkit.embedded.status import StatusError

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
COREDNS_IMAGE = "registry.k8s.io/coredns/coredns:v1.14.1"
COREDNS_REPLICAS = 2
KUBE_PROXY_IMAGE = f"registry.k8s.io/kube-proxy:{plan.KUBERNETES_VERSION}"
COREFILE = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
"""


def bootstrap(api: Api, clock: Clock) -> None:
    """Make what is missing.  Raises ``StatusError`` if the API server refuses."""
    for resource, namespace, obj in _objects():
        if not _exists(api, resource, namespace, obj["metadata"]["name"]):
            api.create(resource, namespace, obj, manager="kubeadm")
    for node in plan.NODES:
        _register(api, node, timestamp(clock.now()))


def _exists(api: Api, resource: str, namespace: str | None, name: str) -> bool:
    try:
        api.get(resource, namespace, name)
    except StatusError as error:
        if error.code != 404:
            raise
        return False
    return True


def _objects() -> Iterator[tuple[str, str | None, Json]]:
    for name in NAMESPACES:
        yield "namespaces", None, _object("v1", "Namespace", name)
        for resource, obj in furniture(name):
            yield resource, name, obj
    yield from bootstrap_roles.roles()
    cidr = _object("networking.k8s.io/v1", "ServiceCIDR", "kubernetes")
    yield "servicecidrs.networking.k8s.io", None, {**cidr, "spec": {"cidrs": [plan.SERVICE_CIDR]}}
    yield "services", "default", _kubernetes_service()
    yield "endpointslices.discovery.k8s.io", "default", _kubernetes_slice()
    yield "endpoints", "default", _kubernetes_endpoints()
    yield (
        "serviceaccounts",
        "kube-system",
        _object("v1", "ServiceAccount", "coredns", "kube-system"),
    )
    yield (
        "configmaps",
        "kube-system",
        {
            **_object("v1", "ConfigMap", "coredns", "kube-system"),
            "data": {"Corefile": COREFILE},
        },
    )
    yield "services", "kube-system", _dns_service()
    yield "deployments.apps", "kube-system", _coredns()
    yield (
        "serviceaccounts",
        "kube-system",
        _object("v1", "ServiceAccount", "kube-proxy", "kube-system"),
    )
    yield "daemonsets.apps", "kube-system", _kube_proxy()


def _object(api_version: str, kind: str, name: str, namespace: str = "") -> Json:
    metadata: Json = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _kubernetes_service() -> Json:
    service = _object("v1", "Service", "kubernetes", "default")
    service["metadata"]["labels"] = {"component": "apiserver", "provider": "kubernetes"}
    service["spec"] = {
        "type": "ClusterIP",
        "clusterIP": plan.API_SERVICE_IP,
        "clusterIPs": [plan.API_SERVICE_IP],
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "ports": [
            {"name": "https", "port": 443, "protocol": "TCP", "targetPort": plan.API_SERVER_PORT}
        ],
    }
    return service


def _kubernetes_slice() -> Json:
    found = _object("discovery.k8s.io/v1", "EndpointSlice", "kubernetes", "default")
    found["metadata"]["labels"] = {"kubernetes.io/service-name": "kubernetes"}
    found["addressType"] = "IPv4"
    found["endpoints"] = [{"addresses": [plan.NODES[0].address], "conditions": {"ready": True}}]
    found["ports"] = [{"name": "https", "port": plan.API_SERVER_PORT, "protocol": "TCP"}]
    return found


def _kubernetes_endpoints() -> Json:
    found = _object("v1", "Endpoints", "kubernetes", "default")
    found["metadata"]["labels"] = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    found["subsets"] = [
        {
            "addresses": [{"ip": plan.NODES[0].address}],
            "ports": [{"name": "https", "port": plan.API_SERVER_PORT, "protocol": "TCP"}],
        }
    ]
    return found


def _dns_service() -> Json:
    service = _object("v1", "Service", "kube-dns", "kube-system")
    service["metadata"]["labels"] = {
        "k8s-app": "kube-dns",
        "kubernetes.io/cluster-service": "true",
        "kubernetes.io/name": "CoreDNS",
    }
    service["metadata"]["annotations"] = {
        "prometheus.io/port": "9153",
        "prometheus.io/scrape": "true",
    }
    service["spec"] = {
        "type": "ClusterIP",
        "clusterIP": plan.DNS_SERVICE_IP,
        "clusterIPs": [plan.DNS_SERVICE_IP],
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "selector": {"k8s-app": "kube-dns"},
        "ports": [
            {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
            {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
            {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
        ],
    }
    return service


def _coredns() -> Json:
    deployment = _object("apps/v1", "Deployment", "coredns", "kube-system")
    deployment["metadata"]["labels"] = {"k8s-app": "kube-dns"}
    deployment["spec"] = {
        "replicas": COREDNS_REPLICAS,
        "selector": {"matchLabels": {"k8s-app": "kube-dns"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        "template": {
            "metadata": {"labels": {"k8s-app": "kube-dns"}},
            "spec": {
                "serviceAccountName": "coredns",
                "priorityClassName": "system-cluster-critical",
                "dnsPolicy": "Default",
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "tolerations": [
                    {"key": "CriticalAddonsOnly", "operator": "Exists"},
                    {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
                ],
                "containers": [_coredns_container()],
                "volumes": [
                    {
                        "name": "config-volume",
                        "configMap": {
                            "name": "coredns",
                            "items": [{"key": "Corefile", "path": "Corefile"}],
                        },
                    }
                ],
            },
        },
    }
    return deployment


def _coredns_container() -> Json:
    return {
        "name": "coredns",
        "image": COREDNS_IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "resources": {
            "limits": {"memory": "170Mi"},
            "requests": {"cpu": "100m", "memory": "70Mi"},
        },
        "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": True}],
        "ports": [
            {"containerPort": 53, "name": "dns", "protocol": "UDP"},
            {"containerPort": 53, "name": "dns-tcp", "protocol": "TCP"},
            {"containerPort": 9153, "name": "metrics", "protocol": "TCP"},
            {"containerPort": 8080, "name": "liveness-probe", "protocol": "TCP"},
            {"containerPort": 8181, "name": "readiness-probe", "protocol": "TCP"},
        ],
        "livenessProbe": {
            "httpGet": {"path": "/health", "port": "liveness-probe", "scheme": "HTTP"},
            "initialDelaySeconds": 60,
            "timeoutSeconds": 5,
            "successThreshold": 1,
            "failureThreshold": 5,
        },
        "readinessProbe": {
            "httpGet": {"path": "/ready", "port": "readiness-probe", "scheme": "HTTP"},
        },
    }


def _kube_proxy() -> Json:
    """As kubeadm makes it; it brings no configuration file, and runs without privileges."""
    daemon = _object("apps/v1", "DaemonSet", "kube-proxy", "kube-system")
    daemon["metadata"]["labels"] = {"k8s-app": "kube-proxy"}
    command = ["/usr/local/bin/kube-proxy", "--hostname-override=$(NODE_NAME)"]
    field = {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}}
    daemon["spec"] = {
        "selector": {"matchLabels": {"k8s-app": "kube-proxy"}},
        "updateStrategy": {"type": "RollingUpdate"},
        "template": {
            "metadata": {"labels": {"k8s-app": "kube-proxy"}},
            "spec": {
                "serviceAccountName": "kube-proxy",
                "priorityClassName": "system-node-critical",
                "hostNetwork": True,
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "tolerations": [{"operator": "Exists"}],
                "containers": [
                    {
                        "name": "kube-proxy",
                        "image": KUBE_PROXY_IMAGE,
                        "imagePullPolicy": "IfNotPresent",
                        "command": command,
                        "env": [{"name": "NODE_NAME", "valueFrom": field}],
                    }
                ],
            },
        },
    }
    return daemon


def _register(api: Api, node: plan.NodePlan, now: str) -> None:
    """What kubelet and kubeadm write when a node joins; both nodes are schedulable."""
    if _exists(api, "nodes", None, node.name):
        return
    registered = {**_node(node), "status": _node_status(node, now)}
    created = api.create("nodes", None, registered, manager="kubelet")
    if not (created.get("status") or {}).get("conditions"):
        full = {**created, "status": _node_status(node, now)}
        api.update("nodes", None, node.name, full, subresource="status", manager="kubelet")


def _node(node: plan.NodePlan) -> Json:
    found = _object("v1", "Node", node.name)
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
    }
    if node.control_plane:
        labels["node-role.kubernetes.io/control-plane"] = ""
        labels["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
    found["metadata"]["labels"] = labels
    found["metadata"]["annotations"] = {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    }
    found["spec"] = {
        "podCIDR": node.pod_cidr,
        "podCIDRs": [node.pod_cidr],
        "providerID": f"labkit://embedded/{node.name}",
    }
    return found


def _node_status(node: plan.NodePlan, now: str) -> Json:
    amounts = {
        "cpu": "4",
        "ephemeral-storage": "100Gi",
        "hugepages-2Mi": "0",
        "memory": "8Gi",
        "pods": "110",
    }
    return {
        "addresses": [
            {"type": "InternalIP", "address": node.address},
            {"type": "Hostname", "address": node.name},
        ],
        "capacity": amounts,
        "allocatable": dict(amounts),
        "conditions": healthy(now),
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": f"{node.name}-boot",
            "containerRuntimeVersion": "containerd://2.2.0-labkit",
            "kernelVersion": "6.12.0-labkit",
            "kubeProxyVersion": plan.KUBERNETES_VERSION,
            "kubeletVersion": plan.KUBERNETES_VERSION,
            "machineID": f"{node.name}-machine",
            "operatingSystem": "linux",
            "osImage": "labkit embedded node",
            "systemUUID": f"{node.name}-system",
        },
    }
