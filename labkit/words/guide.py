"""What a lesson says when its cells are run in another order, twice, or after something broke."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "guide.opened": (
        "Sesión nueva (el núcleo se reinició): el laboratorio se ha abierto otra vez.",
        "A new session (the kernel was restarted): the lesson's lab has been opened again.",
    ),
    "guide.recovered": (
        "El clúster se había parado. Está otra vez en marcha, con todos sus objetos.",
        "The cluster had stopped. It is running again, with all its objects.",
    ),
    "guide.gone": (
        "El clúster se retiró (`labkit down`). Ejecuta la celda con `open_lab` para otro nuevo.",
        "The cluster was taken down (`labkit down`). Run the cell with `open_lab` for a new one.",
    ),
    "guide.not_back": (
        "El clúster se ha parado y no vuelve: {reason}",
        "The cluster has stopped and does not come back: {reason}",
    ),
    "guide.no_name": (
        "Falta `{name}`: lo crea la celda «{cell}», más arriba. Ejecútala y repite esta"
        " (o, en el menú: `Run > Run All Above Selected Cell`).",
        'There is no `{name}` yet: the cell "{cell}" further up makes it. Run it, then this one'
        " again (or in the menu: `Run > Run All Above Selected Cell`).",
    ),
    "guide.not_yet": (
        "Esta celda no encontró lo que esperaba: las anteriores de su apartado no se han ejecutado,"
        " o el laboratorio ha cambiado desde entonces. Ejecútalas en orden y repite esta."
        " ({error})",
        "This cell did not find what it expects: those before it in its section have not been run,"
        " or the lab has changed since. Run them in order, then this one again. ({error})",
    ),
    "guide.skipped": (
        "Más arriba hay celdas sin ejecutar en esta sesión; la primera, «{cell}». Si esta las"
        " necesita, ejecútalas en orden y repite esta.",
        "Further up are cells that have not been run in this session; the first one is"
        ' "{cell}". If this one needs them, run them in order, then this one again.',
    ),
    "guide.interrupted": (
        "Detenido. No se ha perdido nada: puedes seguir, o ejecutar la celda otra vez.",
        "Stopped. Nothing is lost: go on, or run the cell again.",
    ),
    "guide.not_yaml": (
        "`{file}`, línea {line}, no es YAML válido. Corrígelo, o vuelve al original con"
        ' `lab.restore("{file}")`, y ejecuta la celda otra vez.',
        "`{file}`, line {line}, is not valid YAML. Mend it, or go back to the original with"
        ' `lab.restore("{file}")`, and run the cell again.',
    ),
    "guide.refused": (
        "kubectl no pudo hacerlo (arriba dice por qué) y has cambiado {files}."
        " `lab.restore()` devuelve los originales y guarda los tuyos al lado.",
        "kubectl could not do it (the reason is above), and you have changed {files}."
        " `lab.restore()` brings the originals back and keeps yours beside them.",
    ),
    "guide.others": (
        "También está abierta: {lessons}. Las lecciones comparten el clúster y sus objetos:"
        " termina una antes de seguir con la otra, o esta verá los cambios de aquella.",
        "Also open: {lessons}. Lessons share the cluster and its objects: finish one before you go"
        " on with the other, or this one will see that one's changes.",
    ),
    "guide.lesson": ("lección {number}", "lesson {number}"),
}
