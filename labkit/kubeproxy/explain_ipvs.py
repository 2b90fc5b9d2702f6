"""What the iptables rules around IPVS are for: English and Spanish.

They are a fixed handful that look things up in ipsets; none is about one Service alone.
"""

from __future__ import annotations

from typing import Protocol

Sentence = tuple[str, str]
"""English, Spanish."""


class Line(Protocol):
    """What is asked of a rule."""

    @property
    def table(self) -> str: ...
    @property
    def chain(self) -> str: ...
    @property
    def target(self) -> str: ...
    def get(self, *flags: str) -> str: ...


SENTENCES: dict[str, Sentence] = {
    "ipvs-loopback": (
        "What the node sends from a loopback address is left alone here.",
        "Lo que el nodo envía desde una dirección de loopback no se toca aquí.",
    ),
    "ipvs-load-balancer": (
        "What is for a load balancer's address (one look-up in an ipset) goes to "
        "KUBE-LOAD-BALANCER.",
        "Lo que va a una dirección de balanceador (una consulta en un ipset) pasa a "
        "KUBE-LOAD-BALANCER.",
    ),
    "ipvs-local-policy": (
        "Traffic policy Local: the client keeps its address, so the packet is not marked for "
        "masquerading.",
        "Política de tráfico Local: el cliente conserva su dirección, así que el paquete no se "
        "marca para enmascarar.",
    ),
    "ipvs-node-port-mark": (
        "What is for a NodePort is marked for masquerading: the endpoint may be on another node.",
        "Lo que va a un NodePort se marca para enmascarar: el endpoint puede estar en otro nodo.",
    ),
    "ipvs-load-balancer-mark": (
        "All other traffic for a load balancer's address is marked for masquerading.",
        "El resto del tráfico a una dirección de balanceador se marca para enmascarar.",
    ),
    "ipvs-cluster-ip-mark": (
        "Who reaches any ClusterIP {who} is marked for masquerading, so that the endpoint answers "
        "by way of this node.",
        "Quien llega a cualquier ClusterIP {who} se marca para enmascarar, de modo que el endpoint "
        "responda a través de este nodo.",
    ),
    "ipvs-external-mark": (
        "What is for an external IP is marked for masquerading: the endpoint may be on another "
        "node.",
        "Lo que va a una IP externa se marca para enmascarar: el endpoint puede estar en otro "
        "nodo.",
    ),
    "ipvs-external-accept": (
        "What is for an external IP is let through: IPVS takes it from here.",
        "Lo que va a una IP externa pasa: a partir de aquí es cosa de IPVS.",
    ),
    "ipvs-node-ports": (
        "What is for {destination} may be for a NodePort.",
        "Lo que va a {destination} puede ser para un NodePort.",
    ),
    "ipvs-accept": (
        "What is for a Service's address is let through: IPVS takes it from here, at INPUT.",
        "Lo que va a una dirección de Service pasa: a partir de aquí es cosa de IPVS, en INPUT.",
    ),
    "ipvs-hairpin": (
        "A Pod that reached itself through its Service gets this node's source address, so that "
        "the answer comes back this way.",
        "Un Pod que se alcanzó a sí mismo a través de su Service recibe la dirección de origen de "
        "este nodo, para que la respuesta vuelva por aquí.",
    ),
    "ipvs-ranges": (
        "A load balancer's address with source ranges: its clients are checked by {target}.",
        "Una dirección de balanceador con rangos de origen: {target} comprueba sus clientes.",
    ),
    "ipvs-range-allowed": (
        "The client is in a source range of that address, and may pass.",
        "El cliente está en un rango de origen de esa dirección y puede pasar.",
    ),
    "ipvs-range-others": (
        "Everyone else is dropped.",
        "Todos los demás se descartan.",
    ),
    "ipvs-own-port": (
        "A Service has this address and port: it may pass (what is behind it is up to IPVS).",
        "Algún Service tiene esta dirección y puerto: puede pasar (lo demás es cosa de IPVS).",
    ),
    "ipvs-other-port": (
        "Anything else for an address on kube-ipvs0 is refused: otherwise the node itself would "
        "answer there, since these addresses are its own.",
        "Todo lo demás que va a una dirección de kube-ipvs0 se rechaza: si no, respondería el "
        "propio nodo, ya que esas direcciones son suyas.",
    ),
    "ipvs-node-kept-out": (
        "This node is in no source range of {source}: what it sends there itself is dropped.",
        "Este nodo no está en ningún rango de origen de {source}: lo que él mismo envía allí se "
        "descarta.",
    ),
    "ipvs-health": (
        "Load balancers may ask for this node's health.",
        "Los balanceadores pueden preguntar por la salud de este nodo.",
    ),
    "ipvs-guard-jump": (
        "All {hook} go through {target}, which lets an address of a Service answer on its ports "
        "only.",
        "Todos {hook} pasan por {target}, que solo deja responder a una dirección de Service en "
        "sus puertos.",
    ),
    "ipvs-out-jump": (
        "All {hook} go through {target}: source ranges bind this node, too.",
        "Todos {hook} pasan por {target}: los rangos de origen también valen para este nodo.",
    ),
    "ipvs-firewall-jump": (
        "All {hook} go through {target}, which checks source ranges of load balancers.",
        "Todos {hook} pasan por {target}, que comprueba los rangos de origen de los balanceadores.",
    ),
    "ipvs-health-jump": (
        "All {hook} go through {target}, which lets load balancers ask for this node's health.",
        "Todos {hook} pasan por {target}, que deja a los balanceadores preguntar por la salud de "
        "este nodo.",
    ),
}

_BY_SET = {
    ("KUBE-SERVICES", "KUBE-LOAD-BALANCER"): "ipvs-load-balancer",
    ("KUBE-LOAD-BALANCER", "RETURN"): "ipvs-local-policy",
    ("KUBE-NODE-PORT", "RETURN"): "ipvs-local-policy",
    ("KUBE-NODE-PORT", "KUBE-MARK-MASQ"): "ipvs-node-port-mark",
    ("KUBE-NODE-PORT", "ACCEPT"): "ipvs-health",
    ("KUBE-POSTROUTING", "MASQUERADE"): "ipvs-hairpin",
    ("KUBE-SERVICES", "KUBE-MARK-MASQ"): "ipvs-cluster-ip-mark",
    ("KUBE-SERVICES", "ACCEPT"): "ipvs-accept",
    ("KUBE-PROXY-FIREWALL", "KUBE-SOURCE-RANGES-FIREWALL"): "ipvs-ranges",
    ("KUBE-SOURCE-RANGES-FIREWALL", "RETURN"): "ipvs-range-allowed",
    ("KUBE-IPVS-FILTER", "RETURN"): "ipvs-own-port",
    ("KUBE-IPVS-FILTER", "REJECT"): "ipvs-other-port",
}
_PLAIN = {
    ("KUBE-SERVICES", "RETURN"): "ipvs-loopback",
    ("KUBE-SERVICES", "KUBE-NODE-PORT"): "ipvs-node-ports",
    ("KUBE-LOAD-BALANCER", "KUBE-MARK-MASQ"): "ipvs-load-balancer-mark",
    ("KUBE-SOURCE-RANGES-FIREWALL", "DROP"): "ipvs-range-others",
    ("KUBE-IPVS-OUT-FILTER", "DROP"): "ipvs-node-kept-out",
    ("INPUT", "KUBE-IPVS-FILTER"): "ipvs-guard-jump",
    ("OUTPUT", "KUBE-IPVS-OUT-FILTER"): "ipvs-out-jump",
    ("INPUT", "KUBE-NODE-PORT"): "ipvs-health-jump",
}
"""Chain and target -> the code, with and without an ipset."""


def code_of(line: Line) -> str:
    """The code of a rule of IPVS mode, ``""`` for all others."""
    named = line.get("--match-set")
    place = line.chain, line.target
    if not named:
        if line.chain in ("INPUT", "FORWARD") and line.target == "KUBE-PROXY-FIREWALL":
            return "" if line.get("--ctstate") else "ipvs-firewall-jump"
        return _PLAIN.get(place, "")
    if "EXTERNAL-IP" in named and place in _BY_SET and line.chain == "KUBE-SERVICES":
        return "ipvs-external-mark" if line.target == "KUBE-MARK-MASQ" else "ipvs-external-accept"
    return _BY_SET.get(place, "")
