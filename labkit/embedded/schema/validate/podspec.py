"""PodSpec, in Pods and in templates.

Source: ValidatePodSpec, ValidatePodTemplateSpec (pkg/apis/core/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.affinity import affinity, spread, tolerations
from labkit.embedded.schema.validate.containers import containers
from labkit.embedded.schema.validate.errors import forbidden, invalid, invalids, one_of, required
from labkit.embedded.schema.validate.volumes import volumes
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

RESTART_POLICIES = ("Always", "Never", "OnFailure")
DNS_POLICIES = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
MAX_INT32 = 2**31 - 1


def pod_template(template: Json, path: str) -> list[Cause]:
    metadata = template.get("metadata") or {}
    causes = meta.labels(metadata.get("labels"), f"{path}.labels")
    causes += meta.annotation_map(metadata.get("annotations"), f"{path}.annotations")
    spec = template.get("spec") or {}
    causes += pod_spec(spec, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        says = "ephemeral containers not allowed in pod template"
        causes.append(forbidden(f"{path}.spec.ephemeralContainers", says))
    return causes


def pod_spec(spec: Json, path: str) -> list[Cause]:
    known, causes = volumes(spec, path)
    causes += containers(spec, path, known)
    causes += _host_network(spec, path)
    causes += one_of(f"{path}.restartPolicy", spec.get("restartPolicy"), RESTART_POLICIES)
    causes += one_of(f"{path}.dnsPolicy", spec.get("dnsPolicy"), DNS_POLICIES)
    causes += meta.labels(spec.get("nodeSelector"), f"{path}.nodeSelector")
    causes += affinity(spec.get("affinity") or {}, f"{path}.affinity")
    causes += _dns(spec, path)
    constraints = spec.get("topologySpreadConstraints") or ()
    causes += spread(constraints, f"{path}.topologySpreadConstraints")
    for field, form in _NAMES:
        if spec.get(field):
            causes += invalids(f"{path}.{field}", spec[field], form(spec[field]))
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= MAX_INT32:
        says = names.between(1, MAX_INT32)
        causes.append(invalid(f"{path}.activeDeadlineSeconds", deadline, says))
    for field in ("hostname", "subdomain"):
        if spec.get(field):
            causes += invalids(f"{path}.{field}", spec[field], names.dns_label(spec[field]))
    causes += tolerations(spec.get("tolerations") or (), f"{path}.tolerations")
    for at, alias in enumerate(spec.get("hostAliases") or ()):
        address = alias.get("ip", "")
        causes += invalids(f"{path}.hostAliases[{at}].ip", address, names.ip_address(address))
    grace = spec.get("terminationGracePeriodSeconds")
    if grace is not None and grace < 0:
        says = "must be greater than or equal to 0"
        causes.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, says))
    return causes


_NAMES = (
    ("serviceAccountName", names.dns_subdomain),
    ("nodeName", names.dns_subdomain),
    ("priorityClassName", names.dns_subdomain),
    ("runtimeClassName", names.dns_subdomain),
)


def _host_network(spec: Json, path: str) -> list[Cause]:
    """On the host network a container port is its host port."""
    if not spec.get("hostNetwork"):
        return []
    causes: list[Cause] = []
    for field in ("containers", "initContainers"):
        for at, container in enumerate(spec.get(field) or ()):
            for index, port in enumerate(container.get("ports") or ()):
                if port.get("hostPort", 0) != port.get("containerPort"):
                    here = f"{path}.{field}[{at}].ports[{index}].hostPort"
                    says = "must match `containerPort` when `hostNetwork` is true"
                    causes.append(invalid(here, port.get("hostPort", 0), says))
    return causes


def _dns(spec: Json, path: str) -> list[Cause]:
    config = spec.get("dnsConfig")
    here = f"{path}.dnsConfig"
    servers = (config or {}).get("nameservers") or ()
    if spec.get("dnsPolicy") == "None" and not servers:
        says = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        return [required(here if config is None else f"{here}.nameservers", says)]
    causes: list[Cause] = []
    if len(servers) > 3:
        says = "must not have more than 3 nameservers"
        causes.append(invalid(f"{here}.nameservers", list(servers), says))
    for at, server in enumerate(servers):
        causes += invalids(f"{here}.nameservers[{at}]", server, names.ip_address(server))
    return causes
