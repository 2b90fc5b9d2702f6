"""The words on the tree of chances."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "chances.title.fair": (
        "La cadena de kube-proxy con {n} Pods: 1/N, 1/(N-1) … 1",
        "kube-proxy's chain with {n} Pods: 1/N, 1/(N-1) … 1",
    ),
    "chances.title.naive": (
        "1/N en cada regla, con {n} Pods: se pierden conexiones",
        "1/N in every rule, with {n} Pods: connections get lost",
    ),
    "chances.title.cumulative": (
        "1/N, 2/N … 1 con {n} Pods: reparto desigual",
        "1/N, 2/N … 1 with {n} Pods: an uneven split",
    ),
    "chances.title.own": ("Una cadena de {n} reglas", "A chain of {n} rules"),
    "chances.kind": ("Cadena", "Chain"),
    "chances.kind.fair": ("kube-proxy: 1/N, 1/(N-1) … 1", "kube-proxy: 1/N, 1/(N-1) … 1"),
    "chances.kind.naive": ("1/N en cada regla", "1/N in every rule"),
    "chances.kind.cumulative": ("1/N, 2/N … 1", "1/N, 2/N … 1"),
    "chances.pods": ("Pods", "Pods"),
    "chances.rule": ("regla {i}: p = {p}", "rule {i}: p = {p}"),
    "chances.last": ("regla {i}: sin condición", "rule {i}: no condition"),
    "chances.all": ("todas las conexiones nuevas", "all new connections"),
    "chances.yes": ("sí", "yes"),
    "chances.no": ("no: queda {reach}", "no: {reach} left"),
    "chances.lost": (
        "ninguna regla: {share} sale hacia la ClusterIP y se pierde",
        "no rule: {share} leaves for the ClusterIP and is lost",
    ),
    "chances.more": ("… {n} reglas más (en la tabla) …", "… {n} more rules (in the table) …"),
    "chances.alt": (
        "Árbol de probabilidad de una cadena de {n} reglas. {parts}. {lost} {even}",
        "Probability tree of a chain of {n} rules. {parts}. {lost} {even}",
    ),
    "chances.part": (
        "{label}: llegan {reach}, la regla toma {p}, en total {share}",
        "{label}: {reach} arrive, the rule takes {p}, {share} in all",
    ),
    "chances.alt.lost": (
        "A {share} de las conexiones no las toma ninguna regla.",
        "No rule takes {share} of the connections.",
    ),
    "chances.alt.none_lost": ("No se pierde ninguna.", "None gets lost."),
    "chances.even": (
        "Todos los Pods reciben lo mismo: {share}.",
        "All Pods get the same: {share}.",
    ),
    "chances.uneven": (
        "El reparto es desigual: de {low} a {high}.",
        "The split is uneven: from {low} to {high}.",
    ),
    "chances.head.label": ("destino", "destination"),
    "chances.head.reach": ("llegan", "arrive"),
    "chances.head.p": ("toma la regla", "rule takes"),
    "chances.head.share": ("del total", "of all"),
    "chances.head.percent": ("porcentaje", "per cent"),
    "chances.head.kept": ("Linux guarda", "Linux keeps"),
    "chances.nobody": ("ninguno", "nobody"),
    "chances.table": ("Regla a regla", "Rule by rule"),
}
