"""Messages of ``labkit parity``."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "parity.title": (
        "Paridad de {cluster}",
        "Parity of {cluster}",
    ),
    "parity.stage": (
        "crear los objetos de las comprobaciones",
        "make the objects of the checks",
    ),
    "parity.clear": ("eliminarlos", "remove them"),
    "parity.same": ("igual", "same"),
    "parity.differs": ("difiere", "differs"),
    "parity.not_here": ("no aquí", "not here"),
    "parity.expected": ("se esperaba", "expected"),
    "parity.found": ("se encontró", "found"),
    "parity.all_same": (
        "{n} comprobaciones: este clúster se comporta como un Kubernetes 1.36 de verdad.",
        "{n} checks: this cluster behaves as a real Kubernetes 1.36 does.",
    ),
    "parity.some_differ": (
        "{n} de {all} comprobaciones difieren de un Kubernetes 1.36 de verdad.",
        "{n} of {all} checks differ from a real Kubernetes 1.36.",
    ),
    "parity.left_out": (
        "{n} no se pueden hacer aquí (un solo nodo, o sin permiso para leer las reglas:"
        " --allow-node-pod).",
        "{n} cannot be made here (one node, or no leave to read the rules: --allow-node-pod).",
    ),
    "parity.leftovers.fix": (
        "Elimínalos antes: las comprobaciones usan los mismos nombres.",
        "Remove them first: the checks use the same names.",
    ),
}
