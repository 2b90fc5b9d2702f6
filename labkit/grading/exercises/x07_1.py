"""07.1: the two-node lab, rebuilt and measured: two nodes, 200 answers, names in each."""

from __future__ import annotations

import re
from collections import Counter

from labkit.errors import CommandFailed
from labkit.grading.draw import Draw
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because, no_cases
from labkit.grading.stage import is_ready
from labkit.lab.verdict import count_band

REQUESTS = 200


def task(draw: Draw) -> Task:
    """What the Service and the label of its Pods are called."""
    word = draw.word()
    return Task({"service": f"backend-{word}", "app": f"lab-{word}", "client": f"client-{word}"})


def accepted(sight: Sight) -> Cause | None:
    """All three manifests are taken, the objects have the names that were asked for."""
    stage, wanted = sight.cluster, sight.task.data
    stage.open("labkit-check-07")
    stage.client()
    refused = sight.refused("deployment", "service", "client")
    if refused is not None:
        return refused
    names = {one["metadata"]["name"] for one in stage.items("services,pods")}
    for name in (wanted["service"], wanted["client"]):
        if name not in names:
            return because("no_object", name=name)
    return None


def two_nodes(sight: Sight) -> Cause | None:
    """Two ready Pods with the label, each on a node of its own, by promise and not by luck."""
    stage, label = sight.cluster, f"app={sight.task.data['app']}"
    ready = stage.settle(2, label)
    if ready != 2:
        return because("replicas", got=ready, app=label)
    pods = [pod for pod in stage.pods(label) if is_ready(pod)]
    if len({pod["spec"]["nodeName"] for pod in pods}) < 2:
        return because("one_node")
    spec = pods[0]["spec"]
    anti = spec.get("affinity", {}).get("podAntiAffinity", {})
    strict = [
        one
        for one in spec.get("topologySpreadConstraints", ())
        if one.get("whenUnsatisfiable") == "DoNotSchedule"
        and one.get("topologyKey") == "kubernetes.io/hostname"
    ]
    if strict or anti.get("requiredDuringSchedulingIgnoredDuringExecution"):
        return None
    return because("luck")


def endpoints(sight: Sight) -> Cause | None:
    """The Service has both as endpoints."""
    found = sight.cluster.endpoints(sight.task.data["service"], 2)
    return None if found == 2 else because("endpoints", found=found)


def split(sight: Sight) -> Cause | None:
    """Of exactly 200 answers each Pod gives what chance allows."""
    how = sight.cluster.failure(url(sight))
    if how:
        return because("unanswered", how=how)
    said = sight.cluster.ask(url(sight), REQUESTS)
    if len(said) != REQUESTS:
        return because("few", got=len(said), wanted=REQUESTS)
    pods = [pod["metadata"]["name"] for pod in sight.cluster.pods(f"app={sight.task.data['app']}")]
    for line in said:
        if "$(" in line:
            return because("literal", line=line[:80])
    counts = Counter(next((pod for pod in pods if pod in line), "?") for line in said)
    if "?" in counts:
        return because("no_pod", line=next(x for x in said if not any(p in x for p in pods))[:80])
    low, high = count_band(REQUESTS, 2)
    if len(counts) == 2 and all(low <= one <= high for one in counts.values()):
        return None
    return because("uneven", shown=" / ".join(map(str, counts.values())), low=low, high=high)


def url(sight: Sight) -> str:
    """The Service on port 80."""
    return f"http://{sight.task.data['service']}"


def nodes_named(sight: Sight) -> Cause | None:
    """Each answer names the node of its Pod."""
    pods = sight.cluster.pods(f"app={sight.task.data['app']}")
    places = {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in pods}
    for line in sight.cluster.ask(url(sight), 12):
        pod = next((name for name in places if name in line), "")
        if not pod or not re.search(rf"\b{re.escape(places[pod])}\b", line):
            return because("node", line=line[:80])
    return None


def client_log(sight: Sight) -> Cause | None:
    """The client's own log shows what the Service answers, be it right or wrong."""
    stage, name = sight.cluster, sight.task.data["client"]
    try:
        stage.run("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=5s")
    except CommandFailed:
        return because("client", name=name)
    if stage.failure(url(sight)):
        return because("nothing_to_log", name=name)
    said = set(stage.ask(url(sight), 12))
    pods = [pod["metadata"]["name"] for pod in stage.pods(f"app={sight.task.data['app']}")]

    def lines() -> int:
        log = stage.run("logs", name, "--tail=50").stdout.splitlines()
        return sum(line in said or any(pod in line for pod in pods) for line in log)

    return None if stage.until(lines, 1, 6.0) else because("silent", name=name)


cases = no_cases

TESTS = (
    Test(
        "accepted", accepted, "el clúster acepta los manifiestos", "the cluster takes the manifests"
    ),
    Test("two_nodes", two_nodes, "dos Pods en dos nodos", "two Pods on two nodes", 2, "accepted"),
    Test("endpoints", endpoints, "dos endpoints listos", "two ready endpoints", 1, "accepted"),
    Test(
        "split", split, "200 respuestas bien repartidas", "200 answers well spread", 2, "endpoints"
    ),
    Test("nodes_named", nodes_named, "cada una nombra su nodo", "each names its node", 1, "split"),
    Test("client_log", client_log, "el cliente lo registra", "the client logs it", 1, "endpoints"),
)

SAID: dict[str, Said] = {
    "no_object": Said(
        "Falta «{name}», que pide tu `task`.",
        "{name!r} is missing, which your `task` asks for.",
        "Los nombres de tu `task` van en `metadata.name` de cada manifiesto.",
        "The names of your `task` go into `metadata.name` of each manifest.",
    ),
    "replicas": Said(
        "Hay {got} Pods listos con la etiqueta `{app}`; debían ser 2.",
        "There are {got} ready Pods with the label `{app}`; there should be 2.",
        "Mira `replicas`, las etiquetas de la plantilla y `kubectl describe pod`.",
        "Look at `replicas`, at the template's labels, and at `kubectl describe pod`.",
    ),
    "one_node": Said(
        "Los dos Pods están en el mismo nodo.",
        "Both Pods are on the same node.",
        "Dos réplicas no son dos nodos: hay que pedirlo.",
        "Two replicas are not two nodes: one has to ask for it.",
        "M19",
    ),
    "luck": Said(
        "Los Pods están en dos nodos por costumbre del planificador: nada lo promete.",
        "The Pods are on two nodes by the scheduler's habit: nothing promises it.",
        "¿Qué campo del Pod convierte ese reparto en una condición?",
        "Which field of the Pod turns that spread into a condition?",
        "M19",
    ),
    "endpoints": Said(
        "El Service tiene {found} endpoints listos; debían ser 2.",
        "The Service has {found} ready endpoints; there should be 2.",
        "Compara su `selector` con las etiquetas de los Pods.",
        "Compare its `selector` with the labels of the Pods.",
        "M3",
    ),
    "unanswered": Said(
        "El Service no responde en el puerto 80 ({how}).",
        "The Service does not answer on port 80 ({how}).",
        "`port` es el de quien pregunta; `targetPort`, el del proceso.",
        "`port` is that of who asks; `targetPort` that of the process.",
        "M6",
    ),
    "few": Said(
        "Llegaron {got} respuestas de {wanted}.",
        "{got} answers of {wanted} came.",
        "Mira si algún endpoint no responde.",
        "See whether one of the endpoints does not answer.",
    ),
    "literal": Said(
        "Una respuesta dice «{line}»: la variable no se ha sustituido.",
        "An answer reads {line!r}: the variable was not replaced.",
        "El kubelet solo sustituye en `args` lo que está declarado en `env`.",
        "In `args` the kubelet replaces only what is declared in `env`.",
        "M7",
    ),
    "no_pod": Said(
        "La respuesta «{line}» no dice qué Pod la dio.",
        "The answer {line!r} does not say which Pod gave it.",
        "`fieldRef` trae el nombre del Pod a una variable.",
        "`fieldRef` brings the Pod's name into a variable.",
    ),
    "uneven": Said(
        "El reparto es {shown}: fuera de {low} a {high}, lo que permite el azar con 200.",
        "The shares are {shown}: outside {low} to {high}, which chance allows with 200.",
        "¿Hay algo que ate al cliente a un Pod?",
        "Is there something that ties the client to one Pod?",
        "M18",
    ),
    "node": Said(
        "«{line}» no dice en qué nodo está ese Pod.",
        "{line!r} does not say which node that Pod is on.",
        "`spec.nodeName` también llega por `fieldRef`.",
        "`spec.nodeName` comes by `fieldRef` too.",
    ),
    "client": Said(
        "El Pod «{name}» no llega a estar listo.",
        "The Pod {name!r} does not become ready.",
        "`kubectl describe pod` y `kubectl logs` dicen por qué.",
        "`kubectl describe pod` and `kubectl logs` say why.",
    ),
    "nothing_to_log": Said(
        "«{name}» no tiene nada que registrar mientras el Service no responda.",
        "{name!r} has nothing to log as long as the Service does not answer.",
        "Arregla primero el Service; esto se comprobará después.",
        "Mend the Service first; this is checked afterwards.",
    ),
    "silent": Said(
        "El registro de «{name}» no muestra ninguna respuesta de los Pods.",
        "The log of {name!r} shows no answer of the Pods.",
        "El bucle debe pedir a `http://` y el nombre de tu Service, e imprimir lo que llega.",
        "The loop must ask `http://` and your Service's name, and print what comes.",
    ),
}
