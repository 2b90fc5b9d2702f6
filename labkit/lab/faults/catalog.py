"""The faults: each breaks the lab's Service in one way that people meet in real clusters."""

from __future__ import annotations

import copy

from labkit.cluster.base import MULTI_NODE, NODE_POWER, WHOLE_CLUSTER
from labkit.lab.faults.nouns import (
    Edit,
    Fault,
    Json,
    Make,
    Remove,
    Replace,
    Scene,
    Step,
    SwitchOff,
    Thing,
    Wait,
)
from labkit.lab.steps import DEPLOYMENT_NAME, SELECTOR, SERVICE_NAME

SERVICE = Thing("service", SERVICE_NAME)
BACKEND = Thing("deployment", DEPLOYMENT_NAME)
COREDNS = Thing("deployment", "coredns", "kube-system")
KUBE_PROXY = Thing("daemonset", "kube-proxy", "kube-system")
ELSEWHERE = "backend-team"
TEMPLATE = ("spec", "template", "spec")
CONTAINERS = (*TEMPLATE, "containers")
RECREATE = Edit(BACKEND, ("spec", "strategy"), {"type": "Recreate"})
"""So that the old Pods do not go on serving while the new ones cannot begin."""
NO_ENDPOINTS, ROLLED_OUT = Wait("no-endpoints"), Wait("rollout")


def _container(scene: Scene, **fields: object) -> Edit:
    """The backend's containers with other fields in the first one."""
    containers = copy.deepcopy(scene.backend["spec"]["template"]["spec"]["containers"])
    containers[0].update(fields)
    return Edit(BACKEND, CONTAINERS, containers)


def _port(scene: Scene, **fields: object) -> Edit:
    """The Service's first port with other fields."""
    ports = copy.deepcopy(scene.service["spec"]["ports"])
    ports[0].update(fields)
    return Edit(SERVICE, ("spec", "ports"), ports)


def _policy(name: str, spec: Json) -> Make:
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }
    return Make(Thing("networkpolicy", name), manifest)


def _wrong_selector(scene: Scene) -> tuple[Step, ...]:
    return (Edit(SERVICE, ("spec", "selector"), {"app": DEPLOYMENT_NAME}), NO_ENDPOINTS)


def _wrong_target_port(scene: Scene) -> tuple[Step, ...]:
    return (_port(scene, targetPort=80),)


def _wrong_port(scene: Scene) -> tuple[Step, ...]:
    return (_port(scene, port=8080),)


def _not_ready(scene: Scene) -> tuple[Step, ...]:
    probe = {"httpGet": {"path": "/ready", "port": 8081}, "periodSeconds": 1}
    return (RECREATE, _container(scene, readinessProbe=probe), NO_ENDPOINTS)


def _bad_image(scene: Scene) -> tuple[Step, ...]:
    return (RECREATE, _container(scene, image="hashicorp/http-ecko:1.0.0"), NO_ENDPOINTS)


def _localhost_only(scene: Scene) -> tuple[Step, ...]:
    args = scene.backend["spec"]["template"]["spec"]["containers"][0]["args"]
    near = [arg.replace("-listen=:", "-listen=127.0.0.1:") for arg in args]
    return (_container(scene, args=near), ROLLED_OUT)


def _scaled_to_zero(scene: Scene) -> tuple[Step, ...]:
    return (Edit(BACKEND, ("spec", "replicas"), 0), NO_ENDPOINTS)


def _dns_down(scene: Scene) -> tuple[Step, ...]:
    return (Edit(COREDNS, ("spec", "replicas"), 0), Wait("gone", "k8s-app=kube-dns", "kube-system"))


def _proxy_stopped(scene: Scene) -> tuple[Step, ...]:
    """No kube-proxy on the client's node, and then other Pods behind the Service."""
    away = {
        "key": "kubernetes.io/hostname",
        "operator": "NotIn",
        "values": [scene.client_node],
    }
    terms = {"nodeSelectorTerms": [{"matchExpressions": [away]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    stopped = Wait("gone", "k8s-app=kube-proxy", "kube-system", scene.client_node)
    keep_away = Edit(KUBE_PROXY, (*TEMPLATE, "affinity"), affinity)
    return (keep_away, stopped, Replace(SELECTOR), ROLLED_OUT)


def _network_policy(scene: Scene) -> tuple[Step, ...]:
    selector = {"matchLabels": {"app": "backend"}}
    return (_policy("backend-isolation", {"podSelector": selector, "policyTypes": ["Ingress"]}),)


def _policy_without_dns(scene: Scene) -> tuple[Step, ...]:
    """Web traffic may go out; nobody thought of port 53."""
    web = {"ports": [{"port": 80}, {"port": 8080}]}
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [web]}
    return (_policy("only-web", spec),)


def _wrong_namespace(scene: Scene) -> tuple[Step, ...]:
    """The Service lies in another team's namespace."""
    spec = {key: scene.service["spec"][key] for key in ("selector", "ports")}
    moved = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": SERVICE_NAME, "namespace": ELSEWHERE},
        "spec": spec,
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ELSEWHERE}}
    return (
        Make(Thing("namespace", ELSEWHERE), namespace),
        Make(Thing("service", SERVICE_NAME, ELSEWHERE), moved),
        Remove(SERVICE),
    )


def _node_down(scene: Scene) -> tuple[Step, ...]:
    return (SwitchOff(scene.other_node),)


WHOLE = frozenset({WHOLE_CLUSTER})
FAULTS: tuple[Fault, ...] = (
    Fault("wrong-selector", _wrong_selector),
    Fault("wrong-target-port", _wrong_target_port),
    Fault("wrong-port", _wrong_port),
    Fault("not-ready", _not_ready),
    Fault("bad-image", _bad_image),
    Fault("localhost-only", _localhost_only),
    Fault("scaled-to-zero", _scaled_to_zero),
    Fault("network-policy", _network_policy),
    Fault("policy-without-dns", _policy_without_dns),
    Fault("wrong-namespace", _wrong_namespace, WHOLE),
    Fault("dns-down", _dns_down, WHOLE),
    Fault("proxy-stopped", _proxy_stopped, WHOLE | {MULTI_NODE}),
    Fault("node-down", _node_down, frozenset({NODE_POWER, MULTI_NODE})),
)
"""In the order in which ``labkit break --list`` shows them."""


def by_name() -> dict[str, Fault]:
    """Every fault by its name."""
    return {fault.name: fault for fault in FAULTS}
