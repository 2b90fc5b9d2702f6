"""The words on the packet's way."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "way.title": ("El camino de un paquete: {packet}", "The way of a packet: {packet}"),
    "way.on_node": (" en {node}", " on {node}"),
    "way.alt": (
        "Camino de un paquete por las reglas de un nodo, en {n} pasos. Sale como {start}. Pasa "
        "por {hooks}. {changes} Al final {end}.",
        "A packet's way through the rules of a node, in {n} steps. It starts as {start}. It "
        "passes {hooks}. {changes} In the end it {end}.",
    ),
    "way.change": (
        "En {chain} cambia: {what}.",
        "In {chain} it changes: {what}.",
    ),
    "way.no_change": ("La cabecera no cambia.", "Its header does not change."),
    "way.became": ("{field} {before} pasa a {after}", "{field} {before} becomes {after}"),
    "way.conntrack": ("conntrack", "conntrack"),
    "way.route": ("encaminamiento", "routing"),
    "way.rule": ("{chain}, regla {number}", "{chain}, rule {number}"),
    "way.policy": ("{chain}, política", "{chain}, policy"),
    "way.return": ("{chain}, fin", "{chain}, end"),
    "way.src": ("origen", "source"),
    "way.dst": ("destino", "destination"),
    "way.mark": ("marca", "mark"),
    "way.in": ("entra por", "comes in on"),
    "way.out": ("sale por", "leaves through"),
    "way.none": ("—", "—"),
    "way.out_of": ("sale por {iface}", "out of {iface}"),
    "way.to_process": ("a un proceso", "to a process"),
    "way.accepted": ("aceptado", "accepted"),
    "way.dropped": ("descartado ✕", "dropped ✕"),
    "way.rejected": ("rechazado ✕", "rejected ✕"),
    "way.header": ("Cabecera del paquete", "Header of the packet"),
    "way.field": ("campo", "field"),
    "way.before": ("antes", "before"),
    "way.after": ("después", "after"),
    "way.changed": ("cambia", "changes"),
    "way.back": ("Atrás", "Back"),
    "way.next": ("Siguiente", "Next"),
    "way.play": ("Reproducir", "Play"),
    "way.pause": ("Pausa", "Pause"),
    "way.step": ("Paso", "Step"),
    "way.all": ("Todos los pasos", "All steps"),
    "way.keys": (
        "Teclas: ← y → un paso, Inicio y Fin los extremos.",
        "Keys: ← and → one step, Home and End the ends.",
    ),
    "way.legend": (
        "◆ aquí cambió la cabecera. El círculo es el paquete.",
        "◆ the header changed here. The circle is the packet.",
    ),
    "way.still_legend": (
        "◆ aquí cambió la cabecera; la sangría muestra los saltos de cadena a cadena.",
        "◆ the header changed here; the indent shows the jumps from chain to chain.",
    ),
}
