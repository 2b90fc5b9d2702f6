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
    "viz.band.even": (
        "banda de un reparto igualado (falla 1 vez en un millón)",
        "band of an even split (wrong 1 time in a million)",
    ),
    "viz.exact": (
        "media exacta según las reglas",
        "exact mean from the rules",
    ),
    "viz.order": (
        "quién respondió, en orden (primeras {n})",
        "who answered, in order (first {n})",
    ),
    "viz.order.all": (
        "quién respondió, en orden",
        "who answered, in order",
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
    "viz.all_inside.even": (
        "Todos caben en la banda de un reparto igualado.",
        "All fit into the band of an even split.",
    ),
    "viz.some_outside.even": (
        "Fuera de la banda de un reparto igualado: {labels}.",
        "Outside the band of an even split: {labels}.",
    ),
    "viz.claim.inside": (
        "Con {n} respuestas esta cadena todavía pasa por justa: todo cabe en la banda de un "
        "reparto igualado.",
        "With {n} answers this chain still passes for fair: all fit into the band of an even "
        "split.",
    ),
    "viz.claim.outside": (
        "Sesgo, no ruido: el azar de un reparto igualado no explica lo de {labels}.",
        "Bias, not noise: the chance of an even split does not explain {labels}.",
    ),
    "viz.claim.lost": (
        "Conexiones que no llegaron a ningún Pod: {n}. Una cadena justa no pierde ninguna.",
        "Connections that reached no Pod: {n}. A fair chain loses none.",
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
    "viz.panel.kept": ("Debajo queda lo último que se vio.", "Below is what was seen last."),
    "viz.panel.start": ("Apuesta qué cambiará y pulsa.", "Bet what will change, then press."),
    "viz.switches": (
        "cambios de Pod entre respuestas seguidas: {seen} de {most}",
        "changes of Pod between consecutive answers: {seen} of {most}",
    ),
    "viz.switches_short": ("cambios", "changes"),
    "viz.longest": ("racha más larga: {run}", "longest run: {run}"),
    "viz.turns": ("por turnos serían {most}", "taking turns: {most}"),
    "viz.order.any": (
        "Orden: {seen} cambios de {most} posibles; al azar se esperan {mean}, y con tan pocas "
        "respuestas cabe todo. La racha más larga es de {run}.",
        "Order: {seen} changes of {most} possible; chance makes about {mean}, and with so few "
        "answers anything fits. The longest run is {run}.",
    ),
    "viz.order.within": (
        "Orden: {seen} cambios de {most} posibles; al azar se esperan {mean} (de {low} a {high}). "
        "La racha más larga es de {run}. Es lo que hace el azar.",
        "Order: {seen} changes of {most} possible; chance makes about {mean} ({low} to {high}). "
        "The longest run is {run}. This is what chance does.",
    ),
    "viz.order.above": (
        "Orden: {seen} cambios de {most} posibles; el azar haría unos {mean} (de {low} a {high}). "
        "La racha más larga es de {run}. Alterna más de lo que alterna el azar: son turnos.",
        "Order: {seen} changes of {most} possible; chance would make about {mean} ({low} to "
        "{high}). The longest run is {run}. It alternates more than chance does: it takes turns.",
    ),
    "viz.order.below": (
        "Orden: {seen} cambios de {most} posibles; el azar haría unos {mean} (de {low} a {high}). "
        "La racha más larga es de {run}. Cambia menos de lo que cambia el azar: algo se queda.",
        "Order: {seen} changes of {most} possible; chance would make about {mean} ({low} to "
        "{high}). The longest run is {run}. It changes less than chance does: something sticks.",
    ),
    "viz.chi": (
        "(Ji cuadrado: {value}; grados de libertad: {degrees}.)",
        "(Chi-square: {value}; degrees of freedom: {degrees}.)",
    ),
    "viz.chi.always": (
        "Difícilmente puede salir más igualado: casi todas las series al azar son así de "
        "desiguales, o más.",
        "It could hardly be more even: almost all random series are this uneven, or more so.",
    ),
    "viz.chi.often": (
        "Un reparto así de desigual, o más, sale en {times} de cada 100 series al azar.",
        "A split this uneven, or more so, comes up in {times} of 100 random series.",
    ),
    "viz.chi.seldom": (
        "Un reparto así de desigual, o más, sale en 1 de cada {times} series al azar.",
        "A split this uneven, or more so, comes up in 1 of {times} random series.",
    ),
    "viz.chi.never": (
        "Un reparto así de desigual no sale ni una vez en un millón de series al azar.",
        "A split this uneven does not come up once in a million random series.",
    ),
    "viz.chi.few": (
        "Faltan respuestas para decir si el reparto es desigual.",
        "There are too few answers to say whether the split is uneven.",
    ),
    "viz.chi.impossible": (
        "Respondió alguien a quien las reglas no dan ninguna probabilidad.",
        "Somebody answered to whom the rules give no chance at all.",
    ),
    "viz.mode": ("Reglas", "Rules"),
    "viz.mode.iptables": ("kube-proxy, modo iptables", "kube-proxy, iptables mode"),
    "viz.mode.nftables": ("kube-proxy, modo nftables", "kube-proxy, nftables mode"),
    "viz.mode.ipvs": ("kube-proxy, modo IPVS (por turnos)", "kube-proxy, IPVS mode (in turn)"),
    "viz.mode.naive": ("1/N en cada regla", "1/N in every rule"),
    "viz.mode.cumulative": ("1/N, 2/N … 1", "1/N, 2/N … 1"),
    "viz.lost": ("(perdida)", "(lost)"),
    "viz.live": ("Respuestas según llegan", "Answers as they come"),
    "viz.live.waiting": ("Esperando la primera respuesta …", "Waiting for the first answer …"),
}
