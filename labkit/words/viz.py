"""The words on pictures."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "viz.answers": (
        "respuestas",
        "answers",
    ),
    "viz.band": (
        "banda esperada (falla 1 vez en un millón)",
        "expected band (wrong 1 time in a million)",
    ),
    "viz.exact": (
        "media exacta según las reglas",
        "exact mean from the rules",
    ),
    "viz.order": (
        "quién respondió, en orden (primeras {n})",
        "who answered, in order (first {n})",
    ),
    "viz.title": (
        "{n} respuestas de {k} Pods",
        "{n} answers from {k} Pods",
    ),
    "viz.alt": (
        "Gráfico de barras: {n} respuestas repartidas entre {k} Pods. {parts}. {inside} "
        "{switches} cambios entre respuestas seguidas.",
        "Bar chart: {n} answers shared among {k} Pods. {parts}. {inside} "
        "{switches} switches between consecutive answers.",
    ),
    "viz.part": (
        "{label}: {count} (media {mean}, banda {low} a {high})",
        "{label}: {count} (mean {mean}, band {low} to {high})",
    ),
    "viz.all_inside": (
        "Todos están dentro de su banda.",
        "All are inside their band.",
    ),
    "viz.some_outside": (
        "Fuera de su banda: {labels}.",
        "Outside their band: {labels}.",
    ),
    "viz.pod": (
        "Pod",
        "Pod",
    ),
    "viz.node": (
        "nodo",
        "node",
    ),
    "viz.count": (
        "respuestas",
        "answers",
    ),
    "viz.mean": (
        "media exacta",
        "exact mean",
    ),
    "viz.band_short": (
        "banda",
        "band",
    ),
    "viz.share": (
        "probabilidad",
        "probability",
    ),
    "viz.replicas": (
        "Réplicas",
        "Replicas",
    ),
    "viz.requests": (
        "Peticiones",
        "Requests",
    ),
    "viz.again": (
        "Otro sorteo",
        "Draw again",
    ),
    "viz.explorer": (
        "Reparto simulado con las reglas de kube-proxy, junto al exacto",
        "Distribution simulated with kube-proxy's rules, beside the exact one",
    ),
    "viz.legend": (
        "Barra: respuestas simuladas. Rombo: media exacta según las reglas. Gris: hasta dónde"
        " llega el azar (falla 1 vez en un millón).",
        "Bar: simulated answers. Diamond: exact mean from the rules. Grey: how far chance reaches"
        " (wrong 1 time in a million).",
    ),
    "viz.trials.try": ("Pruébalo", "Try it"),
    "viz.trials.start": ("Elige, apuesta y pulsa.", "Choose, place a bet, press."),
    "viz.trials.all": ("todos los resultados", "all outcomes"),
    "viz.panel.busy": ("Un momento…", "One moment…"),
    "viz.panel.state": ("Estado", "State"),
    "viz.panel.start": ("Apuesta qué cambiará y pulsa.", "Bet what will change, then press."),
}
