"""A node's rules together with the Service that they were written for."""

from __future__ import annotations

import json

from labkit.cluster.kubectl import Kubectl
from labkit.dataplane.read import mode_of
from labkit.errors import LabError
from labkit.lab.questions import get_json
from labkit.lab.steps import CLIENT_NAME
from labkit.model.rulebook import RuleBook
from labkit.model.service import SERVICE_NAME_LABEL, EndpointSlice, Service
from labkit.words import Words


def rulebook_of(kubectl: Kubectl, rules: str, service: str, words: Words) -> RuleBook:
    """Service and slices as the cluster has them, and the text of the rules.  Raises ``LabError``
    for a Service that is not there."""
    if (mode := mode_of(rules)) != "iptables":
        raise LabError(words("rulebook.mode", mode=mode), words("rulebook.mode.fix"))
    namespace, _, name = service.partition("/")
    answer = kubectl.run("get", "service", name, "-n", namespace, "-o", "json")
    if answer.status:
        raise LabError(words("lab.no_service", service=service), words("lab.no_service.fix"))
    label = f"{SERVICE_NAME_LABEL}={name}"
    slices = get_json(kubectl, "endpointslices", "-n", namespace, "-l", label)["items"]
    client = kubectl.run(
        "get", "pod", CLIENT_NAME, "-n", namespace, "--ignore-not-found",
        "-o", "jsonpath={.status.podIP}",
    )  # fmt: skip
    return RuleBook(
        rules,
        Service.from_dict(json.loads(answer.stdout)),
        tuple(EndpointSlice.from_dict(one) for one in slices),
        client.stdout.strip(),
    )
