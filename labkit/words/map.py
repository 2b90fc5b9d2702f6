"""The words on the map of the cluster."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "map.title": ("El clúster ahora: {service}", "The cluster now: {service}"),
    "map.title.empty": ("El clúster ahora", "The cluster now"),
    "map.alt": (
        "Mapa del clúster: {nodes} nodos, {pods} Pods. {service} {flow}",
        "Map of the cluster: {nodes} nodes, {pods} Pods. {service} {flow}",
    ),
    "map.alt.service": (
        "El Service {service} tiene la dirección virtual {address}:{port} y {ready} endpoints "
        "listos.",
        "The Service {service} has the virtual address {address}:{port} and {ready} ready "
        "endpoints.",
    ),
    "map.alt.no_service": ("No hay ningún Service.", "There is no Service."),
    "map.alt.flow": (
        "Una conexión nueva de {pod} pasa por las reglas de su nodo, {node}, que la llevan a: "
        "{chances}.{chosen}",
        "A new connection of {pod} passes the rules of its node, {node}, which take it to: "
        "{chances}.{chosen}",
    ),
    "map.alt.chance": ("{pod} en {node}, {chance}", "{pod} on {node}, {chance}"),
    "map.alt.chosen": (
        " Esta vez el sorteo da {pod}, en {node}.",
        " This time the draw gives {pod}, on {node}.",
    ),
    "map.alt.refused": (
        "Una conexión nueva de {pod} no llega a ningún Pod: {how}.",
        "A new connection of {pod} reaches no Pod: {how}.",
    ),
    "map.alt.no_flow": ("No hay conexión que dibujar.", "There is no connection to draw."),
    "map.virtual": (
        "dirección virtual: en ninguna interfaz, solo en las reglas de cada nodo",
        "virtual address: on no interface, only in every node's rules",
    ),
    "map.pods_cidr": ("nodo {address} · Pods {cidr}", "node {address} · Pods {cidr}"),
    "map.rules": (
        "Linux · reglas de {service}: {n}",
        "Linux · rules of {service}: {n}",
    ),
    "map.rules.none": ("Linux · reglas de kube-proxy", "Linux · rules of kube-proxy"),
    "map.dnat": (
        "cambian el destino (DNAT); las escribió kube-proxy",
        "change the destination (DNAT); kube-proxy wrote them",
    ),
    "map.idle": ("aquí no pasa esta conexión", "this connection does not pass here"),
    "map.refused": ("nadie la recibe: {how}", "nobody gets it: {how}"),
    "map.client": ("cliente", "client"),
    "map.backend": ("backend", "backend"),
    "map.other": ("otro", "other"),
    "map.ready": ("● listo", "● ready"),
    "map.not-ready": ("○ no listo", "○ not ready"),
    "map.pending": ("◌ pendiente", "◌ pending"),
    "map.terminating": ("✕ terminando", "✕ terminating"),
    "map.no_pods": ("(sin Pods)", "(no Pods)"),
    "map.legend": (
        "Flecha gruesa: por donde va esta conexión. Flechas de trazos: por donde podía ir, con su "
        "probabilidad exacta.",
        "Thick arrow: where this connection goes. Dashed arrows: where it could go, with the "
        "exact probability.",
    ),
    "map.send": ("Otra conexión", "Another connection"),
    "map.refresh": ("Actualizar", "Refresh"),
    "map.follow": ("Seguir en vivo", "Follow live"),
    "map.table": ("Pods y adónde van las conexiones", "Pods and where connections go"),
    "map.head.pod": ("Pod", "Pod"),
    "map.head.node": ("nodo", "node"),
    "map.head.address": ("dirección", "address"),
    "map.head.state": ("estado", "state"),
    "map.head.role": ("papel", "role"),
    "map.head.chance": ("probabilidad", "probability"),
    "map.head.got": ("conexiones recibidas", "connections received"),
}
