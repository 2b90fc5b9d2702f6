"""03.1: a Service with blanks and a Deployment whose text names nobody; judged by its answers."""

from __future__ import annotations

from typing import Any

from labkit.grading.draw import Draw
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because, no_cases
from labkit.grading.stage import tally

ASKED = 12
REPLICAS = 2


def task(draw: Draw) -> Task:
    """What the Service is called and on which port it is asked."""
    name = f"hello-{draw.word()}"
    return Task({"service": name, "port": draw.choice((81, 90, 8000, 8090, 9000))})


def accepted(sight: Sight) -> Cause | None:
    """Both manifests are taken by the API server."""
    stage = sight.cluster
    stage.open("labkit-check-03")
    stage.client()
    return sight.refused("deployment", "service")


def named(sight: Sight) -> Cause | None:
    """The Service has the name and the port that were asked for."""
    wanted = sight.task.data
    services = {one["metadata"]["name"]: one for one in sight.cluster.items("services")}
    if wanted["service"] not in services:
        return because("no_service", name=wanted["service"], got=", ".join(services) or "-")
    ports = [port["port"] for port in services[wanted["service"]]["spec"]["ports"]]
    if wanted["port"] in ports:
        return None
    return because("port", port=wanted["port"], got=ports[0])


def selects(sight: Sight) -> Cause | None:
    """The Service has ready endpoints."""
    stage = sight.cluster
    if stage.settle(REPLICAS, "app") < REPLICAS:
        return because("not_ready")
    found = stage.endpoints(sight.task.data["service"], REPLICAS)
    return None if found >= REPLICAS else because("selector", found=found)


def answers(sight: Sight) -> Cause | None:
    """Requests through the Service are answered."""
    how = sight.cluster.failure(url(sight))
    if not how:
        return None
    return because("target_port") if how == "refused" else because("unanswered", how=how)


def url(sight: Sight) -> str:
    """Where the Service is asked."""
    return f"http://{sight.task.data['service']}:{sight.task.data['port']}"


def pod_names(sight: Sight) -> Cause | None:
    """Each answer names the Pod that gave it."""
    said = tally(sight.cluster.ask(url(sight), ASKED))
    pods = pods_of(sight)
    for line in said:
        if "$(" in line:
            return because("literal", line=line[:80])
        if not any(pod in line for pod in pods):
            return because("no_pod", line=line[:80])
    if len(said) == 1 and len(pods) > 1:
        return because("constant", line=next(iter(said))[:80])
    return None


def node_names(sight: Sight) -> Cause | None:
    """Each answer names the node of the Pod that gave it."""
    pods = pods_of(sight)
    for line in sight.cluster.ask(url(sight), ASKED):
        pod = next((name for name in pods if name in line), "")
        if pod and pods[pod] not in line:
            return because("node", line=line[:80])
    return None


def pods_of(sight: Sight) -> dict[str, str]:
    """The Pods that may answer, with their nodes."""
    found: list[dict[str, Any]] = sight.cluster.pods("app")
    return {pod["metadata"]["name"]: pod["spec"].get("nodeName", "") for pod in found}


cases = no_cases

TESTS = (
    Test("accepted", accepted, "el clúster acepta los dos manifiestos", "the cluster takes both"),
    Test(
        "named", named, "nombre y puerto del Service", "the Service's name and port", 1, "accepted"
    ),
    Test("selects", selects, "el Service tiene endpoints", "the Service has endpoints", 1, "named"),
    Test("answers", answers, "el Service responde", "the Service answers", 1, "selects"),
    Test(
        "pod_names",
        pod_names,
        "cada respuesta nombra a su Pod",
        "each answer names its Pod",
        2,
        "answers",
    ),
    Test(
        "node_names",
        node_names,
        "y el nodo en el que está",
        "and the node that it is on",
        1,
        "pod_names",
    ),
)

SAID: dict[str, Said] = {
    "no_service": Said(
        "No hay ningún Service «{name}»; hay: {got}.",
        "There is no Service {name!r}; there is: {got}.",
        "Lo que pide tu `task` va en `kind` y `metadata.name`.",
        "What your `task` asks for goes into `kind` and `metadata.name`.",
    ),
    "port": Said(
        "El Service no escucha en el puerto {port} que pide tu `task`; escucha en {got}.",
        "The Service does not listen on port {port}, as your `task` asks; it listens on {got}.",
        "Hay tres puertos en juego: ¿cuál es el que usa quien pregunta?",
        "Three ports are in play: which one does the client use?",
        "M6",
    ),
    "not_ready": Said(
        "El Deployment no llega a tener dos Pods listos.",
        "The Deployment does not come to two ready Pods.",
        "`kubectl describe pod` dice qué le falta a cada uno.",
        "`kubectl describe pod` says what each one lacks.",
    ),
    "selector": Said(
        "El Service existe, pero tiene {found} endpoints listos: no encuentra a los Pods.",
        "The Service exists, but it has {found} ready endpoints: it does not find the Pods.",
        "Compara `spec.selector` con las etiquetas de los Pods, no con el nombre del Deployment.",
        "Compare `spec.selector` with the labels of the Pods, not with the Deployment's name.",
        "M3",
    ),
    "target_port": Said(
        "El Service encuentra a los Pods, pero la conexión es rechazada: ahí no escucha nadie.",
        "The Service finds the Pods, but the connection is refused: nobody listens there.",
        "¿En qué puerto escucha el proceso del contenedor? Lee sus argumentos.",
        "On which port does the container's process listen? Read its arguments.",
        "M6",
    ),
    "unanswered": Said(
        "Una petición al Service no obtuvo respuesta ({how}).",
        "A request to the Service got no answer ({how}).",
        "Prueba desde un Pod: nombre, luego IP, luego el Pod directamente.",
        "Try from a Pod: the name, then the IP, then the Pod itself.",
    ),
    "literal": Said(
        "La respuesta dice «{line}»: la variable no se ha sustituido.",
        "The answer reads {line!r}: the variable was not replaced.",
        "El kubelet solo sustituye en `args` lo que está declarado en `env`.",
        "In `args` the kubelet replaces only what is declared in `env`.",
        "M7",
    ),
    "no_pod": Said(
        "La respuesta «{line}» no nombra a ningún Pod.",
        "The answer {line!r} names no Pod.",
        "`fieldRef` puede traer el nombre del Pod a una variable.",
        "`fieldRef` can bring the Pod's name into a variable.",
    ),
    "constant": Said(
        "Todas las respuestas dicen «{line}», y hay dos Pods.",
        "All answers read {line!r}, and there are two Pods.",
        "El nombre debe venir del propio Pod, no estar escrito en el manifiesto.",
        "The name must come from the Pod itself, not be written in the manifest.",
    ),
    "node": Said(
        "«{line}» no dice en qué nodo está ese Pod.",
        "{line!r} does not say which node that Pod is on.",
        "El nodo se conoce al colocar el Pod: `fieldRef` también lo trae.",
        "The node is known when the Pod is placed: `fieldRef` brings it too.",
    ),
}
