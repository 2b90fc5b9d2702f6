"""The documented lab as data: which command belongs to which step, in the order of the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.cluster.kubectl import Kubectl
from labkit.lab.files import BACKEND, CLIENT, SERVICE

DEPLOYMENT_NAME = "backend-app"
SERVICE_NAME = "backend-service"
CLIENT_NAME = "client-pod"
SERVICE_PORT = 80
SELECTOR = "app=backend"
PATIENCE = "--timeout=120s"
OBJECTS = (
    f"deployment/{DEPLOYMENT_NAME}",
    f"service/{SERVICE_NAME}",
    f"pod/{CLIENT_NAME}",
)
FOLLOWED_ANSWERS = 5
FOLLOW_LIMIT = 30.0
BURST_LIMIT = 600.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the words after ``kubectl``, and the heading (a message) that opens a section."""

    command: tuple[str, ...]
    heading: str = ""


def step(command: str, heading: str = "") -> Step:
    """A step from a command without quotes."""
    return Step(tuple(command.split()), heading)


NODES = step("get nodes", "lab.head.nodes")
BACKEND_STEPS = (
    step(f"apply -f {BACKEND}", "lab.head.backend"),
    step(f"rollout status deployment/{DEPLOYMENT_NAME} {PATIENCE}"),
    step(f"get pods -o wide -l {SELECTOR}"),
)
SERVICE_STEPS = (
    step(f"apply -f {SERVICE}", "lab.head.service"),
    step(f"get svc {SERVICE_NAME}"),
    step(f"get endpointslices -l kubernetes.io/service-name={SERVICE_NAME}"),
)
CLIENT_STEPS = (
    step(f"apply -f {CLIENT}", "lab.head.client"),
    step(f"wait --for=condition=Ready pod/{CLIENT_NAME} {PATIENCE}"),
)
FOLLOW = step(f"logs -f {CLIENT_NAME}")
CLEANUP_STEPS = (
    step(f"delete -f {CLIENT}", "lab.head.cleanup"),
    step(f"delete -f {SERVICE}"),
    step(f"delete -f {BACKEND}"),
)


def label(kubectl: Kubectl, file: str, labels: Mapping[str, str], text: str | None = None) -> None:
    """Label the objects of a manifest that was applied in a cluster of the user's (in our own
    there is nothing to tell apart, and nothing is asked)."""
    if labels:
        pairs = (f"{name}={value}" for name, value in labels.items())
        kubectl.check("label", "-f", file, *pairs, "--overwrite", stdin=text)


def burst(requests: int) -> Step:
    """``requests`` requests from inside the client Pod, one after the other, without a pause."""
    url = f"http://{SERVICE_NAME}:{SERVICE_PORT}"
    loop = f"i=0; while [ $i -lt {requests} ]; do wget -q -O- {url}; i=$((i+1)); done"
    return Step(("exec", CLIENT_NAME, "--", "sh", "-c", loop), "lab.head.burst")
