"""01.1: where is the VIP? On interfaces (kube-ipvs0, in IPVS mode) and in the nodes' rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labkit import plan
from labkit.grading.draw import Draw
from labkit.grading.examine import raised
from labkit.grading.nouns import Call, Cause, Said, Sight, Task, Test, because

NODES = tuple(node.name for node in plan.NODES)


def cluster(draw: Draw, mode: str, *, neighbour: bool = False) -> dict[str, Any]:
    """A cluster as the learner's function gets it.

    ``mode`` is ``iptables``, ``ipvs`` (kube-ipvs0 holds every ClusterIP) or ``late`` (the second
    node has no rules of the Service yet).  With ``neighbour`` there is another Service whose
    address begins with the letters of the VIP.
    """
    vip = f"10.96.{draw.between(10, 200)}.{draw.between(2, 24)}"
    others = [f"{vip}{draw.between(1, 9)}"] if neighbour else [f"10.96.0.{draw.between(1, 9)}"]
    nodes = {}
    for number, name in enumerate(NODES):
        known = others if mode == "late" and number else [vip, *others]
        interfaces = {
            "lo": ["127.0.0.1"],
            "eth0": [f"172.18.0.{number + 2}"],
            "cni0": [f"10.244.{number}.1"],
        }
        if mode == "ipvs":
            interfaces["kube-ipvs0"] = list(known)
        lines = [_line(one, mode, draw) for one in known]
        nodes[name] = {"interfaces": interfaces, "rules": "\n".join(lines)}
    pods = {f"backend-{draw.word()}": f"10.244.{place}.{draw.between(2, 99)}" for place in (0, 1)}
    return {"vip": vip, "nodes": nodes, "pods": pods}


def _line(address: str, mode: str, draw: Draw) -> str:
    if mode == "ipvs":
        return f"TCP  {address}:80 rr\n  -> 10.244.1.{draw.between(2, 99)}:8080  Masq  1  0  0"
    chain = "KUBE-SVC-" + draw.word("ABCDEFGHJKLMNPQRSTUVWXYZ234567", 16)
    return f"-A KUBE-SERVICES -d {address}/32 -p tcp -m tcp --dport 80 -j {chain}"


def task(draw: Draw) -> Task:
    """One cluster in iptables mode to try on."""
    return Task({"cluster": cluster(draw, "iptables")})


def cases(task: Task, draw: Draw) -> Mapping[str, Sequence[Sequence[Any]]]:
    """The learner's cluster, one in IPVS mode, two that are late."""
    more = [cluster(draw, "ipvs"), cluster(draw, "late"), cluster(draw, "late", neighbour=True)]
    return {"find_vip": [[task.data["cluster"]], *([one] for one in more)]}


def truth(asked: Mapping[str, Any]) -> dict[str, list[str]]:
    """Where the VIP is: ``node/interface`` names, and the nodes whose rules know it."""
    vip, nodes = asked["vip"], asked["nodes"]
    interfaces = [
        f"{name}/{interface}"
        for name, node in nodes.items()
        for interface, addresses in node["interfaces"].items()
        if vip in addresses
    ]
    known = [name for name, node in nodes.items() if _known(vip, node["rules"])]
    return {"interfaces": sorted(interfaces), "rules": sorted(known)}


def _known(vip: str, rules: str) -> bool:
    words = rules.replace("/32", " ").replace(":80", " ").split()
    return vip in words


def shape(sight: Sight) -> Cause | None:
    """Two lists, by name."""
    failed = raised(sight.calls["find_vip"])
    if failed is not None:
        return failed
    for call in sight.calls["find_vip"]:
        said = call.result
        if not isinstance(said, dict) or set(said) != {"interfaces", "rules"}:
            return because("shape")
        if not all(isinstance(one, list) for one in said.values()):
            return because("shape")
    return None


def interfaces(sight: Sight) -> Cause | None:
    """On which interfaces."""
    for call in sight.calls["find_vip"]:
        right, said = (
            truth(call.arguments[0])["interfaces"],
            sorted(map(str, call.result["interfaces"])),
        )
        if said == right:
            continue
        if _other_address(call, said):
            return because("machine", said=", ".join(said)[:80])
        if right and not said:
            return because("never")
        if any("/" not in one for one in said):
            return because("names", said=", ".join(said)[:80])
        return because("interfaces", said=", ".join(said)[:80] or "[]")
    return None


def _other_address(call: Call, said: Sequence[str]) -> bool:
    pods = call.arguments[0]["pods"]
    return any(one in pods or one.endswith(("/eth0", "/cni0", "/lo")) for one in said)


def rules(sight: Sight) -> Cause | None:
    """On which nodes the rules know it."""
    for call in sight.calls["find_vip"]:
        asked = call.arguments[0]
        right, said = truth(asked)["rules"], sorted(map(str, call.result["rules"]))
        if said == right:
            continue
        if set(said) > set(right):
            texts = [asked["nodes"][name]["rules"] for name in said if name in asked["nodes"]]
            key = "prefix" if all(asked["vip"] in text for text in texts) else "every_node"
            return because(key, vip=asked["vip"])
        return because("rules", vip=asked["vip"], said=", ".join(said)[:80] or "[]")
    return None


TESTS = (
    Test("shape", shape, "devuelve las dos listas", "returns the two lists"),
    Test(
        "interfaces",
        interfaces,
        "dice en qué interfaces está, también en modo IPVS",
        "says on which interfaces it is, in IPVS mode as well",
        weight=2,
        needs="shape",
    ),
    Test(
        "rules",
        rules,
        "dice qué nodos la conocen por sus reglas",
        "says which nodes know it by their rules",
        weight=2,
        needs="shape",
    ),
)

SAID: dict[str, Said] = {
    "shape": Said(
        "`find_vip` debe devolver un diccionario con dos listas: `interfaces` y `rules`.",
        "`find_vip` must return a dictionary with two lists: `interfaces` and `rules`.",
        "El enunciado muestra un ejemplo; una lista vacía también es una respuesta.",
        "The statement shows an example; an empty list is an answer too.",
    ),
    "machine": Said(
        "Has señalado {said}: ahí hay una dirección, pero no es la del Service.",
        "You point at {said}: there is an address there, but not the Service's.",
        'Compara cada dirección con `cluster["vip"]`; no des por hecho que alguna máquina la tiene.',
        'Compare each address with `cluster["vip"]`; do not take for granted that a machine has it.',
        "M1",
    ),
    "never": Said(
        "Hay un clúster en el que la VIP sí está en una interfaz, y no la has visto.",
        "There is a cluster in which the VIP is on an interface, and you did not see it.",
        "Recorre las interfaces de cada nodo en vez de responder de memoria: un modo crea una propia.",
        "Walk over each node's interfaces instead of answering by heart: one mode makes one of its own.",
        "M1",
    ),
    "names": Said(
        "{said} no dice nodo e interfaz.",
        "{said} does not say node and interface.",
        "La forma es `nodo/interfaz`, como `labkit-worker/eth0`.",
        "The form is `node/interface`, such as `labkit-worker/eth0`.",
    ),
    "interfaces": Said(
        "En uno de los clústeres diste {said}, y no son esas las interfaces con la VIP.",
        "In one of the clusters you gave {said}, and these are not the interfaces with the VIP.",
        "¿Miras todas las interfaces de todos los nodos?",
        "Do you look at all interfaces of all nodes?",
    ),
    "prefix": Said(
        "Diste por encontrada {vip} donde solo hay una dirección que empieza igual.",
        "You took {vip} for found where there is only an address that begins the same way.",
        "Buscar un texto dentro de otro no basta: ¿qué viene justo detrás en la regla?",
        "To look for a text inside another is not enough: what comes right after it in the rule?",
    ),
    "every_node": Said(
        "Has incluido un nodo cuyas reglas no nombran {vip}.",
        "You included a node whose rules do not name {vip}.",
        "Cada nodo tiene sus propias reglas: míralas por separado.",
        "Each node has rules of its own: look at them one by one.",
    ),
    "rules": Said(
        "Para {vip} diste {said}: faltan nodos cuyas reglas sí la nombran.",
        "For {vip} you gave {said}: nodes whose rules name it are missing.",
        "Las reglas de IPVS se escriben de otro modo que las de iptables.",
        "IPVS rules are written in another way than those of iptables.",
    ),
}
