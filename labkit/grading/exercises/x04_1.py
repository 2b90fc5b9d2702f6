"""04.1: four captures of one connection, put in order; the rule between them; the hairpin."""

from __future__ import annotations

from labkit.grading.draw import Draw
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because, no_cases

PLACES = ("asked", "sent", "answered", "received")


def task(draw: Draw) -> Task:
    """Request and answer, each before and after the client's node changed an address."""
    client = f"10.244.0.{draw.between(5, 90)}:{draw.between(33000, 60000)}"
    backend = f"10.244.1.{draw.between(5, 90)}:8080"
    vip = f"10.96.{draw.between(10, 200)}.{draw.between(2, 250)}:80"
    ends = {
        "asked": (client, vip),
        "sent": (client, backend),
        "answered": (backend, client),
        "received": (vip, client),
    }
    mixed = draw.shuffled(PLACES)
    letters = dict(zip(mixed, "ABCD", strict=True))
    captures = [
        {"capture": letters[place], "src": ends[place][0], "dst": ends[place][1]} for place in mixed
    ]
    rules = draw.shuffled(
        ["KUBE-SERVICES", "KUBE-SVC", "KUBE-SEP", "KUBE-POSTROUTING", "kube-proxy", "CoreDNS"]
    )
    data = {"captures": captures, "rules": rules, "sources": draw.shuffled(["pod", "node", "vip"])}
    return Task(data, letters)


def order(sight: Sight) -> Cause | None:
    """The order of the captures."""
    letters, said = sight.task.truth, sight.answers["order"]
    right = [letters[place] for place in PLACES]
    said = list(said) if isinstance(said, str) else said
    if said == right:
        return None
    if not isinstance(said, list) or sorted(map(str, said)) != ["A", "B", "C", "D"]:
        return because("letters")
    if said == right[2:] + right[:2] or said == right[::-1]:
        return because("answer_first")
    if said == [right[1], right[0], *right[2:]]:
        return because("vip_on_wire")
    if said == [right[0], right[2], right[1], right[3]]:
        return because("answer_early")
    if said == [*right[:2], right[3], right[2]]:
        return because("answer_swapped")
    return because("order")


def rule(sight: Sight) -> Cause | None:
    """What wrote the new destination."""
    said = sight.answers["rule"]
    if said == "KUBE-SEP":
        return None
    known = {
        "kube-proxy": "kube_proxy",
        "CoreDNS": "dns",
        "KUBE-SVC": "chooses",
        "KUBE-SERVICES": "entrance",
        "KUBE-POSTROUTING": "source",
    }
    return because(known.get(said if isinstance(said, str) else "", "unknown_rule"))


def hairpin(sight: Sight) -> Cause | None:
    """The source that a Pod sees on a connection to itself."""
    said = sight.answers["hairpin"]
    if said == "node":
        return None
    known = {"pod": "unchanged", "vip": "vip_source"}
    return because(known.get(said if isinstance(said, str) else "", "unknown_source"))


cases = no_cases

TESTS = (
    Test("order", order, "las capturas, en orden", "the captures, in order", weight=2),
    Test("rule", rule, "quién escribe el nuevo destino", "what writes the new destination"),
    Test("hairpin", hairpin, "el origen en la horquilla", "the source in the hairpin"),
)

SAID: dict[str, Said] = {
    "letters": Said(
        "`order` debe ser las cuatro letras de las capturas, cada una una vez.",
        "`order` must be the four letters of the captures, each of them once.",
        'Por ejemplo `["A", "B", "C", "D"]`, pero en el orden del paquete.',
        'Such as `["A", "B", "C", "D"]`, but in the packet\'s order.',
    ),
    "answer_first": Said(
        "Empiezas por la respuesta: aún nadie ha preguntado.",
        "You begin with the answer: nobody has asked yet.",
        "¿Quién abre la conexión? Busca su puerto alto como origen.",
        "Who opens the connection? Look for its high port as the source.",
    ),
    "answer_early": Said(
        "En tu orden el backend responde antes de recibir la pregunta.",
        "In your order the backend answers before the request has reached it.",
        "Una de las dos capturas de ida está tomada entre los nodos: va antes de la respuesta.",
        "One of the two captures on the way there was taken between the nodes: it comes before"
        " the answer.",
    ),
    "vip_on_wire": Said(
        "En tu orden la VIP viaja entre los nodos.",
        "In your order the VIP travels between the nodes.",
        "¿En qué nodo se cambia el destino: en el de quien pregunta o en el de quien responde?",
        "On which node is the destination changed: that of who asks or that of who answers?",
        "M11",
    ),
    "answer_swapped": Said(
        "La pregunta va bien; en la respuesta has intercambiado las dos capturas.",
        "The request is right; in the answer you swapped the two captures.",
        "El backend no sabe nada de la VIP: ¿con qué dirección puede responder?",
        "The backend knows nothing of the VIP: with which address can it answer?",
        "M11",
    ),
    "order": Said(
        "Ese orden no es el camino de una conexión.",
        "This order is not the way of a connection.",
        "Pregunta y respuesta son espejo: primero ida, luego vuelta, con los extremos cambiados.",
        "Request and answer mirror each other: there first, then back, with the ends exchanged.",
    ),
    "kube_proxy": Said(
        "kube-proxy no toca ningún paquete: escribe reglas y se aparta.",
        "kube-proxy touches no packet: it writes rules and steps aside.",
        "Busca en las reglas la que tiene `DNAT` como objetivo.",
        "Look in the rules for the one whose target is `DNAT`.",
        "M9",
    ),
    "dns": Said(
        "CoreDNS ya había terminado: dio la VIP antes del primer paquete.",
        "CoreDNS had finished by then: it gave the VIP before the first packet.",
        "El nombre da una dirección fija; el destino cambia después, en el nodo.",
        "The name gives a fixed address; the destination changes later, on the node.",
        "M10",
    ),
    "chooses": Said(
        "Esa cadena elige, pero no cambia ninguna dirección.",
        "This chain chooses, but it changes no address.",
        "Sigue su salto una cadena más.",
        "Follow its jump one chain further.",
    ),
    "entrance": Said(
        "Esa cadena reconoce la VIP y salta; el destino sigue igual.",
        "This chain recognises the VIP and jumps; the destination is the same still.",
        "Sigue los saltos hasta la regla que lleva `--to-destination`.",
        "Follow the jumps to the rule that carries `--to-destination`.",
    ),
    "source": Said(
        "Esa cadena cambia orígenes, no destinos.",
        "This chain changes sources, not destinations.",
        "Entre las dos capturas cambió `dst`.",
        "Between the two captures it was `dst` that changed.",
    ),
    "unknown_rule": Said(
        '`rule` no es ninguna de `task["rules"]`.',
        '`rule` is none of `task["rules"]`.',
        "Copia una tal como está en la lista, con sus mayúsculas y entre comillas.",
        "Copy one as it stands in the list, with its capitals and in quotation marks.",
    ),
    "unchanged": Said(
        "Si el Pod viera su propia dirección como origen, se respondería a sí mismo sin pasar por"
        " el nodo, y la conexión se rompería.",
        "If the Pod saw its own address as the source it would answer itself without passing the"
        " node, and the connection would break.",
        "¿Qué hace la regla `KUBE-MARK-MASQ` de cada KUBE-SEP con el propio endpoint?",
        "What does the rule `KUBE-MARK-MASQ` of each KUBE-SEP do with the endpoint itself?",
        "M28",
    ),
    "vip_source": Said(
        "La VIP nunca es origen de una conexión nueva.",
        "The VIP is never the source of a new connection.",
        "MASQUERADE usa una dirección de la máquina que la ejecuta.",
        "MASQUERADE uses an address of the machine that carries it out.",
        "M11",
    ),
    "unknown_source": Said(
        '`hairpin` no es ninguna de `task["sources"]`.',
        '`hairpin` is none of `task["sources"]`.',
        "Copia una tal como está en la lista, entre comillas.",
        "Copy one as it stands in the list, in quotation marks.",
    ),
}
