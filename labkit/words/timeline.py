"""The words on timelines."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "timeline.seconds": ("segundos", "seconds"),
    "timeline.at": ("segundo {at}", "second {at}"),
    "timeline.state.ready": ("listo", "ready"),
    "timeline.state.not-ready": ("no listo", "not ready"),
    "timeline.state.pending": ("pendiente", "pending"),
    "timeline.state.terminating": ("terminando", "terminating"),
    "timeline.state.count": ("cuántos", "how many"),
    "timeline.state.pod": ("qué Pod", "which Pod"),
    "timeline.gone": ("—", "—"),
    "timeline.alt": (
        "Línea de tiempo de {end} segundos: {title}. {events}",
        "Timeline of {end} seconds: {title}. {events}",
    ),
    "timeline.event": ("Segundo {at}: {text}", "Second {at}: {text}"),
    "timeline.nothing": ("No cambió nada.", "Nothing changed."),
    "timeline.now": ("En este momento", "At this moment"),
    "timeline.lane": ("qué", "what"),
    "timeline.state": ("estado", "state"),
    "timeline.all": ("Todos los sucesos", "All events"),
    "timeline.title": (
        "Pods, EndpointSlice y reglas de {service}",
        "Pods, EndpointSlice and rules of {service}",
    ),
    "timeline.slice": ("EndpointSlice: listos", "EndpointSlice: ready"),
    "timeline.rules": ("{node}: en sus reglas", "{node}: in its rules"),
    "timeline.pod.came": ("aparece el Pod {pod} ({state}).", "the Pod {pod} appears ({state})."),
    "timeline.pod.became": ("el Pod {pod} pasa a {state}.", "the Pod {pod} becomes {state}."),
    "timeline.pod.went": ("el Pod {pod} ya no está.", "the Pod {pod} is gone."),
    "timeline.slice.became": (
        "endpoints listos en el EndpointSlice: {n}.",
        "ready endpoints in the EndpointSlice: {n}.",
    ),
    "timeline.rules.became": (
        "endpoints en las reglas de {node}: {n}.",
        "endpoints in the rules of {node}: {n}.",
    ),
    "timeline.affinity.title": (
        "sessionAffinity: ClientIP con {timeout} s: un cliente, {pods} Pods",
        "sessionAffinity: ClientIP with {timeout} s: one client, {pods} Pods",
    ),
    "timeline.affinity.client": ("cliente {address}", "client {address}"),
    "timeline.affinity.timer": ("temporizador", "timer"),
    "timeline.affinity.first": (
        "conexión nueva: el sorteo la lleva a {pod}, y se apunta la dirección del cliente.",
        "new connection: the draw takes it to {pod}, and the client's address is noted.",
    ),
    "timeline.affinity.kept": (
        "conexión nueva, {passed} s después: sigue con {pod} y el plazo vuelve a empezar.",
        "new connection, {passed} s later: it stays with {pod}, and the time starts anew.",
    ),
    "timeline.affinity.expired": (
        "conexión nueva, {passed} s después: el plazo pasó, se sortea otra vez y toca {pod}.",
        "new connection, {passed} s later: the time is over, it is drawn again, and {pod} gets it.",
    ),
    "timeline.keepalive.title": (
        "Una conexión que se queda y otra nueva cada segundo; a los {leaves} s se va {pod}",
        "A connection that stays and a new one every second; at {leaves} s {pod} leaves",
    ),
    "timeline.keepalive.kept": ("la que se queda (keep-alive)", "the one that stays (keep-alive)"),
    "timeline.keepalive.new": ("una nueva por segundo", "a new one every second"),
    "timeline.keepalive.rules": ("endpoints en las reglas", "endpoints in the rules"),
    "timeline.keepalive.open": (
        "se abre la conexión que se queda: le toca {pod}.",
        "the connection that stays is opened: {pod} gets it.",
    ),
    "timeline.keepalive.leaves": (
        "{pod} deja de estar listo: quedan {n} endpoints en las reglas.",
        "{pod} is no longer ready: {n} endpoints are left in the rules.",
    ),
    "timeline.keepalive.end": (
        "la que se queda siguió con {pod} hasta el final; de las nuevas, {n} de {of} le tocaron, "
        "todas antes de irse.",
        "the one that stays was with {pod} to the end; of the new ones {n} of {of} went there, all "
        "before it left.",
    ),
}
