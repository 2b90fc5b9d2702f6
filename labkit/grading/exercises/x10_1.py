"""10.1: four Services, each broken in its own way: name the causes, then mend them."""

from __future__ import annotations

from collections.abc import Callable

from labkit.grading.draw import Draw
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because, no_cases

NAMES = ("orders", "users", "cart", "stock")
FAULTS = (
    "selector",
    "target-port",
    "named-port",
    "loopback",
    "readiness",
    "replicas",
    "image",
    "node-selector",
)

TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:{node}
      containers:
      - name: {name}
        image: {image}
        args: ["-listen={listen}:8080", "-text={name}"]
        ports: [{{name: web, containerPort: 8080}}]
        readinessProbe: {{httpGet: {{path: /, port: {probe}}}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{app: {selector}}}
  ports: [{{port: 80, targetPort: {target}}}]
"""


def manifest(name: str, fault: str = "") -> str:
    """A Deployment and its Service; with ``fault`` one of them is wrong."""
    return TEMPLATE.format(
        name=name,
        replicas=0 if fault == "replicas" else 1,
        node="\n      nodeSelector: {disk: nvme}" if fault == "node-selector" else "",
        image="hashicorp/http-ecco:1.0.0" if fault == "image" else "hashicorp/http-echo:1.0.0",
        listen="127.0.0.1" if fault == "loopback" else "",
        probe=8081 if fault == "readiness" else 8080,
        selector=f"{name}-app" if fault == "selector" else name,
        target={"target-port": 80, "named-port": "http"}.get(fault, 8080),
    ).replace(*_without_probe(fault))


def _without_probe(fault: str) -> tuple[str, str]:
    """A program on the loopback passes no probe of the kubelet: there it has none."""
    probe = "\n        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}"
    return (probe, "") if fault == "loopback" else ("\0", "")


def task(draw: Draw) -> Task:
    """Four of the eight faults, one for each Service."""
    chosen = dict(zip(draw.shuffled(NAMES), draw.sample(FAULTS, len(NAMES)), strict=True))
    text = "---\n".join(manifest(name, chosen[name]) for name in NAMES)
    data = {"services": list(NAMES), "manifests": text, "causes": list(FAULTS)}
    return Task(data, chosen)


def cause_of(name: str) -> Callable[[Sight], Cause | None]:
    """Whether the cause of one Service's fault is named."""

    def run(sight: Sight) -> Cause | None:
        causes = sight.answers["causes"]
        said = causes.get(name) if isinstance(causes, dict) else None
        right = sight.task.truth[name]
        if said == right:
            return None
        if said not in FAULTS:
            return because("unnamed", name=name)
        no_endpoint = ("selector", "readiness", "replicas", "image", "node-selector", "named-port")
        refused = ("target-port", "loopback")
        if said in refused and right in no_endpoint:
            return because("no_endpoints", name=name)
        if said in no_endpoint and right in refused:
            return because("has_endpoints", name=name)
        return because("other_cause", name=name)

    return run


def accepted(sight: Sight) -> Cause | None:
    """The mended manifests are taken."""
    stage = sight.cluster
    stage.open("labkit-check-10")
    stage.client()
    stage.apply(sight.answers["fixed"])
    stage.until(lambda: sum(stage.endpoints(name, wait=False) for name in NAMES), len(NAMES), 6.0)
    stage.catch_up()
    return None


def works(name: str) -> Callable[[Sight], Cause | None]:
    """Whether one Service answers, and with its own Pods."""

    def run(sight: Sight) -> Cause | None:
        stage = sight.cluster
        if not stage.endpoints(name, wait=False):
            return because("still_empty", name=name)
        how = stage.failure(f"http://{name}")
        if how:
            return because("still_refused" if how == "refused" else "still_broken", name=name)
        said = stage.ask(f"http://{name}")
        return None if said and said[0].strip() == name else because("stranger", name=name)

    return run


cases = no_cases

TESTS = (
    *(
        Test(f"cause_{name}", cause_of(name), f"la causa de {name}", f"the cause of {name}")
        for name in NAMES
    ),
    Test("accepted", accepted, "el clúster acepta el arreglo", "the cluster takes the repair"),
    *(
        Test(f"works_{name}", works(name), f"{name} responde", f"{name} answers", 1, "accepted")
        for name in NAMES
    ),
)

SAID: dict[str, Said] = {
    "unnamed": Said(
        'Falta la causa de {name}: una de `task["causes"]`.',
        'The cause of {name} is missing: one of `task["causes"]`.',
        "Nombra la causa antes de arreglar: es la mitad de la nota.",
        "Name the cause before you mend: it is half of the mark.",
    ),
    "no_endpoints": Said(
        "{name}: esa causa deja endpoints, y este Service no tiene ninguno.",
        "{name}: this cause leaves endpoints, and this Service has none.",
        "`kubectl get endpointslices` separa los dos mundos: con endpoints o sin ellos.",
        "`kubectl get endpointslices` parts two worlds: with endpoints or without.",
        "M26",
    ),
    "has_endpoints": Said(
        "{name}: esa causa deja el Service sin endpoints, y este los tiene: la conexión llega y es rechazada.",
        "{name}: this cause leaves a Service without endpoints, and this one has them: the connection"
        " arrives and is refused.",
        "¿Quién rechaza: una regla del nodo o el propio Pod?",
        "Who refuses: a rule of the node or the Pod itself?",
        "M26",
    ),
    "other_cause": Said(
        "{name}: no es eso lo que lo rompe.",
        "{name}: this is not what breaks it.",
        "Sube la escalera: existe, DNS, IP, spec, endpoints, Pods, reglas.",
        "Climb the ladder: exists, DNS, IP, spec, endpoints, Pods, rules.",
    ),
    "still_empty": Said(
        "{name} sigue sin endpoints listos.",
        "{name} still has no ready endpoints.",
        "`kubectl get pods` y `kubectl describe pod`: ¿hay Pod?, ¿está listo?, ¿encajan las etiquetas?",
        "`kubectl get pods` and `kubectl describe pod`: is there a Pod, is it ready, do labels match?",
    ),
    "still_refused": Said(
        "{name} tiene endpoints y rechaza la conexión.",
        "{name} has endpoints and refuses the connection.",
        "¿En qué puerto y en qué dirección escucha el proceso?",
        "On which port and on which address does the process listen?",
        "M8",
    ),
    "still_broken": Said(
        "{name} sigue sin responder.",
        "{name} still does not answer.",
        "Pregunta primero al Pod por su IP y luego al Service.",
        "Ask the Pod by its IP first, then the Service.",
    ),
    "stranger": Said(
        "En {name} responde otro.",
        "Somebody else answers at {name}.",
        "¿De quién son los Pods que elige su selector?",
        "Whose Pods does its selector choose?",
        "M3",
    ),
}
