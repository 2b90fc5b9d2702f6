"""06.1: four workloads that one connection too many keeps on one Pod, and the cure of each."""

from __future__ import annotations

from collections.abc import Callable

from labkit.grading.draw import Draw
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because, no_cases

CURES = {
    "keep-alive": "new-connections",
    "grpc": "headless-client-balancing",
    "login": "client-ip-affinity",
    "database": "statefulset-pod-names",
}
CHOICES = (*CURES.values(), "more-replicas", "cookie", "cluster-ip")


def task(draw: Draw) -> Task:
    """The workloads and the cures to choose from, in an order of the learner's own."""
    return Task({"workloads": draw.shuffled(list(CURES)), "cures": draw.shuffled(CHOICES)})


def workload(name: str) -> Callable[[Sight], Cause | None]:
    """The test of one workload."""

    def run(sight: Sight) -> Cause | None:
        said = sight.answers["cures"]
        if not isinstance(said, dict) or not said.get(name):
            return because("blank", name=name)
        if said[name] == CURES[name]:
            return None
        if said[name] not in CHOICES:
            return because("unknown", name=name, got=said[name])
        if said[name] == "more-replicas":
            return because("replicas", name=name)
        if said[name] == "cookie":
            return because("cookie", name=name)
        if name == "database":
            return because("any_pod", name=name)
        if name == "grpc":
            return because("one_connection", name=name)
        if said[name] == "client-ip-affinity":
            return because("sticks_more", name=name)
        return because("not_that", name=name)

    return run


cases = no_cases

TESTS = tuple(
    Test(name, workload(name), f"el remedio de {name}", f"the cure of {name}") for name in CURES
)

SAID: dict[str, Said] = {
    "blank": Said("Falta el remedio de {name}.", "The cure of {name} is missing."),
    "unknown": Said(
        '«{got}» no es ninguno de los remedios de `task["cures"]`.',
        '{got!r} is none of the cures in `task["cures"]`.',
    ),
    "replicas": Said(
        "{name}: más réplicas no mueven una conexión ya abierta.",
        "{name}: more replicas do not move a connection that is open.",
        "El sorteo se hace con el primer paquete; ¿qué hace conntrack con los demás?",
        "The draw is made for the first packet; what does conntrack do with the others?",
        "M17",
    ),
    "cookie": Said(
        "{name}: un Service no sabe de cookies: mira paquetes, no HTTP.",
        "{name}: a Service knows nothing of cookies: it looks at packets, not at HTTP.",
        "¿Qué ve una regla de iptables de quien pregunta?",
        "What does an iptables rule see of who asks?",
        "M18",
    ),
    "any_pod": Said(
        "{name}: cada escritura iría a un Pod al azar, y cada Pod tiene sus propios datos.",
        "{name}: each write would go to a random Pod, and each Pod has data of its own.",
        "Quien escribe debe poder nombrar a un Pod concreto.",
        "Who writes must be able to name one particular Pod.",
        "M22",
    ),
    "one_connection": Said(
        "{name}: todas las llamadas van por una conexión que no se cierra; eso no las reparte.",
        "{name}: all calls go through one connection that is not closed; this does not spread them.",
        "Con una sola conexión larga, alguien debe conocer las direcciones de todos los Pods.",
        "With one long connection somebody must know the addresses of all Pods.",
        "M17",
    ),
    "sticks_more": Said(
        "{name}: la afinidad pega al cliente a un Pod aún más.",
        "{name}: affinity ties the client to one Pod even more.",
        "Aquí se quiere lo contrario: que vuelva a sortearse.",
        "Here the opposite is wanted: another draw.",
        "M18",
    ),
    "not_that": Said(
        "{name}: ese remedio resuelve otro problema.",
        "{name}: this cure solves another problem.",
        "Di en una frase qué va mal en {name} y compáralo con lo que hace cada remedio.",
        "Say in a sentence what goes wrong in {name} and set it beside what each cure does.",
    ),
}
