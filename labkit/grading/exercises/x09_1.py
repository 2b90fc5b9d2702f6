"""09.1: who reaches what: four places, three addresses, one cluster of the learner's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labkit.grading.draw import Draw
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because, no_cases

FROM = ("pod", "other-namespace", "node", "laptop")
TO = ("cluster-ip", "node-port", "pod-ip")
GUARD = "network-policy"


def task(draw: Draw) -> Task:
    """A Service (ClusterIP or NodePort) whose only Pod is ready or not."""
    kind = draw.choice(("ClusterIP", "NodePort"))
    ready = draw.below(3) > 0
    data = {
        "service": {"type": kind, "port": 80, "nodePort": 30080 if kind == "NodePort" else None},
        "pod": {"phase": "Running", "Ready": ready},
        "from": list(FROM),
        "to": list(TO),
        "guards": draw.shuffled([GUARD, "cluster-ip", "namespace", "rbac"]),
    }
    return Task(data, truth(kind, ready))


def truth(kind: str, ready: bool) -> dict[str, dict[str, bool]]:
    """What is reached.  The laptop has a route to the nodes, none to Pods and Services."""
    node_port = kind == "NodePort" and ready
    inside = {"cluster-ip": ready, "node-port": node_port, "pod-ip": True}
    table = {place: dict(inside) for place in FROM}
    table["laptop"] = {"cluster-ip": False, "node-port": node_port, "pod-ip": False}
    return table


def row(place: str) -> Callable[[Sight], Cause | None]:
    """The test of one row."""

    def run(sight: Sight) -> Cause | None:
        table = sight.answers["matrix"]
        said: Mapping[str, Any] = table.get(place, {}) if isinstance(table, dict) else {}
        if not all(isinstance(said.get(one), bool) for one in TO):
            return because("blank", place=place)
        wrong = [one for one in TO if said[one] != sight.task.truth[place][one]]
        return because(belief(place, wrong, said, sight.task.data), place=place) if wrong else None

    return run


def belief(place: str, wrong: list[str], said: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """What somebody believes who filled a row like this."""
    if place == "laptop" and "cluster-ip" in wrong:
        return "outside_vip"
    if place == "laptop" and "pod-ip" in wrong:
        return "outside_pod"
    if "node-port" in wrong and said["node-port"] and data["service"]["nodePort"] is None:
        return "no_node_port"
    if not data["pod"]["Ready"] and wrong and all(said[one] for one in wrong):
        return "not_ready"
    if "pod-ip" in wrong:
        return "pod_ip"
    if place == "node":
        return "node"
    return "namespace" if place == "other-namespace" else "row"


def guard(sight: Sight) -> Cause | None:
    """What keeps other namespaces away."""
    said = sight.answers["guard"]
    if said == GUARD:
        return None
    known = {"cluster-ip": "vip_guards", "namespace": "namespace_guards", "rbac": "rbac_guards"}
    return because(known.get(said if isinstance(said, str) else "", "no_guard"))


cases = no_cases

TESTS = (
    *(Test(place, row(place), f"la fila {place}", f"the row {place}") for place in FROM),
    Test(
        "guard", guard, "qué cierra el paso a otros namespaces", "what keeps other namespaces away"
    ),
)

SAID: dict[str, Said] = {
    "blank": Said(
        "La fila {place} necesita True o False en sus tres columnas.",
        "The row {place} needs True or False in its three columns.",
    ),
    "outside_vip": Said(
        "Fila {place}: la ClusterIP solo significa algo en las reglas de los nodos.",
        "Row {place}: the ClusterIP means something only in the rules of the nodes.",
        "¿Qué ruta tiene un equipo de fuera hacia 10.96.0.0/16?",
        "Which route does a machine outside have to 10.96.0.0/16?",
    ),
    "outside_pod": Said(
        "Fila {place}: la red de Pods no sale de los nodos.",
        "Row {place}: the Pod network does not leave the nodes.",
        "¿Qué ruta tiene un equipo de fuera hacia 10.244.0.0/16?",
        "Which route does a machine outside have to 10.244.0.0/16?",
    ),
    "no_node_port": Said(
        "Fila {place}: este Service no tiene ningún puerto abierto en los nodos.",
        "Row {place}: this Service has no port open on the nodes.",
        "Mira `type` y `nodePort` en tu `task`.",
        "Look at `type` and `nodePort` in your `task`.",
    ),
    "not_ready": Said(
        "Fila {place}: el único Pod no está listo, así que el Service no tiene a quién enviar.",
        "Row {place}: the only Pod is not ready, so the Service has nobody to send to.",
        "Running no basta para recibir tráfico de un Service.",
        "Running is not enough to get a Service's traffic.",
        "M4",
    ),
    "pod_ip": Said(
        "Fila {place}: la red de Pods es plana; la dirección de un Pod no pasa por el Service.",
        "Row {place}: the Pod network is flat; a Pod's address does not go through the Service.",
        "¿Qué tiene que ver Ready con la dirección del propio Pod?",
        "What has Ready to do with the Pod's own address?",
        "M24",
    ),
    "node": Said(
        "Fila {place}: los nodos también llegan a los Services.",
        "Row {place}: nodes reach Services too.",
        "¿En qué cadenas, además de PREROUTING, se salta a KUBE-SERVICES?",
        "From which chains, besides PREROUTING, is there a jump to KUBE-SERVICES?",
        "M25",
    ),
    "namespace": Said(
        "Fila {place}: un namespace separa nombres, no paquetes.",
        "Row {place}: a namespace keeps names apart, not packets.",
        "¿Qué objeto sí habla de qué tráfico se admite?",
        "Which object does speak of what traffic is let in?",
        "M24",
    ),
    "row": Said(
        "Fila {place}: hay una casilla que no es así en este clúster.",
        "Row {place}: one box is not so in this cluster.",
        "Vuelve a leer `type` y `Ready` en tu `task`.",
        "Read `type` and `Ready` in your `task` again.",
    ),
    "vip_guards": Said(
        "ClusterIP no es una frontera: cualquier Pod, de cualquier namespace, llega a ella.",
        "ClusterIP is no boundary: every Pod of every namespace reaches it.",
        "Mira tu propia fila other-namespace.",
        "Look at your own row other-namespace.",
        "M24",
    ),
    "namespace_guards": Said(
        "Un namespace separa nombres y permisos; los paquetes pasan.",
        "A namespace keeps names and permissions apart; packets pass.",
        "Busca el objeto que habla de tráfico de entrada.",
        "Look for the object that speaks of incoming traffic.",
        "M24",
    ),
    "rbac_guards": Said(
        "RBAC decide quién usa la API, no quién abre una conexión.",
        "RBAC decides who uses the API, not who opens a connection.",
        "Busca el objeto que habla de tráfico de entrada.",
        "Look for the object that speaks of incoming traffic.",
    ),
    "no_guard": Said(
        '`guard` no es ninguna de las opciones de `task["guards"]`.',
        '`guard` is none of the choices in `task["guards"]`.',
    ),
}
