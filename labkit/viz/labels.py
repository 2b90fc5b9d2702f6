"""The words on pictures, in both languages."""

from __future__ import annotations

LABELS: dict[str, dict[str, str]] = {
    "es": {
        "answers": "respuestas",
        "band": "banda esperada (falla 1 vez en un millón)",
        "exact": "media exacta según las reglas",
        "order": "quién respondió, en orden (primeras {n})",
        "title": "{n} respuestas de {k} Pods",
        "alt": "Gráfico de barras: {n} respuestas repartidas entre {k} Pods. {parts}. {inside} "
        "{switches} cambios entre respuestas seguidas.",
        "part": "{label}: {count} (media {mean}, banda {low} a {high})",
        "all_inside": "Todos están dentro de su banda.",
        "some_outside": "Fuera de su banda: {labels}.",
        "pod": "Pod",
        "node": "nodo",
        "count": "respuestas",
        "mean": "media exacta",
        "band_short": "banda",
        "share": "probabilidad",
        "replicas": "Réplicas",
        "requests": "Peticiones",
        "again": "Otro sorteo",
        "explorer": "Reparto simulado con las reglas de kube-proxy, junto al exacto",
        "simulated": "simulado",
        "draw": "sorteo {seed}",
    },
    "en": {
        "answers": "answers",
        "band": "expected band (wrong 1 time in a million)",
        "exact": "exact mean from the rules",
        "order": "who answered, in order (first {n})",
        "title": "{n} answers from {k} Pods",
        "alt": "Bar chart: {n} answers shared among {k} Pods. {parts}. {inside} "
        "{switches} switches between consecutive answers.",
        "part": "{label}: {count} (mean {mean}, band {low} to {high})",
        "all_inside": "All are inside their band.",
        "some_outside": "Outside their band: {labels}.",
        "pod": "Pod",
        "node": "node",
        "count": "answers",
        "mean": "exact mean",
        "band_short": "band",
        "share": "probability",
        "replicas": "Replicas",
        "requests": "Requests",
        "again": "Draw again",
        "explorer": "Distribution simulated with kube-proxy's rules, beside the exact one",
        "simulated": "simulated",
        "draw": "draw {seed}",
    },
}


def label(key: str, lang: str, **values: object) -> str:
    """The label ``key`` in Spanish ("es") or English (anything else), filled in."""
    table = LABELS["es"] if lang == "es" else LABELS["en"]
    return table[key].format(**values)
