"""What there is: groups, versions and resources, as clients ask before anything else.

Source: KEP-3352 (aggregated discovery), apiserver/pkg/endpoints/discovery.
"""

from __future__ import annotations

from typing import Any

from labkit import plan
from labkit.embedded.api.accept import forms
from labkit.embedded.kinds import GROUP_VERSIONS, KINDS
from labkit.embedded.kinds.base import Kind
from labkit.embedded.kinds.subresources import SUBRESOURCES

Json = dict[str, Any]

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"


def aggregated(accept: str) -> str:
    """The version of aggregated discovery (v2 or v2beta1) that the client takes, or empty."""
    for form in forms(accept):
        if form.group == "apidiscovery.k8s.io" and form.shown_as == "APIGroupDiscoveryList":
            if form.version in ("v2", "v2beta1"):
                return form.version
        elif form.media == "application/json":
            return ""
    return ""


def version_info() -> Json:
    """``/version``."""
    major, minor, _ = plan.KUBERNETES_VERSION.removeprefix("v").split(".")
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": plan.KUBERNETES_VERSION,
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "",
        "goVersion": "",
        "compiler": "labkit",
        "platform": "labkit/embedded",
    }


def group_list(core: bool, version: str) -> Json:
    """The aggregated document of ``/api`` (core) or ``/apis``."""
    items = [
        {
            "metadata": {"name": group},
            "versions": [
                {
                    "version": api,
                    "resources": [_discovered(kind) for kind in _of(group, api)],
                    "freshness": "Current",
                }
                for api in served
            ],
        }
        for group, served in _served().items()
        if (group == "") is core
    ]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": items,
    }


def _served() -> dict[str, list[str]]:
    """The versions of each group, the preferred one first."""
    found: dict[str, list[str]] = {}
    for group, version in GROUP_VERSIONS:
        found.setdefault(group, []).append(version)
    return found


def _of(group: str, version: str) -> list[Kind]:
    return [kind for kind in KINDS if (kind.group, kind.version) == (group, version)]


def _discovered(kind: Kind) -> Json:
    found: Json = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        found["shortNames"] = list(kind.short_names)
    if kind.categories:
        found["categories"] = list(kind.categories)
    if kind.subresources:
        found["subresources"] = [_discovered_part(kind, name) for name in kind.subresources]
    return found


def _discovered_part(kind: Kind, name: str) -> Json:
    part = SUBRESOURCES[name]
    shown = (
        {"group": part.group, "version": part.version, "kind": part.kind_for(kind.kind)}
        if part.kind
        else {"group": kind.group, "version": kind.version, "kind": kind.kind}
    )
    return {"subresource": name, "responseKind": shown, "verbs": list(part.verbs)}


def versions(address: str) -> Json:
    """The older ``/api``."""
    server = {"clientCIDR": "0.0.0.0/0", "serverAddress": address}
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [server]}


def groups() -> Json:
    """The older ``/apis``."""
    found = [_group(group, served) for group, served in _served().items() if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def _group(group: str, served: list[str]) -> Json:
    found = [{"groupVersion": f"{group}/{version}", "version": version} for version in served]
    return {"name": group, "versions": found, "preferredVersion": found[0]}


def group(name: str) -> Json | None:
    """The older ``/apis/GROUP``, or None."""
    served = _served().get(name)
    if not name or served is None:
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, served)}


def resources(name: str, version: str) -> Json | None:
    """The older ``/api/v1`` and ``/apis/GROUP/VERSION``, or None."""
    kinds = _of(name, version)
    if not kinds:
        return None
    listed: list[Json] = []
    for kind in kinds:
        listed.append(_listed(kind))
        listed += [_listed_part(kind, part) for part in kind.subresources]
    api_version = f"{name}/{version}" if name else version
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": api_version,
        "resources": listed,
    }


def _listed(kind: Kind) -> Json:
    found: Json = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        found["shortNames"] = list(kind.short_names)
    if kind.categories:
        found["categories"] = list(kind.categories)
    return found


def _listed_part(kind: Kind, name: str) -> Json:
    part = SUBRESOURCES[name]
    found: Json = {
        "name": f"{kind.plural}/{name}",
        "singularName": "",
        "namespaced": kind.namespaced,
    }
    if part.group:
        found |= {"group": part.group, "version": part.version}
    return {**found, "kind": part.kind_for(kind.kind), "verbs": list(part.verbs)}
