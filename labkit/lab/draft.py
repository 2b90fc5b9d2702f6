"""One's own Service to rules: a manifest, so many ready Pods, and what kube-proxy would write.

The text is taken as the API server takes it: strict decoding, defaults, validation.  What the
cluster would add by itself (an address, a node port, the EndpointSlice) is added here, and then
the generator writes the rules of each mode.  Nothing is applied anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from labkit import plan
from labkit.cluster.kubectl import Kubectl
from labkit.dataplane.nodes import rules_of
from labkit.dataplane.proxy import KubeProxy
from labkit.embedded.schema.decode import decode
from labkit.embedded.schema.defaults import defaulted
from labkit.embedded.schema.fields import GVK
from labkit.embedded.schema.validate import validate_create
from labkit.embedded.status import StatusError
from labkit.errors import LabError, LabkitError, UsageError
from labkit.kubeproxy.documents import DocumentError, read_documents
from labkit.kubeproxy.explain import explained
from labkit.lab.explore import CLUSTER_IP, TARGET_PORT, pods
from labkit.lab.noderules import rules_of_service
from labkit.model.draft import Draft, DraftRule
from labkit.model.service import SERVICE_NAME_LABEL, EndpointSlice, Service
from labkit.words import Words

SERVICE = GVK("", "v1", "Service")
KEPT = (
    *("type", "clusterIP", "selector", "ports", "sessionAffinity", "sessionAffinityConfig"),
    *("internalTrafficPolicy", "externalTrafficPolicy"),
)
FIRST_NODE_PORT = 30080
MOST = 8
IPVS_LINE = re.compile(r"(TCP|UDP|SCTP|  ->|add KUBE-)")
"""What of the text of IPVS mode is the Service's: nothing else stands on this node."""


def draft_of(kubectl: Kubectl, service: str, words: Words) -> Draft:
    """The draft that begins with a Service of the cluster.  Raises ``LabError`` without it."""
    namespace, _, name = service.partition("/")
    answer = kubectl.run("get", "service", name, "-n", namespace, "-o", "json")
    if answer.status:
        raise LabError(words("lab.no_service", service=service), words("lab.no_service.fix"))
    label = f"{SERVICE_NAME_LABEL}={name}"
    found = json.loads(
        kubectl.check("get", "endpointslices", "-n", namespace, "-l", label, "-o", "json").stdout
    )
    ready = sum(
        (end.get("conditions") or {}).get("ready") is not False
        for one in found["items"]
        for end in one.get("endpoints") or ()
    )
    return draft(manifest_of(json.loads(answer.stdout)), min(ready, MOST), words)


def draft(manifest: Mapping[str, Any], endpoints: int, words: Words) -> Draft:
    """The draft that begins with a manifest."""

    def write(text: str, count: int, mode: str) -> tuple[DraftRule, ...]:
        return rules_for(text, count, mode, words)

    return Draft(
        as_yaml(manifest),
        endpoints,
        write,
        examples=tuple((name, as_yaml(one)) for name, one in examples_of(manifest).items()),
        node=plan.NODES[0].name,
        most=MOST,
    )


def manifest_of(service: Mapping[str, Any]) -> dict[str, Any]:
    """A stored Service as one would write it: without what the server put in by itself."""
    metadata = {"name": service["metadata"]["name"]}
    if service["metadata"].get("namespace", "default") != "default":
        metadata["namespace"] = service["metadata"]["namespace"]
    spec = service.get("spec") or {}
    kept = {key: spec[key] for key in KEPT if spec.get(key)}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": kept}


def examples_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The manifest with one thing changed, by the name of that thing."""
    local = {"type": "NodePort", "externalTrafficPolicy": "Local"}
    limited = {"clientIP": {"timeoutSeconds": 600}}
    sticky = {"sessionAffinity": "ClientIP", "sessionAffinityConfig": limited}
    ports = deepcopy((manifest.get("spec") or {}).get("ports") or [{"port": 80}])
    ports[0].setdefault("name", "http")
    second = {"name": "metrics", "protocol": "TCP", "port": 9090, "targetPort": 9090}
    changes: dict[str, dict[str, Any]] = {
        "sessionAffinity: ClientIP": sticky,
        "internalTrafficPolicy: Local": {"internalTrafficPolicy": "Local"},
        "type: NodePort": {"type": "NodePort"},
        "externalTrafficPolicy: Local": local,
        "ports: 2": {"ports": [*ports, second]},
        "clusterIP: None": {"clusterIP": "None"},
    }
    return {
        name: {**manifest, "spec": {**(manifest.get("spec") or {}), **change}}
        for name, change in changes.items()
    }


def as_yaml(manifest: Mapping[str, Any]) -> str:
    """In the order of the fields, as people write it."""
    import yaml

    plain = json.loads(json.dumps(manifest))  # without YAML anchors for what appears twice
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))


# ---- from the text to the rules ----------------------------------------------------------


def rules_for(text: str, endpoints: int, mode: str, words: Words) -> tuple[DraftRule, ...]:
    """The rules of the Service of a text on the course's first node.

    Raises ``UsageError``: one sentence with the line, or with the API server's own words.
    """
    spoken = accepted(text, words)
    try:
        service = Service.from_dict(spoken)
        slices = [slice_of(spoken, endpoints)]
        listed, _ = rules_of(KubeProxy(mode=mode), [service], slices)
    except LabkitError as error:
        raise UsageError(words("draft.refused", what=error.what)) from None
    if mode == "ipvs":
        lines = (line.rstrip() for line in listed.splitlines() if IPVS_LINE.match(line))
        return tuple(DraftRule(line, _of_ipvs(line, words)) for line in lines)
    reasons = {one.rule.strip(): one.sentence for one in explained(listed, words.language)}
    return tuple(
        DraftRule(line, reasons.get(line.strip(), words("draft.block")))
        for line in rules_of_service(listed, service.key).splitlines()
        if not line.startswith("*")
    )


def _of_ipvs(line: str, words: Words) -> str:
    kind = {"-": "server", "a": "set"}.get(line.strip()[0], "service")
    return words(f"draft.ipvs.{kind}")


def accepted(text: str, words: Words) -> dict[str, Any]:
    """The Service as the API server would keep it.  Raises ``UsageError``."""
    try:
        documents = read_documents("", text)
    except DocumentError as error:
        raise UsageError(words("draft.not_yaml", line=error.line or 1, word=error.word)) from None
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise UsageError(words("draft.one"))
    value = documents[0].value
    kind = f"{value.get('apiVersion')} {value.get('kind')}"
    if kind != "v1 Service":
        raise UsageError(words("draft.kind", kind=kind))
    try:
        kept = defaulted(SERVICE, decode(SERVICE, json.loads(json.dumps(value))).obj)
    except StatusError as error:
        said = error.message.partition("strict decoding error: ")[2] or error.message
        raise UsageError(words("draft.refused", what=said)) from None
    kept["metadata"].setdefault("namespace", "default")
    causes = validate_create(SERVICE, completed(kept))
    if causes:
        cause = causes[0]
        raise UsageError(words("draft.refused", what=f"{cause.field}: {cause.message}"))
    return kept


def completed(service: dict[str, Any]) -> dict[str, Any]:
    """With the addresses and node ports that the server would hand out."""
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return service
    spec["clusterIP"] = spec.get("clusterIP") or CLUSTER_IP
    spec["clusterIPs"] = spec.get("clusterIPs") or [spec["clusterIP"]]
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        for number, port in enumerate(spec.get("ports") or ()):
            port["nodePort"] = port.get("nodePort") or FIRST_NODE_PORT + number
    return service


def slice_of(service: Mapping[str, Any], endpoints: int) -> EndpointSlice:
    """The EndpointSlice of so many ready Pods, on the nodes by turns; a port that is called by a
    name is the lab's, 8080."""
    name, spec = service["metadata"]["name"], service["spec"]
    ports = [
        {
            "name": port.get("name", ""),
            "protocol": port.get("protocol", "TCP"),
            "port": goal if isinstance(goal := port.get("targetPort"), int) else TARGET_PORT,
        }
        for port in spec.get("ports") or ()
    ]
    return EndpointSlice.from_dict(
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{name}-1",
                "namespace": service["metadata"]["namespace"],
                "labels": {SERVICE_NAME_LABEL: name},
            },
            "addressType": "IPv4",
            "ports": ports,
            "endpoints": [
                {"addresses": [address], "nodeName": node, "conditions": {"ready": True}}
                for _, (address, node) in pods(endpoints)
            ],
        }
    )
