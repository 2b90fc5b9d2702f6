"""06.2: one change in a client that balances, measured on a Service of two Pods."""

from __future__ import annotations

import json
import re
from collections import Counter

from labkit.cluster.base import NODE_RULES
from labkit.grading.draw import Draw
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because, no_cases
from labkit.lab.verdict import count_band

REQUESTS = 60
APP = "echo"
CURL = "curl-client"
BACKEND = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": APP},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": APP}},
        "template": {
            "metadata": {"labels": {"app": APP}},
            "spec": {
                "containers": [
                    {
                        "name": "echo",
                        "image": "hashicorp/http-echo:1.0.0",
                        "args": ["-listen=:8080", "-text=$(POD)"],
                        "env": [
                            {
                                "name": "POD",
                                "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}},
                            }
                        ],
                    }
                ]
            },
        },
    },
}


def service(name: str) -> dict[str, object]:
    """A Service in front of the two Pods."""
    spec = {"selector": {"app": APP}, "ports": [{"port": 80, "targetPort": 8080}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def client() -> dict[str, object]:
    """The Pod in which the learner's command runs."""
    container = {"name": "curl", "image": "curlimages/curl:8.10.1", "command": ["sleep", "3600"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": CURL, "labels": {"labkit": CURL}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
    }


def task(draw: Draw) -> Task:
    """The Service's name, and how many requests."""
    return Task({"service": f"{APP}-{draw.word()}", "requests": REQUESTS})


def answered(sight: Sight) -> Cause | None:
    """As many answers as requests were asked for."""
    said = answers(sight, first=True)
    if not said:
        return because("none")
    if len(said) == REQUESTS:
        return None
    return because("few" if len(said) < REQUESTS else "many", got=len(said), wanted=REQUESTS)


def spread(sight: Sight) -> Cause | None:
    """Both Pods answer, within what chance allows."""
    before = connections(sight)
    counts = Counter(answers(sight))
    if len(counts) == 1:
        return because("pinned", n=sum(counts.values()))
    after = connections(sight)
    if before is not None and after is not None and after - before < REQUESTS:
        return because("shared", got=sum(counts.values()), n=after - before)
    low, high = count_band(REQUESTS, 2)
    if len(counts) == 2 and all(low <= count <= high for count in counts.values()):
        return None
    shown = " / ".join(str(count) for count in counts.values())
    return because("uneven", shown=shown, low=low, high=high)


def answers(sight: Sight, *, first: bool = False) -> list[str]:
    """Run the learner's command in the client Pod; the Pods' names that came back."""
    stage = sight.cluster
    if first:
        stage.open("labkit-check-06")
        items = [BACKEND, service(sight.task.data["service"]), client()]
        stage.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        stage.settle(3)
        stage.endpoints(sight.task.data["service"], 2)
    lines = stage.shell(str(sight.answers["client"]), CURL).stdout.split()
    return [line for line in lines if line.startswith(f"{APP}-")]


def connections(sight: Sight) -> int | None:
    """The connections to the Service that its rule counted on the client's node; ``None`` where
    the node's rules cannot be read or are not those of iptables."""
    stage = sight.cluster
    if NODE_RULES not in stage.cluster.capabilities:
        return None
    name = sight.task.data["service"]
    address = next(
        one["spec"]["clusterIP"]
        for one in stage.items("services")
        if one["metadata"]["name"] == name
    )
    node = stage.pods(f"labkit={CURL}")[0]["spec"]["nodeName"]
    rules = stage.cluster.node_rules(node, counters=True)
    found = re.search(rf"^\[(\d+):\d+\] -A KUBE-SERVICES -d {re.escape(address)}/32 ", rules, re.M)
    return int(found[1]) if found else None


cases = no_cases

TESTS = (
    Test("answered", answered, "llegan todas las respuestas", "all answers come back", weight=0),
    Test("spread", spread, "se reparten entre los dos Pods", "both Pods share them", 2, "answered"),
)

SAID: dict[str, Said] = {
    "none": Said(
        "La orden no obtuvo ninguna respuesta del Service.",
        "The command got no answer from the Service.",
        "Se ejecuta con `sh -c` en un Pod con curl. ¿Usa el nombre de tu `task`?",
        "It runs with `sh -c` in a Pod that has curl. Does it use the name in your `task`?",
    ),
    "few": Said(
        "Llegaron {got} respuestas de {wanted}.",
        "{got} answers of {wanted} came.",
        "El cambio debe conservar el número de peticiones.",
        "The change must keep the number of requests.",
    ),
    "many": Said(
        "Llegaron {got} respuestas, y se pedían {wanted}.",
        "{got} answers came, and {wanted} were asked for.",
        "El cambio debe conservar el número de peticiones.",
        "The change must keep the number of requests.",
    ),
    "shared": Said(
        "Se leen {got} respuestas, pero solo se abrieron {n} conexiones al Service.",
        "{got} answers are read, but only {n} connections to the Service were opened.",
        "El sorteo es por conexión, y cuenta lo que ve el nodo, no lo que se imprime.",
        "The draw is per connection, and what counts is what the node sees, not what is printed.",
        "M17",
    ),
    "pinned": Said(
        "Las {n} respuestas son del mismo Pod: todas fueron por una sola conexión.",
        "All {n} answers are from one Pod: they went through one single connection.",
        "El sorteo es por conexión. ¿Cuándo abre curl una nueva?",
        "The draw is made for a connection. When does curl open a new one?",
        "M17",
    ),
    "uneven": Said(
        "El reparto es {shown}, fuera de lo que permite el azar ({low} a {high} cada uno).",
        "The shares are {shown}, beyond what chance allows ({low} to {high} each).",
        "¿Cuántas conexiones abre tu orden? Debería ser una por petición.",
        "How many connections does your command open? It should be one for each request.",
        "M17",
    ),
}
