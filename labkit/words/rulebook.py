"""The words on the explorer of rulesets."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "rulebook.title": (
        "Reglas explicadas: {n} reglas, {services} Services",
        "Rules explained: {n} rules, {services} Services",
    ),
    "rulebook.title.of": (
        "De {service} a sus reglas y vuelta: {n} reglas",
        "From {service} to its rules and back: {n} rules",
    ),
    "rulebook.alt": (
        "Cadenas y saltos de un conjunto de {n} reglas en {chains} cadenas. {jumps}",
        "Chains and jumps of a set of {n} rules in {chains} chains. {jumps}",
    ),
    "rulebook.jump": ("{chain} salta a {targets}.", "{chain} jumps to {targets}."),
    "rulebook.service": ("Service", "Service"),
    "rulebook.every": ("todos", "all"),
    "rulebook.fields": (
        "Campos del Service (apunta a uno y se marcan sus reglas)",
        "Fields of the Service (point at one and its rules are marked)",
    ),
    "rulebook.rules": (
        "Reglas (apunta a una y se explica)",
        "Rules (point at one and it is explained)",
    ),
    "rulebook.point": (
        "Apunta a una regla con el ratón o llega a ella con el tabulador.",
        "Point at a rule with the mouse, or reach it with the Tab key.",
    ),
    "rulebook.shows": ("Muestra: {fields}.", "Shows: {fields}."),
    "rulebook.table": ("Todas las reglas, explicadas", "All rules, explained"),
    "rulebook.cut": (
        "Se muestran {shown} de {n} reglas: elige un Service para ver las suyas.",
        "{shown} of {n} rules are shown: choose a Service to see its own.",
    ),
    "rulebook.head.place": ("dónde", "where"),
    "rulebook.head.rule": ("regla", "rule"),
    "rulebook.head.why": ("para qué", "what for"),
    "rulebook.ask": ("¿Qué le pasa a un paquete?", "What becomes of a packet?"),
    "rulebook.source": ("de (IP)", "from (IP)"),
    "rulebook.destination": ("a (IP:puerto)", "to (IP:port)"),
    "rulebook.protocol": ("protocolo", "protocol"),
    "rulebook.hook": ("entra por", "enters at"),
    "rulebook.hook.prerouting": (
        "PREROUTING (de fuera o de un Pod)",
        "PREROUTING (from outside or a Pod)",
    ),
    "rulebook.hook.output": ("OUTPUT (lo envía el nodo)", "OUTPUT (the node sends it)"),
    "rulebook.go": ("Preguntar", "Ask"),
    "rulebook.matched": (
        "Reglas que coinciden, en orden: {rules}.",
        "Rules that match, in order: {rules}.",
    ),
    "rulebook.matched.none": ("Ninguna regla coincide.", "No rule matches."),
    "rulebook.odds": (
        "Todos los finales posibles: {odds}.",
        "All possible ends: {odds}.",
    ),
    "rulebook.paste": ("Pegar otro iptables-save", "Paste another iptables-save"),
    "rulebook.paste.label": ("Texto de iptables-save", "Text of iptables-save"),
    "rulebook.read": ("Leer estas reglas", "Read these rules"),
    "rulebook.read.done": ("Leídas {n} reglas.", "{n} rules read."),
    "rulebook.no_rules": (
        "El texto no tiene ninguna regla (líneas -A).",
        "The text has no rules (lines -A).",
    ),
    "rulebook.not_address": (
        "El destino se escribe IP:puerto, por ejemplo 10.96.0.1:443.",
        "The destination is written IP:port, for example 10.96.0.1:443.",
    ),
    "rulebook.not_ip": (
        "«{address}» no es una dirección IP.",
        '"{address}" is not an IP address.',
    ),
    "rulebook.families": (
        "{source} y {goal} no son de la misma familia (IPv4 o IPv6).",
        "{source} and {goal} are not of one family (IPv4 or IPv6).",
    ),
    "rulebook.unread": (
        "Línea {line}, «{word}»: así no escribe iptables-save; pega su salida entera, desde la "
        "línea que empieza por *.",
        'Line {line}, "{word}": iptables-save does not write like this; paste all that it prints, '
        "from the line that begins with *.",
    ),
    "rulebook.unknown": (
        "Línea {line}, «{word}»: esta extensión no se emula aquí; quita la regla y sigue.",
        'Line {line}, "{word}": this extension is not emulated here; leave the rule out and go on.',
    ),
    "rulebook.more": ("… {n} cadenas más", "… {n} more chains"),
    "rulebook.count": ("{table} · reglas: {n}", "{table} · rules: {n}"),
    "rulebook.mode": (
        "Este clúster está en modo {mode}, y aquí se explican reglas de iptables.",
        "This cluster is in {mode} mode, and what is explained here are rules of iptables.",
    ),
    "rulebook.mode.fix": (
        "Muestra el camino de un paquete con show(lab.trace()).",
        "Look at the way of a packet with show(lab.trace()).",
    ),
}
