"""Defaults of a PodSpec, in Pods and in templates alike.

Source: pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec, _Container, _Probe, _Volume ...).
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_MODE_0644 = 0o644


def fill_spec(spec: Json) -> None:
    """Fill a PodSpec in place."""
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("schedulerName", "default-scheduler")
    _account(spec)
    for volume in spec.get("volumes", ()):
        _volume(volume)
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(field, ()):
            fill_container(container)
    if spec.get("hostNetwork"):
        _host_ports(spec)


def fill_template(template: Json) -> None:
    """Fill a PodTemplateSpec in place."""
    template.setdefault("metadata", {})
    fill_spec(template.setdefault("spec", {}))


def _account(spec: Json) -> None:
    """``serviceAccount`` is the old name of ``serviceAccountName``: both are written."""
    name = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if name:
        spec["serviceAccountName"] = spec["serviceAccount"] = name


def _host_ports(spec: Json) -> None:
    """On the host network a container port is a host port."""
    for field in ("initContainers", "containers"):
        for container in spec.get(field, ()):
            for port in container.get("ports", ()):
                if "containerPort" in port:
                    port.setdefault("hostPort", port["containerPort"])


def fill_container(container: Json) -> None:
    """Fill a Container in place."""
    container.setdefault("imagePullPolicy", pull_policy(container.get("image", "")))
    container.setdefault("resources", {})
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    for port in container.get("ports", ()):
        port.setdefault("protocol", "TCP")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe in container:
            _probe(container[probe])
    for hook in (container.get("lifecycle") or {}).values():
        if isinstance(hook, dict):
            _handler(hook)
    for variable in container.get("env", ()):
        _field_ref((variable.get("valueFrom") or {}).get("fieldRef"))
        _resource_ref((variable.get("valueFrom") or {}).get("resourceFieldRef"))


def pull_policy(image: str) -> str:
    """Always for ``:latest`` and for no tag at all (which means latest), else IfNotPresent."""
    if "@" in image:
        return "IfNotPresent"
    _, colon, tag = image.rpartition("/")[2].partition(":")
    return "IfNotPresent" if colon and tag != "latest" else "Always"


def _probe(probe: Json) -> None:
    probe.setdefault("timeoutSeconds", 1)
    probe.setdefault("periodSeconds", 10)
    probe.setdefault("successThreshold", 1)
    probe.setdefault("failureThreshold", 3)
    _handler(probe)
    if "grpc" in probe:
        probe["grpc"].setdefault("service", "")


def _handler(handler: Json) -> None:
    if "httpGet" in handler:
        handler["httpGet"].setdefault("path", "/")
        handler["httpGet"].setdefault("scheme", "HTTP")


def _field_ref(reference: Json | None) -> None:
    if reference is not None:
        reference.setdefault("apiVersion", "v1")


def _resource_ref(reference: Json | None) -> None:
    if reference is not None:
        reference.setdefault("divisor", "0")


def _volume(volume: Json) -> None:
    if len(volume) == 1 and "name" in volume:
        volume["emptyDir"] = {}
    for kind in ("secret", "configMap", "downwardAPI", "projected"):
        if kind in volume:
            volume[kind].setdefault("defaultMode", _MODE_0644)
    if "hostPath" in volume:
        volume["hostPath"].setdefault("type", "")
    if "image" in volume:
        reference = volume["image"].get("reference", "")
        volume["image"].setdefault("pullPolicy", pull_policy(reference))
    for item in (volume.get("downwardAPI") or {}).get("items", ()):
        _field_ref(item.get("fieldRef"))
    for source in (volume.get("projected") or {}).get("sources", ()):
        if "serviceAccountToken" in source:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
        for item in (source.get("downwardAPI") or {}).get("items", ()):
            _field_ref(item.get("fieldRef"))
    claim = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
    if claim is not None:
        claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
