"""The words on the pictures of the three modes, and on figures of matplotlib."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "modes.title": (
        "El mismo tráfico en los tres modos de kube-proxy: {packet}",
        "The same traffic in kube-proxy's three modes: {packet}",
    ),
    "modes.cost": (
        "reglas consultadas: {rules} · búsquedas: {lookups}",
        "rules asked: {rules} · look-ups: {lookups}",
    ),
    "modes.by_chance": ("elige al azar", "chooses by chance"),
    "modes.in_turn": ("elige por turnos ({scheduler})", "chooses in turn ({scheduler})"),
    "modes.by_scheduler": ("elige con {scheduler}", "chooses with {scheduler}"),
    "modes.certain": ("solo hay un destino", "there is one destination"),
    "modes.none": ("no llega a ningún Pod", "reaches no Pod"),
    "modes.row": ("{n} conexiones seguidas", "{n} connections in a row"),
    "modes.shares": ("parte exacta de cada destino", "exact share of each destination"),
    "modes.alt": (
        "Los tres modos de kube-proxy con el mismo tráfico, {packet}. {parts}",
        "kube-proxy's three modes with the same traffic, {packet}. {parts}",
    ),
    "modes.part": (
        "{mode}: {choice}; {rules} reglas y {lookups} búsquedas por conexión nueva; partes: "
        "{shares}; en orden: {turns}.",
        "{mode}: {choice}; {rules} rules and {lookups} look-ups for each new connection; shares: "
        "{shares}; in order: {turns}.",
    ),
    "modes.growth.title": (
        "Reglas que consulta una conexión nueva, según los Services que hay",
        "Rules that a new connection asks, by the number of Services",
    ),
    "modes.growth.x": ("Services en el clúster", "Services in the cluster"),
    "modes.growth.y": ("reglas consultadas", "rules asked"),
    "modes.growth.middle": ("{mode}, Service de en medio", "{mode}, Service in the middle"),
    "modes.growth.recorded": (
        "Puntos huecos: medidos de antemano.",
        "Hollow points: measured beforehand.",
    ),
    "modes.growth.alt": (
        "Gráfico de líneas con ejes logarítmicos: reglas que consulta el primer paquete de una "
        "conexión a un Service de en medio, de {low} a {high} Services. {parts}.",
        "Line chart with logarithmic axes: rules that the first packet of a connection to a "
        "Service in the middle asks, from {low} to {high} Services. {parts}.",
    ),
    "modes.growth.part": ("{mode}: de {first} a {last} reglas", "{mode}: {first} to {last} rules"),
    "modes.services": ("Services", "Services"),
    "modes.head.middle": ("{mode}: en medio", "{mode}: middle"),
    "modes.head.last": ("{mode}: último", "{mode}: last"),
    "modes.figure": (
        "Figura de matplotlib{title}. {parts}",
        "Figure of matplotlib{title}. {parts}",
    ),
    "modes.figure.axes": (
        "{title}Eje horizontal {x} de {x0} a {x1}; eje vertical {y} de {y0} a {y1}. {things}",
        "{title}Horizontal axis {x} from {x0} to {x1}; vertical axis {y} from {y0} to {y1}. "
        "{things}",
    ),
    "modes.figure.line": (
        "Línea {name}: {n} puntos, de {first} a {last}, mínimo {low}, máximo {high}.",
        "Line {name}: {n} points, from {first} to {last}, lowest {low}, highest {high}.",
    ),
    "modes.figure.bars": ("{n} barras: {values}.", "{n} bars: {values}."),
    "modes.figure.unnamed": ("sin nombre", "without a name"),
}
