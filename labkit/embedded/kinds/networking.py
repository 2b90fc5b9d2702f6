"""Ingresses, their classes and NetworkPolicies, as they are stored and shown.

The policies are kept by ``network/policies.py``; an Ingress does something as on any cluster: when
a controller runs (``ingress/traefik.py``).
"""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, World, at
from labkit.embedded.kinds.words import NONE, selector_text, shortened

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class"


def _ingress_cells(ingress: Json, now: float) -> Cells:
    spec = ingress.get("spec") or {}
    hosts = [rule["host"] for rule in spec.get("rules") or [] if rule.get("host")]
    points = at(ingress, "status", "loadBalancer", "ingress", default=[])
    return [
        ingress["metadata"]["name"],
        spec.get("ingressClassName") or NONE,
        shortened(hosts, "*"),
        ",".join(sorted(p.get("ip") or p.get("hostname") or "" for p in points)),
        "80, 443" if spec.get("tls") else "80",
        age(ingress, now),
    ]


def _class_cells(kind: Json, now: float) -> Cells:
    parameters = at(kind, "spec", "parameters")
    shown = NONE
    if parameters:
        group = f".{parameters['apiGroup']}" if parameters.get("apiGroup") else ""
        shown = f"{parameters['kind']}{group}/{parameters['name']}"
    controller = at(kind, "spec", "controller", default="")
    return [kind["metadata"]["name"], controller, shown, age(kind, now)]


def _policy_cells(policy: Json, now: float) -> Cells:
    name = policy["metadata"]["name"]
    return [name, selector_text(at(policy, "spec", "podSelector")), age(policy, now)]


def _with_default_class(ingress: Json, world: World) -> Json:
    """The admission plugin DefaultIngressClass; the newest of several, as v1.36 chooses."""
    spec = ingress.setdefault("spec", {})
    notes = ingress["metadata"].get("annotations") or {}
    if spec.get("ingressClassName") is not None or CLASS_ANNOTATION in notes:
        return ingress
    defaults = [
        each["metadata"]
        for each in world.all(INGRESS_CLASS.resource)
        if (each["metadata"].get("annotations") or {}).get(IS_DEFAULT) == "true"
    ]
    if defaults:
        newest = max(each["creationTimestamp"] for each in defaults)
        names = [each["name"] for each in defaults if each["creationTimestamp"] == newest]
        spec["ingressClassName"] = min(names)
    return ingress


INGRESS = Kind(
    "Ingress",
    "ingresses",
    "networking.k8s.io",
    short_names=("ing",),
    columns=(NAME, Column("Class"), Column("Hosts"), Column("Address"), Column("Ports"), AGE),
    cells=_ingress_cells,
    subresources=("status",),
    admit=_with_default_class,
)
INGRESS_CLASS = Kind(
    "IngressClass",
    "ingressclasses",
    "networking.k8s.io",
    namespaced=False,
    columns=(NAME, Column("Controller"), Column("Parameters"), AGE),
    cells=_class_cells,
)
NETWORK_POLICY = Kind(
    "NetworkPolicy",
    "networkpolicies",
    "networking.k8s.io",
    short_names=("netpol",),
    columns=(NAME, Column("Pod-Selector"), AGE),
    cells=_policy_cells,
)
