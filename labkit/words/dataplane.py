"""Words of the view over the three modes of kube-proxy: Spanish, English."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "dataplane.beside.title": ("{packet}, en los tres modos", "{packet}, in all three modes"),
    "dataplane.mode": ("MODO", "MODE"),
    "dataplane.rules": ("REGLAS", "RULES"),
    "dataplane.lookups": ("BÚSQUEDAS", "LOOK-UPS"),
    "dataplane.choice": ("ELECCIÓN", "CHOICE"),
    "dataplane.shares": ("PARTES EXACTAS", "EXACT SHARES"),
    "dataplane.by_chance": ("al azar", "by chance"),
    "dataplane.in_turn": ("por turnos", "in turn"),
    "dataplane.by_scheduler": ("planificador {scheduler}", "scheduler {scheduler}"),
    "dataplane.certain": ("solo hay una", "only one"),
    "dataplane.row": ("{n} conexiones seguidas", "{n} connections in a row"),
    "dataplane.share": ("{destination} {percent:.2f} %", "{destination} {percent:.2f} %"),
}
