"""What lint says about a ruleset: one sentence for each kind of finding."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "lint.error": ("error", "error"),
    "lint.warning": ("aviso", "warning"),
    "lint.note": ("nota", "note"),
    "lint.line": ("línea {line}", "line {line}"),
    "lint.dangling-jump": (
        "salta a {goal}, una cadena que no existe",
        "jumps to {goal}, which is not there",
    ),
    "lint.loop": (
        "salta a {goal}, que acaba volviendo aquí: un bucle, y Linux no lo carga",
        "jumps to {goal}, which leads back here: a loop, which Linux does not load",
    ),
    "lint.idle-loop": (
        "salta a {goal}, que acaba volviendo aquí: un bucle al que ninguna cadena base lleva",
        "jumps to {goal}, which leads back here: a loop that no built-in chain leads to",
    ),
    "lint.too-deep": (
        "desde aquí hay {depth} cadenas anidadas; iptables-nft no carga más de {most}",
        "{depth} chains are nested below; iptables-nft loads no more than {most}",
    ),
    "lint.refused": ("Linux no lo carga: {why}", "Linux does not load this: {why}"),
    "lint.unused-chain": ("nadie salta a esta cadena", "nothing jumps to this chain"),
    "lint.unreached-chain": (
        "solo saltan a esta cadena otras a las que ninguna cadena base lleva",
        "only chains that no built-in chain leads to jump to this one",
    ),
    "lint.empty-chain": (
        "cadena vacía a la que nadie salta; quizá sea una marca",
        "an empty chain that nothing jumps to; perhaps a marker",
    ),
    "lint.unreachable": (
        "ningún paquete llega a la regla {number}: la {earlier} se los lleva todos",
        "no packet comes to rule {number}: rule {earlier} takes them all",
    ),
    "lint.shadowed": (
        "la regla {number} nunca coincide: la {earlier} se lleva antes todos sus paquetes",
        "rule {number} never matches: rule {earlier} takes all its packets before",
    ),
    "lint.lost-packets": (
        "el {share} de los paquetes no coincide con ninguna de las {count} reglas que reparten, "
        "y detrás no hay ninguna para el resto",
        "{share} of the packets match none of the {count} rules that share them out, and no "
        "rule behind them takes the rest",
    ),
}
