"""What is said when a submission did not come as far as a judgement: the run itself failed."""

from __future__ import annotations

from labkit.grading.nouns import Said

RUNS: dict[str, Said] = {
    "run.slow": Said(
        "La celda {cell} no terminó en {seconds} s y se detuvo.",
        "Cell {cell} did not end within {seconds} s and was stopped.",
        "Busca un bucle que no acaba o una espera: en tu cuaderno, interrumpe el kernel y mira dónde estaba.",
        "Look for a loop that does not end, or a wait: in your notebook interrupt the kernel and see where it was.",
    ),
    "run.dead": Said(
        "El kernel murió mientras se ejecutaba la celda {cell}.",
        "The kernel died while cell {cell} was running.",
        "`os._exit`, `sys.exit` y quedarse sin memoria lo terminan; ejecuta la celda en un kernel recién iniciado.",
        "`os._exit`, `sys.exit` and running out of memory end it; run the cell in a fresh kernel.",
    ),
    "run.flood": Said(
        "La celda {cell} escribió demasiado y se detuvo.",
        "Cell {cell} printed too much and was stopped.",
        "Imprime resultados, no cada paso.",
        "Print results, not every step.",
    ),
    "run.memory": Said(
        "La celda {cell} pidió más memoria de la que hay para un ejercicio.",
        "Cell {cell} asked for more memory than there is for an exercise.",
        "Ningún ejercicio necesita más de unos megabytes.",
        "No exercise needs more than a few megabytes.",
    ),
    "run.processes": Said(
        "La celda {cell} inició demasiados procesos y se detuvo.",
        "Cell {cell} started too many processes and was stopped.",
        "Ningún ejercicio necesita `fork` ni más de unos pocos procesos.",
        "No exercise needs `fork`, or more than a few processes.",
    ),
    "run.files": Said(
        "La celda {cell} creó demasiados archivos y se detuvo.",
        "Cell {cell} made too many files and was stopped.",
        "Ningún ejercicio necesita más de unos pocos archivos.",
        "No exercise needs more than a few files.",
    ),
    "run.lab": Said(
        "El clúster de la calificación no resistió esta respuesta.",
        "The cluster of the grading did not survive this answer.",
        "¿Pide tu manifiesto miles de Pods o de objetos? Pruébalo en tu laboratorio.",
        "Does your manifest ask for thousands of Pods or objects? Try it in your lab.",
    ),
    "run.error": Said(
        "La celda {cell} terminó en error: {error}.",
        "Cell {cell} ended in an error: {error}.",
        "La celda de respuesta se ejecuta sola, con `task`: lo que use debe estar en ella.",
        "The answer cell runs alone, with `task`: what it uses must be in it.",
    ),
    "run.not_plain": Said(
        "{name} no se puede leer como respuesta ({kind}).",
        "{name} cannot be read as an answer ({kind}).",
        "Números, textos, listas y diccionarios, de menos de 64 KB.",
        "Numbers, texts, lists and dictionaries, of less than 64 KB.",
    ),
    "run.deleted": Said(
        "No se encontró ninguna celda con la respuesta.",
        "No cell with the answer was found.",
        "Responde en la celda que trae el cuaderno; si la borraste, copia la de uno nuevo.",
        "Answer in the cell that the notebook brings; if you deleted it, copy that of a fresh one.",
    ),
    "run.silent": Said(
        "La celda se ejecutó, pero no se pudo recoger ninguna respuesta.",
        "The cell ran, but no answer could be collected.",
        "¿Cambia tu celda funciones de Python o de labkit? Déjalas como son.",
        "Does your cell change functions of Python or labkit? Leave them as they are.",
    ),
    "run.broken": Said(
        "No se pudo ejecutar: {reason}.",
        "It could not be run: {reason}.",
        "No es culpa de tu respuesta: avisa a quien enseña.",
        "This is not your answer's fault: tell your teacher.",
    ),
    "file.symlink": Said(
        "La entrega es un enlace simbólico: no se sigue.",
        "The submission is a symbolic link: it is not followed.",
        "Entrega el archivo mismo.",
        "Hand in the file itself.",
    ),
    "file.not_a_file": Said(
        "La entrega no es un archivo corriente.",
        "The submission is no regular file.",
        "Entrega el cuaderno (.ipynb).",
        "Hand in the notebook (.ipynb).",
    ),
    "file.unreadable": Said(
        "La entrega no se puede leer ({reason}).",
        "The submission cannot be read ({reason}).",
        "Entrégala otra vez.",
        "Hand it in again.",
    ),
    "file.too_large": Said(
        "La entrega ocupa {size}; como mucho pueden ser {most}.",
        "The submission has {size}; it may have {most} at most.",
        "Borra las salidas (Editar, Borrar todas las salidas) y guárdalo.",
        "Clear the outputs (Edit, Clear Outputs of All Cells) and save it.",
    ),
    "file.not_json": Said(
        "La entrega no es un cuaderno que se pueda leer ({reason}).",
        "The submission is no notebook that can be read ({reason}).",
        "Ábrela en JupyterLab; si no se abre, vuelve a descargarla y guardarla.",
        "Open it in JupyterLab; if it does not open, download and save it again.",
    ),
    "file.no_exercise": Said(
        "En la entrega no hay ningún ejercicio.",
        "There is no exercise in the submission.",
        "¿Es el cuaderno de la lección?",
        "Is it the lesson's notebook?",
    ),
}

NOTES: dict[str, tuple[str, str]] = {
    "by_id": (
        "{id}: la celda había perdido su etiqueta; se encontró por su identificador.",
        "{id}: the cell had lost its tag; it was found by its id.",
    ),
    "by_search": (
        "{id}: la celda había perdido etiqueta e identificador; se encontró por lo que define.",
        "{id}: the cell had lost tag and id; it was found by what it defines.",
    ),
    "deleted": (
        "{id}: no hay ninguna celda con la respuesta.",
        "{id}: there is no cell with the answer.",
    ),
    "retyped": (
        "{id}: la celda de respuesta ya no era de código; se ejecutó igual.",
        "{id}: the answer cell was no code cell any more; it was run all the same.",
    ),
    "duplicated": (
        "{id}: hay varias celdas de respuesta; se ejecutaron en orden y cuenta la última.",
        "{id}: there are several answer cells; they were run in order and the last one counts.",
    ),
    "reordered": (
        "Los ejercicios no están en su orden; no importa.",
        "The exercises are not in their order; that does not matter.",
    ),
    "kernel": (
        "El cuaderno pedía el kernel «{name}»; se ejecutó con Python.",
        "The notebook asked for the kernel {name!r}; it was run with Python.",
    ),
    "check_changed": (
        "{id}: la celda de comprobación está cambiada; no se ejecuta.",
        "{id}: the check cell was changed; it is not run.",
    ),
    "long_cell": (
        "{id}: una celda de respuesta es demasiado larga y no se ejecutó.",
        "{id}: an answer cell is too long and was not run.",
    ),
    "practice_data": (
        "{id}: datos de práctica, los mismos para todos.",
        "{id}: practice data, the same for everybody.",
    ),
    "foreign_data": (
        "{id}: los datos del cuaderno no son los de esta persona; se usaron los suyos.",
        "{id}: the notebook's data are not this learner's; theirs were used.",
    ),
}
"""Odd things about a submission: told, and never held against anyone by themselves."""
