"""Ingress.  Source: ValidateIngressSpec (pkg/apis/networking/validation/validation.go)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import balancer, meta, names
from labkit.embedded.schema.validate.errors import (
    invalid,
    invalids,
    required,
    unsupported,
)
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def create(ingress: Json) -> list[Cause]:
    """What is wrong with a new Ingress."""
    return meta.create(ingress) + _spec(ingress.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Ingress."""
    causes = meta.update(new, old) + _spec(new.get("spec") or {})
    if new.get("status") != old.get("status"):
        status = (new.get("status") or {}).get("loadBalancer") or {}
        causes += balancer.points(status.get("ingress") or (), "status.loadBalancer.ingress")
    return causes


def _spec(spec: Json) -> list[Cause]:
    rules, backend = spec.get("rules") or (), spec.get("defaultBackend")
    if not rules and backend is None:
        return [
            invalid("spec", _shown(spec), "either `defaultBackend` or `rules` must be specified")
        ]
    causes: list[Cause] = []
    for at, rule in enumerate(rules):
        causes += _rule(rule, f"spec.rules[{at}]")
    if backend is not None:
        causes += _backend(backend, "spec.defaultBackend")
    return causes


def _shown(spec: Json) -> dict[str, Any]:
    return dict(spec)


def _rule(rule: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    host = rule.get("host", "")
    if host:
        wrong = names.wildcard if "*" in host else names.dns_subdomain
        causes += invalids(f"{path}.host", host, wrong(host))
    http = rule.get("http")
    if http is None:
        return causes
    paths = http.get("paths") or ()
    if not paths:
        causes.append(required(f"{path}.http.paths"))
    for at, each in enumerate(paths):
        here = f"{path}.http.paths[{at}]"
        kind = each.get("pathType")
        if kind is None:
            causes.append(required(f"{here}.pathType", "pathType must be specified"))
        elif kind not in PATH_TYPES:
            causes.append(unsupported(f"{here}.pathType", kind, PATH_TYPES))
        elif kind != "ImplementationSpecific" and not each.get("path", "").startswith("/"):
            causes.append(invalid(f"{here}.path", each.get("path", ""), "must be an absolute path"))
        causes += _backend(each.get("backend") or {}, f"{here}.backend")
    return causes


def _backend(backend: Json, path: str) -> list[Cause]:
    service = backend.get("service")
    if service is None:
        return (
            []
            if backend.get("resource")
            else [required(path, "must specify one of: service, resource")]
        )
    causes: list[Cause] = []
    name, port = service.get("name", ""), service.get("port") or {}
    if not name:
        causes.append(required(f"{path}.service.name"))
    else:
        causes += invalids(f"{path}.service.name", name, names.dns_1035_label(name))
    if not port.get("name") and not port.get("number"):
        causes.append(required(f"{path}.service.port", "port name or number is required"))
    elif port.get("number"):
        number = port["number"]
        causes += invalids(f"{path}.service.port.number", number, names.port_number(number))
    return causes
