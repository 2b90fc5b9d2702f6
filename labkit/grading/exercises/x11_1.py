"""11.1: the capstone: a lab from blank, a report on data, and nothing left behind."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.errors import CommandFailed
from labkit.grading.draw import Draw
from labkit.grading.examine import raised
from labkit.grading.exercises.x05_2 import RANDOM, TURNS, log
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because
from labkit.grading.stage import is_ready
from labkit.lab.verdict import count_band, switches

REQUESTS = 200
KEEP = "keep-me"
KINDS = "deployments,replicasets,services,pods,configmaps"
MOST_COMMANDS = 20
ELSEWHERE = frozenset(
    ("-A", "--all-namespaces", "-n", "--namespace", "--context", "--cluster", "--kubeconfig",
     "-s", "--server", "--user")
)  # fmt: skip
OPTIONS = frozenset(
    ("-l", "--selector", "--all", "--now", "--wait", "--force", "--grace-period", "--cascade",
     "--ignore-not-found", "--field-selector", "--timeout")
)  # fmt: skip


def task(draw: Draw) -> Task:
    """Names, a port and how many replicas."""
    data = {
        "service": f"final-{draw.word()}",
        "port": draw.choice((80, 8000, 9090)),
        "replicas": draw.choice((2, 3)),
    }
    return Task(data)


def cases(task: Task, draw: Draw) -> Mapping[str, Sequence[Sequence[Any]]]:
    """Logs of each kind, one short."""
    logs = [["a", "b", "b"], *(log(draw, how) for how in (RANDOM, TURNS, "tied"))]
    return {"report": [[one] for one in logs]}


def accepted(sight: Sight) -> Cause | None:
    """The manifests are taken; the Service is there."""
    stage, wanted = sight.cluster, sight.task.data
    stage.open("labkit-check-11")
    stage.client()
    bystander = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": KEEP}}
    stage.apply(json.dumps(bystander))
    stage.apply(sight.answers["manifests"])
    services = {one["metadata"]["name"]: one for one in stage.items("services")}
    if wanted["service"] not in services:
        return because("no_service", name=wanted["service"])
    ports = [port["port"] for port in services[wanted["service"]]["spec"]["ports"]]
    return None if wanted["port"] in ports else because("port", port=wanted["port"], got=ports[0])


def spread(sight: Sight) -> Cause | None:
    """As many ready Pods as asked for, on both nodes."""
    stage, wanted = sight.cluster, sight.task.data["replicas"]
    found = stage.endpoints(sight.task.data["service"], wanted)
    if found != wanted:
        return because("endpoints", found=found, wanted=wanted)
    pods = [pod for pod in stage.pods("!labkit") if is_ready(pod)]
    if len({pod["spec"]["nodeName"] for pod in pods}) < 2:
        return because("one_node")
    return None


def measured(sight: Sight) -> Cause | None:
    """200 answers, each Pod within what chance allows, each naming its Pod."""
    wanted, stage = sight.task.data, sight.cluster
    address = f"http://{wanted['service']}:{wanted['port']}"
    how = stage.failure(address)
    if how:
        return because("unanswered", how=how)
    said = stage.ask(address, REQUESTS)
    pods = [pod["metadata"]["name"] for pod in stage.pods("!labkit")]
    counts = Counter(next((pod for pod in pods if pod in line), "?") for line in said)
    if "?" in counts:
        return because("no_pod", line=next(x for x in said if not any(p in x for p in pods))[:80])
    low, high = count_band(REQUESTS, wanted["replicas"])
    if len(counts) == wanted["replicas"] and all(low <= one <= high for one in counts.values()):
        return None
    return because("uneven", shown=" / ".join(map(str, counts.values())), low=low, high=high)


def report(sight: Sight) -> Cause | None:
    """Counts, switches and verdict of hidden logs."""
    failed = raised(sight.calls["report"])
    if failed is not None:
        return failed
    for call in sight.calls["report"]:
        labels, said = call.arguments[0], call.result
        if not isinstance(said, dict) or set(said) != {"counts", "switches", "verdict"}:
            return because("report_shape")
        if said["counts"] != dict(Counter(labels)):
            return because("counts")
        if said["switches"] != switches(labels):
            return because("switches", got=said["switches"])
        turns = switches(labels) == len(labels) - 1
        if len(labels) >= REQUESTS and said["verdict"] != (TURNS if turns else RANDOM):
            return because("tied" if not turns else "verdict", got=said["verdict"])
    return None


def no_trace(sight: Sight) -> Cause | None:
    """The clean-up removes what was made, wherever it was made, and nothing else."""
    commands = sight.answers["cleanup"]
    if not isinstance(commands, list) or not all(isinstance(one, str) for one in commands):
        return because("commands")
    if len(commands) > MOST_COMMANDS:
        return because("many_commands", got=len(commands), most=MOST_COMMANDS)
    for one in commands:
        words = deletion(one)
        if isinstance(words, Cause):
            return words
        try:
            sight.cluster.run(*words, "--wait=false")
        except CommandFailed as error:
            return because("failed", said=error.what)
    return _left(sight)


def deletion(command: str) -> list[str] | Cause:
    """The words of one ``kubectl delete`` for kubectl, or why it is not run.

    It is run with the judge's hands: no option that names a file, another cluster or another
    namespace is let through, only those of ``OPTIONS``.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return because("verb", got=command[:60])
    words = words[1:] if words[:1] == ["kubectl"] else words
    if words[:1] != ["delete"]:
        return because("verb", got=command[:60])
    for word in words[1:]:
        name = word.partition("=")[0]
        if name in ELSEWHERE or (word.startswith("-n") and not word.startswith("--")):
            return because("elsewhere", got=command[:60])
        if word.startswith("-") and name not in OPTIONS and not word.startswith("-l"):
            return because("option", got=name[:30])
    return words


def _left(sight: Sight) -> Cause | None:
    """What is left in the namespace, and of what the manifests made anywhere in the cluster."""
    stage = sight.cluster

    def names() -> list[str]:
        found = stage.items(KINDS, "!labkit")
        return sorted(
            f"{one['kind'].lower()}/{one['metadata']['name']}"
            for one in found
            if one["metadata"]["name"] != "kube-root-ca.crt"
        )

    def applied() -> list[str]:
        asked = ("get", "-f", "-", "--ignore-not-found", "-o", "name")
        return stage.run(*asked, stdin=sight.answers["manifests"]).stdout.split()

    stage.until(lambda: -len(names()), -1, 6.0)
    left = names()
    if f"configmap/{KEEP}" not in left:
        return because("too_much", name=KEEP)
    others = [name for name in left if name != f"configmap/{KEEP}"]
    if not others:
        stage.until(lambda: -len(applied()), 0, 6.0)
        others = applied()
    if not others:
        return None
    service = [name for name in others if name.startswith("service/")]
    return because("service_left" if service == others else "left", names=", ".join(others)[:100])


TESTS = (
    Test(
        "accepted", accepted, "el clúster acepta los manifiestos", "the cluster takes the manifests"
    ),
    Test(
        "spread",
        spread,
        "réplicas listas en los dos nodos",
        "replicas ready on both nodes",
        1,
        "accepted",
    ),
    Test(
        "measured",
        measured,
        "200 respuestas bien repartidas",
        "200 answers well spread",
        2,
        "spread",
    ),
    Test(
        "report",
        report,
        "el informe dice lo que dicen los datos",
        "the report says what the data say",
        2,
    ),
    Test("no_trace", no_trace, "no queda ni rastro", "no trace is left", 2, "accepted"),
)

SAID: dict[str, Said] = {
    "no_service": Said(
        "Falta el Service «{name}».",
        "The Service {name!r} is missing.",
        "Tu `task` dice cómo se llama.",
        "Your `task` says what it is called.",
    ),
    "port": Said(
        "El Service escucha en {got}; tu `task` pide {port}.",
        "The Service listens on {got}; your `task` asks for {port}.",
        "`port` es el de quien pregunta.",
        "`port` is that of who asks.",
        "M6",
    ),
    "endpoints": Said(
        "El Service tiene {found} endpoints listos; debían ser {wanted}.",
        "The Service has {found} ready endpoints; there should be {wanted}.",
        "Mira `replicas`, el selector y si los Pods están listos.",
        "Look at `replicas`, at the selector, and whether the Pods are ready.",
        "M3",
    ),
    "one_node": Said(
        "Todos los Pods están en el mismo nodo.",
        "All Pods are on the same node.",
        "Repartir réplicas entre nodos hay que pedirlo.",
        "To spread replicas over nodes one has to ask for it.",
        "M19",
    ),
    "unanswered": Said(
        "El Service no responde ({how}).",
        "The Service does not answer ({how}).",
        "Tres puertos: el del Service, `targetPort` y el del proceso.",
        "Three ports: the Service's, `targetPort`, and the process's.",
        "M6",
    ),
    "no_pod": Said(
        "La respuesta «{line}» no dice qué Pod la dio.",
        "The answer {line!r} does not say which Pod gave it.",
        "Lección 3: la variable se declara en `env`.",
        "Lesson 3: the variable is declared in `env`.",
        "M7",
    ),
    "uneven": Said(
        "El reparto es {shown}: fuera de {low} a {high}.",
        "The shares are {shown}: outside {low} to {high}.",
        "¿Hay algo que ate al cliente a un Pod?",
        "Is there something that ties the client to one Pod?",
        "M18",
    ),
    "report_shape": Said(
        "`report` debe devolver `counts`, `switches` y `verdict`.",
        "`report` must return `counts`, `switches` and `verdict`.",
    ),
    "counts": Said(
        "Las cuentas de `report` no son las del registro.",
        "The counts of `report` are not those of the log.",
        "Usa el registro que recibe, también si tiene otros nombres.",
        "Use the log that it is given, also when the names are others.",
    ),
    "switches": Said(
        "`report` cuenta {got} cambios, y no son esos.",
        "`report` counts {got} switches, and these are not they.",
        "Lección 5: cada respuesta junto a la anterior.",
        "Lesson 5: each answer beside the one before.",
    ),
    "tied": Said(
        "`report` llama «{got}» a un registro al azar.",
        "`report` calls a random log {got!r}.",
        "Cuentas iguales no son turnos.",
        "Equal counts are not turns.",
        "M14",
    ),
    "verdict": Said(
        "`report` llama «{got}» a un turno perfecto.",
        "`report` calls perfect turns {got!r}.",
        "¿Cuántos cambios caben en 200 respuestas?",
        "How many switches fit into 200 answers?",
        "M12",
    ),
    "commands": Said(
        "`cleanup` debe ser una lista de órdenes (textos).",
        "`cleanup` must be a list of commands (texts).",
    ),
    "verb": Said(
        "«{got}» no borra nada: en la limpieza solo va `kubectl delete`.",
        "{got!r} deletes nothing: only `kubectl delete` belongs in the clean-up.",
    ),
    "many_commands": Said(
        "La limpieza tiene {got} órdenes; bastan unas pocas ({most} como mucho).",
        "The clean-up has {got} commands; a few are enough ({most} at most).",
    ),
    "option": Said(
        "La opción `{got}` no hace falta para borrar por nombre o etiqueta, y no se usa.",
        "The option `{got}` is not needed to delete by name or label, and is not used.",
        "Borra por su nombre exacto lo que hiciste tú.",
        "Delete by its exact name what you made.",
    ),
    "elsewhere": Said(
        "«{got}» alcanza otros namespaces u otro clúster.",
        "{got!r} reaches into other namespaces or another cluster.",
        "Borra por su nombre exacto lo que hiciste tú.",
        "Delete by its exact name what you made.",
    ),
    "failed": Said("Una orden de limpieza falló: {said}", "A clean-up command failed: {said}"),
    "too_much": Said(
        "La limpieza se llevó también «{name}», que no es tuyo.",
        "The clean-up took {name!r} along, which is not yours.",
        "Borra por su nombre exacto lo que hiciste tú.",
        "Delete by its exact name what you made.",
    ),
    "service_left": Said(
        "Queda {names}: borrar el Deployment no borra el Service.",
        "{names} is left: deleting the Deployment does not delete the Service.",
        "¿De quién es dueño cada objeto? `ownerReferences` lo dice.",
        "Who owns what? `ownerReferences` says it.",
        "M31",
    ),
    "left": Said(
        "Queda {names}.",
        "{names} is left.",
        "Todo lo que aplicaste tiene que desaparecer.",
        "All that you applied has to go.",
    ),
}
