"""Messages of "who reaches what"."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "asking.answered": ("✓ responde", "✓ answered"),
    "asking.refused": ("✗ rechazada", "✗ refused"),
    "asking.timeout": ("✗ sin respuesta", "✗ timed out"),
    "asking.unreachable": ("✗ inalcanzable", "✗ unreachable"),
    "asking.unknown-name": ("✗ nombre desconocido", "✗ unknown name"),
    "asking.reset": ("✗ cortada", "✗ reset"),
    "asking.caption": ("Quién alcanza qué", "Who reaches what"),
    "asking.target": (
        "«{target}» no es un destino.",
        "{target!r} is no target.",
    ),
    "asking.target.fix": (
        "Escribe host, host:puerto o host:puerto/ruta, p. ej. backend-service:80.",
        "Write host, host:port or host:port/path, for example backend-service:80.",
    ),
    "asking.lacks": (
        "Desde {origin} no se puede preguntar en {cluster}: falta la capacidad ask-anywhere.",
        "Nobody can ask from {origin} on {cluster}: it lacks the capability ask-anywhere.",
    ),
    "asking.power.lacks": (
        "En {cluster} no se puede cortar la corriente de un nodo: falta la capacidad node-power."
        " En kind lo haría `docker stop {node}`.",
        "The power of a node cannot be switched on {cluster}: it lacks the capability node-power."
        " On kind `docker stop {node}` would do it.",
    ),
}
