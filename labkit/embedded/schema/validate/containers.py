"""Containers of a PodSpec: names, images, ports, environment, mounts, probes, resources.

Source: validateContainers, validateInitContainers, validateContainerCommon and what they call
(pkg/apis/core/validation/validation.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.embedded.schema.quantity import parse
from labkit.embedded.schema.validate import names
from labkit.embedded.schema.validate.errors import (
    duplicate,
    forbidden,
    invalid,
    invalids,
    not_found,
    not_negative,
    one_of,
    required,
    unsupported,
)
from labkit.embedded.schema.validate.service import PROTOCOLS, port_number_or_name
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

ENV_FIELD_PATHS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
    "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
)  # fmt: skip
_KNOWN_FIELD_PATHS = (
    *ENV_FIELD_PATHS, "metadata.annotations", "metadata.labels", "spec.restartPolicy",
    "spec.schedulerName", "status.phase", "spec.host",
)  # fmt: skip
_SUBSCRIPT = re.compile(r"metadata\.(annotations|labels)\['([^']*)'\]")
_STANDARD_RESOURCES = ("cpu", "memory", "ephemeral-storage")


def containers(spec: Json, path: str, volumes: Mapping[str, Json]) -> list[Cause]:
    """``spec.containers`` and ``spec.initContainers``."""
    main = spec.get("containers") or ()
    grace = spec.get("terminationGracePeriodSeconds")
    if not main:
        return [required(f"{path}.containers"), *_init(spec, path, volumes, grace)]
    causes: list[Cause] = []
    seen: set[str] = set()
    for at, container in enumerate(main):
        here = f"{path}.containers[{at}]"
        causes += _common(container, here, volumes)
        causes += _name_again(container, here, seen)
        causes += _lifecycle(container, here, grace)
        causes += _probes(container, here)
    causes += _host_ports(main, f"{path}.containers")
    return causes + _init(spec, path, volumes, grace)


def _init(spec: Json, path: str, volumes: Mapping[str, Json], grace: Any) -> list[Cause]:
    causes: list[Cause] = []
    seen = {container.get("name", "") for container in spec.get("containers") or ()}
    for at, container in enumerate(spec.get("initContainers") or ()):
        here = f"{path}.initContainers[{at}]"
        causes += _common(container, here, volumes)
        policy = container.get("restartPolicy")
        if policy is not None and policy != "Always":
            causes.append(unsupported(f"{here}.restartPolicy", policy, ("Always",)))
        causes += _name_again(container, here, seen)
        if policy == "Always":
            causes += _lifecycle(container, here, grace) + _probes(container, here)
            continue
        says = "may not be set for init containers without restartPolicy=Always"
        for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if container.get(field) is not None:
                causes.append(forbidden(f"{here}.{field}", says))
    return causes


def _name_again(container: Json, path: str, seen: set[str]) -> list[Cause]:
    name = container.get("name", "")
    if name and name in seen:
        return [duplicate(f"{path}.name", name)]
    seen.add(name)
    return []


def _common(container: Json, path: str, volumes: Mapping[str, Json]) -> list[Cause]:
    name = container.get("name", "")
    causes = (
        invalids(f"{path}.name", name, names.dns_label(name))
        if name
        else [required(f"{path}.name")]
    )
    image = container.get("image", "")
    if not image:
        causes.append(required(f"{path}.image"))
    elif image != image.strip():
        says = "must not have leading or trailing whitespace"
        causes.append(invalid(f"{path}.image", image, says))
    messages = ("File", "FallbackToLogsOnError")
    policy = container.get("terminationMessagePolicy", "File")
    if policy not in messages:
        causes.append(unsupported(f"{path}.terminationMessagePolicy", policy, messages))
    causes += _ports(container.get("ports") or (), f"{path}.ports")
    causes += _environment(container, path)
    causes += _mounts(container.get("volumeMounts") or (), f"{path}.volumeMounts", volumes)
    pulls = ("Always", "IfNotPresent", "Never")
    causes += one_of(f"{path}.imagePullPolicy", container.get("imagePullPolicy"), pulls)
    return causes + resources(container.get("resources") or {}, f"{path}.resources")


def _ports(ports: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for at, port in enumerate(ports):
        here, name = f"{path}[{at}]", port.get("name", "")
        if name:
            wrong = names.port_name(name)
            causes += invalids(f"{here}.name", name, wrong)
            if not wrong and name in seen:
                causes.append(duplicate(f"{here}.name", name))
            seen.add(name)
        number = port.get("containerPort", 0)
        if number == 0:
            causes.append(required(f"{here}.containerPort"))
        else:
            causes += invalids(f"{here}.containerPort", number, names.port_number(number))
        host = port.get("hostPort", 0)
        if host:
            causes += invalids(f"{here}.hostPort", host, names.port_number(host))
        causes += one_of(f"{here}.protocol", port.get("protocol"), PROTOCOLS)
    return causes


def _host_ports(all_containers: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for at, container in enumerate(all_containers):
        for index, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            key = f"{port.get('protocol')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if key in seen:
                causes.append(duplicate(f"{path}[{at}].ports[{index}].hostPort", key))
            seen.add(key)
    return causes


def _environment(container: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for at, variable in enumerate(container.get("env") or ()):
        here, name = f"{path}.env[{at}]", variable.get("name", "")
        if name:
            causes += invalids(f"{here}.name", name, names.env_name(name))
        else:
            causes.append(required(f"{here}.name"))
        if variable.get("valueFrom") is not None:
            causes += _value_from(variable, f"{here}.valueFrom")
    for at, source in enumerate(container.get("envFrom") or ()):
        causes += _env_from(source, f"{path}.envFrom[{at}]")
    return causes


def _value_from(variable: Json, path: str) -> list[Cause]:
    source = variable["valueFrom"]
    causes: list[Cause] = []
    if source.get("fieldRef") is not None:
        causes += _field_ref(source["fieldRef"], f"{path}.fieldRef")
    if source.get("resourceFieldRef") is not None and not source["resourceFieldRef"].get(
        "resource"
    ):
        causes.append(required(f"{path}.resourceFieldRef.resource"))
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if source.get(kind) is not None:
            causes += _key_ref(source[kind], f"{path}.{kind}")
    if not source:
        causes.append(invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, "
                              "`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"))  # fmt: skip
    elif variable.get("value"):
        causes.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif len(source) > 1:
        causes.append(invalid(path, "", "may not have more than one field specified at a time"))
    return causes


def _field_ref(reference: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    if not reference.get("apiVersion"):
        causes.append(required(f"{path}.apiVersion"))
    field = reference.get("fieldPath", "")
    path = f"{path}.fieldPath"
    if not field:
        return [*causes, required(path)]
    subscript = _SUBSCRIPT.fullmatch(field)
    if subscript:
        return causes + invalids(path, subscript[2], names.qualified_name(subscript[2]))
    if field not in _KNOWN_FIELD_PATHS:
        says = f"error converting fieldPath: field label not supported: {field}"
        return [*causes, invalid(path, field, says)]
    if field not in ENV_FIELD_PATHS and field != "spec.host":
        causes.append(unsupported(path, field, ENV_FIELD_PATHS))
    return causes


def _key_ref(reference: Json, path: str) -> list[Cause]:
    causes = [] if reference.get("name") else [required(f"{path}.name")]
    key = reference.get("key", "")
    if not key:
        return [*causes, required(f"{path}.key")]
    return causes + invalids(f"{path}.key", key, names.config_key(key))


def _env_from(source: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    prefix = source.get("prefix", "")
    if prefix:
        causes += invalids(f"{path}.prefix", prefix, names.env_name(prefix))
    kinds = [kind for kind in ("configMapRef", "secretRef") if source.get(kind) is not None]
    for kind in kinds:
        if not source[kind].get("name"):
            causes.append(required(f"{path}.{kind}.name"))
    if not kinds:
        causes.append(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
    elif len(kinds) > 1:
        causes.append(invalid(path, "", "may not have more than one field specified at a time"))
    return causes


def _mounts(mounts: Sequence[Json], path: str, volumes: Mapping[str, Json]) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for at, mount in enumerate(mounts):
        here, name, where = f"{path}[{at}]", mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            causes.append(required(f"{here}.name"))
        if name not in volumes:
            causes.append(not_found(f"{here}.name", name))
        if not where:
            causes.append(required(f"{here}.mountPath"))
        if where in seen:
            causes.append(invalid(f"{here}.mountPath", where, "must be unique"))
        seen.add(where)
        inside = mount.get("subPath", "")
        if inside.startswith("/"):
            causes.append(invalid(f"{path}.subPath", inside, "must be a relative path"))
        if ".." in inside.split("/"):
            causes.append(invalid(f"{path}.subPath", inside, "must not contain '..'"))
    return causes


def _probes(container: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(kind)
        if probe is None:
            continue
        here = f"{path}.{kind}"
        causes += _handler(probe, here, None)
        for field in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds",
                      "successThreshold", "failureThreshold"):  # fmt: skip
            causes += not_negative(f"{here}.{field}", probe.get(field))
        if kind != "readinessProbe" and probe.get("successThreshold", 1) != 1:
            causes.append(
                invalid(f"{here}.successThreshold", probe["successThreshold"], "must be 1")
            )
        grace = probe.get("terminationGracePeriodSeconds")
        if kind == "readinessProbe" and grace is not None:
            says = "must not be set for readinessProbes"
            causes.append(invalid(f"{here}.terminationGracePeriodSeconds", grace, says))
    return causes


def _lifecycle(container: Json, path: str, grace: int | None) -> list[Cause]:
    causes: list[Cause] = []
    for hook in ("postStart", "preStop"):
        handler = (container.get("lifecycle") or {}).get(hook)
        if handler is not None:
            causes += _handler(handler, f"{path}.lifecycle.{hook}", grace)
    return causes


def _handler(handler: Json, path: str, grace: int | None) -> list[Cause]:
    kinds = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
    given = [kind for kind in kinds if handler.get(kind) is not None]
    if not given:
        return [required(path, "must specify a handler type")]
    says = "may not specify more than 1 handler type"
    extra = [forbidden(f"{path}.{kind}", says) for kind in given[1:]]
    return _action(given[0], handler[given[0]], f"{path}.{given[0]}", grace) + extra


def _action(kind: str, action: Json, path: str, grace: int | None) -> list[Cause]:
    if kind == "exec":
        return [] if action.get("command") else [required(f"{path}.command")]
    if kind == "sleep":
        seconds = action.get("seconds", 0)
        if grace is None or 0 <= seconds <= grace:
            return []
        says = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
        return [invalid(path, seconds, says)]
    causes: list[Cause] = []
    if kind == "httpGet" and not action.get("path"):
        causes.append(required(f"{path}.path"))
    causes += port_number_or_name(action.get("port"), f"{path}.port")
    if kind == "httpGet":
        if action.get("scheme") not in ("HTTP", "HTTPS"):
            causes.append(unsupported(f"{path}.scheme", action.get("scheme"), ("HTTP", "HTTPS")))
        for header in action.get("httpHeaders") or ():
            name = header.get("name", "")
            causes += invalids(f"{path}.httpHeaders", name, names.http_header_name(name))
    return causes


def resources(wanted: Json, path: str) -> list[Cause]:
    """Requests and limits: known names, not negative, requests within limits."""
    causes: list[Cause] = []
    limits, requests = wanted.get("limits") or {}, wanted.get("requests") or {}
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            here = f"{path}.{field}[{name}]"
            causes += _resource_name(name, here)
            if parse(amount) < 0:
                causes.append(invalid(here, amount, "must be greater than or equal to 0"))
    for name, amount in requests.items():
        limit = limits.get(name)
        if limit is not None and parse(amount) > parse(limit):
            says = f"must be less than or equal to {name} limit of {limit}"
            causes.append(invalid(f"{path}.requests", amount, says))
    return causes


def _resource_name(name: str, path: str) -> list[Cause]:
    causes = invalids(path, name, names.qualified_name(name))
    standard = name in _STANDARD_RESOURCES or name.startswith("hugepages-")
    if causes or standard or "/" in name:
        return causes
    return [
        invalid(path, name, "must be a standard resource type or fully qualified"),
        invalid(path, name, "must be a standard resource for containers"),
    ]
