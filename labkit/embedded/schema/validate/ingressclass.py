"""IngressClass.  Source: ValidateIngressClass (pkg/apis/networking/validation/validation.go)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import (
    forbidden,
    invalids,
    required,
    too_long,
    unchanged,
    unsupported,
)
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

PATH = "spec.parameters"
LONGEST_CONTROLLER = 250
SCOPES = ("Cluster", "Namespace")


def create(ingress_class: Json) -> list[Cause]:
    """What is wrong with a new IngressClass."""
    spec = ingress_class.get("spec") or {}
    return meta.create(ingress_class) + _controller(spec) + _parameters(spec.get("parameters"))


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed IngressClass: its controller stays."""
    now, before = ((each.get("spec") or {}) for each in (new, old))
    causes = meta.update(new, old)
    causes += unchanged("spec.controller", now.get("controller"), before.get("controller"))
    return causes + _controller(now) + _parameters(now.get("parameters"))


def _controller(spec: Json) -> list[Cause]:
    """``example.com/controller``, or nothing."""
    controller = spec.get("controller") or ""
    if len(controller) > LONGEST_CONTROLLER:
        return [too_long("spec.controller", LONGEST_CONTROLLER)]
    if not controller:
        return [required("spec.controller")]
    domain, slash, rest = controller.partition("/")
    if not slash or not rest:
        says = 'must be a domain-prefixed path (such as "acme.io/foo")'
        return invalids("spec.controller", controller, [says])
    return invalids("spec.controller", controller, names.dns_subdomain(domain))


def _parameters(parameters: Json | None) -> list[Cause]:
    if parameters is None:
        return []
    causes = [
        required(f"{PATH}.{field}") for field in ("kind", "name") if not parameters.get(field)
    ]
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    if scope not in SCOPES:
        causes.append(unsupported(f"{PATH}.scope", scope, SCOPES))
    if scope == "Namespace" and not namespace:
        says = "`parameters.scope` is set to 'Namespace'"
        causes.append(required(f"{PATH}.namespace", says))
    if scope == "Cluster" and namespace is not None:
        says = "`parameters.scope` is set to 'Cluster'"
        causes.append(forbidden(f"{PATH}.namespace", says))
    return causes
