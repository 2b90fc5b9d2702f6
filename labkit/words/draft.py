"""One's own Service to rules: the editor, and what it says about a text that will not do."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "draft.title": (
        "Tu Service y sus reglas en {node}",
        "Your Service and its rules on {node}",
    ),
    "draft.manifest": (
        "El manifiesto del Service, para editar",
        "The Service's manifest (edit it)",
    ),
    "draft.try": ("Prueba con", "Try"),
    "draft.start": ("como está en el clúster", "as it is in the cluster"),
    "draft.endpoints": ("Pods listos", "Ready Pods"),
    "draft.mode": ("Modo de kube-proxy", "Mode of kube-proxy"),
    "draft.rules": (
        "Reglas del Service. + es nueva, − ya no está. Apunta a una, o llega a ella con el "
        "tabulador, y lee para qué está.",
        "The Service's rules. + is new, − is gone. Point at one, or get to it with the Tab key, "
        "and read what it is for.",
    ),
    "draft.point": (
        "Cambia un campo y mira qué reglas cambian.",
        "Change a field and see which rules change.",
    ),
    "draft.base": ("Comparar desde aquí", "Compare from here"),
    "draft.table": ("La misma lista, con su explicación", "The same list, with explanations"),
    "draft.head.sign": ("cambio", "change"),
    "draft.head.rule": ("regla", "rule"),
    "draft.head.why": ("para qué", "what for"),
    "draft.same": ("{n} {unit}; ninguna cambió.", "{n} {unit}; none changed."),
    "draft.changed": (
        "{n} {unit}: {added} nuevas, {gone} que ya no están.",
        "{n} {unit}: {added} new, {gone} gone.",
    ),
    "draft.rules_unit": ("reglas", "rules"),
    "draft.lines_unit": ("líneas", "lines"),
    "draft.none": (
        "Ninguna regla: para este Service kube-proxy no escribe nada.",
        "No rule: for this Service kube-proxy writes nothing.",
    ),
    "draft.sign.added": ("nueva", "new"),
    "draft.sign.gone": ("ya no está", "gone"),
    "draft.sign.same": ("igual", "same"),
    "draft.alt": (
        "El Service «{name}» con {pods} Pods listos da {n} {unit} en modo {mode}.",
        'The Service "{name}" with {pods} ready Pods gives {n} {unit} in {mode} mode.',
    ),
    "draft.not_yaml": (
        "Línea {line}, «{word}»: esto no es YAML; mira la sangría y los dos puntos.",
        'Line {line}, "{word}": this is not YAML; look at the indentation and the colons.',
    ),
    "draft.one": (
        "Aquí va un solo objeto, con sus campos apiVersion, kind y spec.",
        "One object goes here, with its fields apiVersion, kind and spec.",
    ),
    "draft.kind": (
        "apiVersion y kind dicen «{kind}»; aquí va un Service de v1.",
        'apiVersion and kind say "{kind}"; a Service of v1 goes here.',
    ),
    "draft.block": (
        "Una línea de estructura: abre, describe o cierra una cadena, un mapa o un conjunto.",
        "A line of structure: it opens, describes or closes a chain, a map or a set.",
    ),
    "draft.ipvs.service": (
        "Una dirección virtual de IPVS y su planificador (rr: por turnos).",
        "A virtual address of IPVS and its scheduler (rr: in turn).",
    ),
    "draft.ipvs.server": (
        "Un endpoint de esa dirección (Masq: se cambia el destino) y su peso.",
        "An endpoint of that address (Masq: the destination is changed) and its weight.",
    ),
    "draft.ipvs.set": (
        "Una entrada de un conjunto (ipset): por ella las reglas reconocen la dirección.",
        "An entry of a set (ipset): by it the rules recognise the address.",
    ),
    "draft.refused": (
        "La API no lo aceptaría, y diría: {what}",
        "The API would not take it, and would say: {what}",
    ),
}
