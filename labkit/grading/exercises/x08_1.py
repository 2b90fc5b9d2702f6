"""08.1: front, api and redis across two namespaces: two Services and two addresses."""

from __future__ import annotations

import json
import re
from typing import Any

from labkit.grading.draw import Draw
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because, no_cases

API_PORT, REDIS_PORT = 8080, 6379
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
URL = re.compile(r"http://[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(/[\w./-]*)?")
"""What goes into a shell of the judge's: names and addresses, and nothing a shell would run."""
PARTS = {
    "api": ("hashicorp/http-echo:1.0.0", [f"-listen=:{API_PORT}", "-text=api $(POD)"]),
    "redis": ("redis:7.4-alpine", []),
}


def deployment(name: str, namespace: str) -> dict[str, Any]:
    """The workload ``name``; its Pods carry ``app: name``."""
    image, arguments = PARTS[name]
    container: dict[str, Any] = {"name": name, "image": image}
    if arguments:
        container["args"] = arguments
        container["env"] = [
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
        ]
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def task(draw: Draw) -> Task:
    """The two namespaces."""
    return Task({"web": f"web-{draw.word()}", "data": f"data-{draw.word()}"})


def accepted(sight: Sight) -> Cause | None:
    """The Services are taken, in the namespaces of the task."""
    stage, names = sight.cluster, sight.task.data
    web, data = stage.open(names["web"], names["data"])
    items = [deployment("api", web), deployment("redis", data)]
    workloads = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    stage.run_anywhere("apply", "-f", "-", stdin=workloads)
    stage.client()
    stage.run_anywhere("apply", "-f", "-", stdin=moved(sight, sight.answers["services"]))
    for name, namespace in (("api", web), ("redis", data)):
        stage.settle(1, f"app={name}", namespace)
        found = {one["metadata"]["name"] for one in stage.items("services", "", namespace)}
        if name not in found:
            return because("no_service", name=name)
    return None


def moved(sight: Sight, text: str) -> str:
    """``text`` with the task's namespaces as they are called on this stage."""
    for stem, name in zip(sight.task.data.values(), sight.cluster.namespaces, strict=True):
        text = re.sub(rf"\b{re.escape(stem)}\b", name, text)
    return text


def connected(sight: Sight) -> Cause | None:
    """Both Services have an endpoint."""
    for name, namespace in zip(("api", "redis"), sight.cluster.namespaces, strict=True):
        if not sight.cluster.endpoints(name, 1, namespace):
            return because("selector", name=name)
    return None


def front_reaches_api(sight: Sight) -> Cause | None:
    """``api_url`` answers from the front's namespace."""
    address = str(sight.answers["api_url"])
    if ADDRESS.search(address):
        return because("number", got=address)
    if not URL.fullmatch(address):
        return because("not_a_url", got=address[:80])
    how = sight.cluster.failure(moved(sight, address))
    if not how:
        said = sight.cluster.ask(moved(sight, address))
        return None if any(line.startswith("api ") for line in said) else because("not_api")
    if how == "name":
        return because("name", got=address)
    return because("port", got=address, how=how)


def api_reaches_redis(sight: Sight) -> Cause | None:
    """``redis_host`` answers PING from the api's namespace."""
    host = str(sight.answers["redis_host"])
    if ADDRESS.search(host):
        return because("number", got=host)
    if not NAME.fullmatch(host):
        return because("not_a_name", got=host[:80])
    name = moved(sight, host)
    said = sight.cluster.shell(
        f"printf 'PING\\r\\nQUIT\\r\\n' | nc -w 2 {name} {REDIS_PORT}"
    ).output
    if "PONG" in said:
        return None
    if "bad address" in said or "resolve" in said:
        return because("short_name" if "." not in host else "name", got=host)
    return because("redis_port", got=host)


cases = no_cases

TESTS = (
    Test("accepted", accepted, "los dos Services existen", "both Services exist"),
    Test("connected", connected, "los dos tienen endpoints", "both have endpoints", 1, "accepted"),
    Test(
        "front_reaches_api",
        front_reaches_api,
        "front llega a api por su nombre",
        "front reaches api by its name",
        2,
        "connected",
    ),
    Test(
        "api_reaches_redis",
        api_reaches_redis,
        "api llega a redis en otro namespace",
        "api reaches redis in another namespace",
        2,
        "connected",
    ),
)

SAID: dict[str, Said] = {
    "no_service": Said(
        "No hay ningún Service «{name}» en el namespace que le toca.",
        "There is no Service {name!r} in the namespace where it belongs.",
        "Cada Service va en el namespace de sus Pods: `metadata.namespace`.",
        "Each Service belongs in the namespace of its Pods: `metadata.namespace`.",
    ),
    "selector": Said(
        "El Service «{name}» no encuentra ningún Pod.",
        "The Service {name!r} finds no Pod.",
        "Un selector solo mira los Pods de su propio namespace, por etiquetas.",
        "A selector looks only at Pods of its own namespace, by labels.",
        "M3",
    ),
    "number": Said(
        "«{got}» es una dirección escrita a mano: dejará de valer cuando el Service se cree de nuevo.",
        "{got!r} is an address typed by hand: it ends when the Service is made again.",
        "El nombre es lo que no cambia.",
        "The name is what does not change.",
        "M33",
    ),
    "name": Said(
        "El nombre en «{got}» no existe visto desde ese Pod.",
        "The name in {got!r} does not exist as seen from that Pod.",
        "Pruébalo con `nslookup` desde un Pod del namespace de quien pregunta.",
        "Try it with `nslookup` from a Pod in the namespace of who asks.",
        "M30",
    ),
    "short_name": Said(
        "«{got}» solo vale dentro de su propio namespace, y quien pregunta está en otro.",
        "{got!r} is good only inside its own namespace, and who asks is in another one.",
        "¿Qué se añade a un nombre corto para salir del namespace?",
        "What is added to a short name to leave the namespace?",
        "M30",
    ),
    "port": Said(
        "«{got}» encuentra el Service, pero ahí no responde nadie ({how}).",
        "{got!r} finds the Service, but nobody answers there ({how}).",
        "Compara el puerto de la dirección con `port`, y `targetPort` con el del proceso (8080).",
        "Compare the address's port with `port`, and `targetPort` with the process's (8080).",
        "M6",
    ),
    "not_api": Said(
        "Algo responde en `api_url`, pero no es api.",
        "Something answers at `api_url`, but it is not api.",
        "¿Qué Pods elige ese Service?",
        "Which Pods does that Service choose?",
    ),
    "not_a_url": Said(
        "«{got}» no es una URL de la forma `http://nombre:puerto/`.",
        "{got!r} is no URL of the form `http://name:port/`.",
    ),
    "not_a_name": Said(
        "`redis_host` es solo el nombre, sin puerto ni esquema; diste «{got}».",
        "`redis_host` is the name alone, without port or scheme; you gave {got!r}.",
    ),
    "redis_port": Said(
        "«{got}» existe, pero redis no contesta en el puerto 6379.",
        "{got!r} exists, but redis does not answer on port 6379.",
        "¿En qué puerto escucha el Service de redis?",
        "On which port does the Service of redis listen?",
        "M6",
    ),
}
