"""The environment of a container, in the kubelet's order.

After ``makeEnvironmentVariables`` of pkg/kubelet/kubelet_pods.go and pkg/kubelet/envvars:
``envFrom``, then ``env`` (each may use what came before it), then the variables of the Services
that exist when the container starts.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence

from labkit.embedded.controllers.objects import name, namespace
from labkit.embedded.interfaces import Json
from labkit.embedded.kubelet.downward import FieldUnknown, Place, field_value, resource_value
from labkit.embedded.kubelet.expansion import expand

Finder = Callable[[str, str], Json | None]
"""Find an object by resource (``configmaps``, ``secrets``) and name in the Pod's namespace."""


class ConfigError(Exception):
    """The container cannot be made: what its environment names does not exist."""


def service_links(services: Iterable[Json], where: str, everything: bool) -> dict[str, str]:
    """Variables for the Services of a namespace, and always for ``kubernetes``."""
    found: dict[str, str] = {}
    for service in sorted(services, key=lambda s: (namespace(s) == where, name(s))):
        master = namespace(service) == "default" and name(service) == "kubernetes"
        if master or (everything and namespace(service) == where):
            found.update(_of_service(service))
    return found


def _of_service(service: Json) -> dict[str, str]:
    spec = service["spec"]
    address, ports = spec.get("clusterIP"), spec.get("ports") or []
    if not address or address == "None" or spec.get("type") == "ExternalName" or not ports:
        return {}
    prefix = name(service).upper().replace("-", "_")
    found = {
        f"{prefix}_SERVICE_HOST": address,
        f"{prefix}_SERVICE_PORT": str(ports[0]["port"]),
    }
    for port in ports:
        if port.get("name"):
            shown = str(port["name"]).upper().replace("-", "_")
            found[f"{prefix}_SERVICE_PORT_{shown}"] = str(port["port"])
    found[f"{prefix}_PORT"] = _url(address, ports[0])
    for port in ports:
        protocol, number = port.get("protocol") or "TCP", port["port"]
        link = f"{prefix}_PORT_{number}_{protocol}"
        found[link] = _url(address, port)
        found[f"{link}_PROTO"] = protocol.lower()
        found[f"{link}_PORT"] = str(number)
        found[f"{link}_ADDR"] = address
    return found


def _url(address: str, port: Json) -> str:
    return f"{(port.get('protocol') or 'TCP').lower()}://{address}:{port['port']}"


def variables(
    pod: Json, container: Json, links: Mapping[str, str], find: Finder, place: Place
) -> dict[str, str]:
    """Every variable that the kubelet hands over.  Raises ``ConfigError`` in its words."""
    known: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        known.update(_all_of(source, find, namespace(pod)))
    left = dict(links)
    for declared in container.get("env") or []:
        left.pop(str(declared["name"]), None)
        text = declared.get("value") or ""
        if text:
            value: str | None = expand(text, known, left)
        elif declared.get("valueFrom"):
            value = _from(pod, container, declared["valueFrom"], find, place)
        else:
            value = ""
        if value is not None:
            known[str(declared["name"])] = value
    return {**left, **known}


def command_line(
    container: Json, known: Mapping[str, str], entrypoint: Sequence[str], command: Sequence[str]
) -> list[str]:
    """What is started: the Pod's ``command`` and ``args``, else the image's own."""
    own = [expand(str(word), known) for word in container.get("command") or []]
    args = [expand(str(word), known) for word in container.get("args") or []]
    if own:
        return own + args
    return [*entrypoint, *(args or command)]


def _all_of(source: Json, find: Finder, where: str) -> dict[str, str]:
    prefix = str(source.get("prefix") or "")
    for kind, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
        reference = source.get(kind)
        if reference:
            found = find(resource, str(reference["name"]))
            if found is None:
                if reference.get("optional"):
                    return {}
                raise ConfigError(_missing(resource, str(reference["name"])))
            return {prefix + k: v for k, v in text_data(resource, found).items()}
    return {}


def _from(pod: Json, container: Json, source: Json, find: Finder, place: Place) -> str | None:
    """One value by reference; ``None`` leaves the variable out (an optional key)."""
    if source.get("fieldRef"):
        try:
            return field_value(pod, str(source["fieldRef"]["fieldPath"]), place)
        except FieldUnknown as error:
            raise ConfigError(str(error)) from None
    if source.get("resourceFieldRef"):
        reference = source["resourceFieldRef"]
        about = _container_named(pod, reference.get("containerName")) or container
        return resource_value(about, reference, place)
    for kind, resource in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
        if source.get(kind):
            return _keyed(resource, source[kind], find, namespace(pod))
    return None


def _keyed(resource: str, reference: Json, find: Finder, where: str) -> str | None:
    found = find(resource, str(reference["name"]))
    if found is None:
        if reference.get("optional"):
            return None
        raise ConfigError(_missing(resource, str(reference["name"])))
    data = text_data(resource, found)
    if reference["key"] in data:
        return data[str(reference["key"])]
    if reference.get("optional"):
        return None
    shown = "ConfigMap" if resource == "configmaps" else "Secret"
    raise ConfigError(
        f"couldn't find key {reference['key']} in {shown} {where}/{reference['name']}"
    )


def text_data(resource: str, found: Json) -> dict[str, str]:
    """The data of a ConfigMap or a Secret as text."""
    data = {str(k): str(v) for k, v in (found.get("data") or {}).items()}
    if resource != "secrets":
        return data
    return {k: base64.b64decode(v).decode("utf-8", "replace") for k, v in data.items()}


def _missing(resource: str, title: str) -> str:
    return f'{resource.removesuffix("s")} "{title}" not found'


def _container_named(pod: Json, title: str | None) -> Json | None:
    for container in pod["spec"].get("containers") or []:
        if container["name"] == title:
            found: Json = container
            return found
    return None
