"""What labkit says to a learner of predictions and exercises."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "grading.kept": (
        "Apuesta {id} guardada: {guess}. Volverá cuando veas lo que sale.",
        "Bet {id} saved: {guess}. You will see it again beside the result.",
    ),
    "grading.none": (
        "No había ninguna apuesta {id}. Salió: {came}.",
        "There was no bet {id}. The answer was {came}.",
    ),
    "grading.beside": (
        "Apostaste {guess}; salió {came}.",
        "You bet {guess}; the answer was {came}.",
    ),
    "grading.same": (
        "Apostaste {guess}, y eso salió.",
        "You bet {guess}, and that was the answer.",
    ),
    "grading.why": (
        "¿Por qué? Dilo en una frase antes de seguir leyendo.",
        "Why? Say it in one sentence before you read on.",
    ),
    "grading.not_kept": (
        "La apuesta no se puede guardar en {file} ({reason}); esta sesión la recuerda.",
        "The bet cannot be kept in {file} ({reason}); this session remembers it.",
    ),
    "grading.not_json": (
        "La apuesta {id} debe ser un número, un texto, o una lista de ellos; {kind} no se puede"
        " guardar.",
        "Bet {id} must be a number, a text, or a list of them; {kind} cannot be kept.",
    ),
    # ---- exercises
    "grading.unknown": ("No existe el ejercicio «{id}».", "There is no exercise {id!r}."),
    "grading.unknown.fix": ("Los que hay: {ids}.", "Those there are: {ids}."),
    "grading.state.not_started": ("sin empezar", "not started"),
    "grading.state.missing": ("falta algo", "something is missing"),
    "grading.state.keep_working": ("sigue trabajando", "keep working"),
    "grading.state.almost": ("casi", "almost"),
    "grading.state.correct": ("correcto", "correct"),
    "grading.headline": (
        "{sign} Ejercicio {id}: {state} ({done} de {all} comprobaciones visibles)",
        "{sign} Exercise {id}: {state} ({done} of {all} visible checks)",
    ),
    "grading.waiting": ("Se comprobará después: {names}.", "To be checked after that: {names}."),
    "grading.next.hint": (
        'Pista: hint("{id}"). Pedirla no resta nada.',
        'A hint: hint("{id}"). Asking costs nothing.',
    ),
    "grading.next.passed": (
        'Nuestra solución: solution("{id}"). Al calificar se puede probar además con otros datos.',
        'Our solution: solution("{id}"). Grading may try it on other data as well.',
    ),
    "grading.next.hint.terminal": (
        "Pista: [h], o `labkit exercise {id} --hint`. Pedirla no resta nada.",
        "A hint: [h], or `labkit exercise {id} --hint`. Asking costs nothing.",
    ),
    "grading.next.passed.terminal": (
        "Nuestra solución: [s]. Al calificar se prueba además con otros datos.",
        "Our solution: [s]. Grading tries it on other data as well.",
    ),
    "grading.not_plain": (
        "{name} no se puede leer como respuesta ({kind}): usa números, textos, listas y"
        " diccionarios.",
        "{name} cannot be read as an answer ({kind}): use numbers, texts, lists and dictionaries.",
    ),
    "grading.hint": (
        "Pista {level} de {most} ({id}): {text}",
        "Hint {level} of {most} ({id}): {text}",
    ),
    "grading.bad_hint": (
        "No hay pista de nivel {level}: los niveles son 1, 2 y 3.",
        "There is no hint of level {level}: the levels are 1, 2 and 3.",
    ),
    "grading.reset": (
        "Ejercicio {id} olvidado: comprobaciones y pistas vuelven a cero. Tu celda sigue igual.",
        "Exercise {id} forgotten: checks and hints are back to zero. Your cell was not touched.",
    ),
    "grading.closed": (
        "La solución de {id} se abre cuando la tuya sea correcta. Mientras tanto, pide una pista.",
        "The solution of {id} opens when yours is correct. Until then, ask for a hint.",
    ),
    "grading.solution": ("Nuestra solución de {id}:", "Our solution of {id}:"),
    "grading.bad_file": (
        '{file} no es un archivo de progreso: lo escribe progress(export="mio.json").',
        '{file} is no progress file: progress(export="mine.json") writes one.',
    ),
    "grading.overview": (
        "Progreso: {passed} de {all} ejercicios correctos",
        "Progress: {passed} of {all} exercises correct",
    ),
    "grading.overview.row": (
        "comprobaciones: {checks}, pistas: {hints}",
        "checks: {checks}, hints: {hints}",
    ),
    "grading.record.title": ("Mi curso de ClusterIP", "My ClusterIP course"),
    "grading.record.about": (
        "Registro hecho por labkit en el equipo de quien aprende: cuenta lo hecho, no certifica"
        " quién lo hizo.",
        "A record that labkit made on the learner's machine: it tells what was done, and does not"
        " prove by whom.",
    ),
    "grading.record.beliefs": ("Ideas que han cambiado", "Beliefs that changed"),
    "grading.record.no_beliefs": (
        "Ninguna respuesta mostró una idea equivocada que después se superara.",
        "No answer showed a misconception that was overcome later.",
    ),
    "grading.record.traces": ("Lo que queda en este equipo", "What is left on this machine"),
    "grading.record.none": (
        "Nada: ningún clúster de labkit, ningún contexto suyo en tu kubeconfig.",
        "Nothing: no cluster of labkit's, no context of it in your kubeconfig.",
    ),
    "grading.record.left": (
        "{names}. `labkit down` lo quita.",
        "{names}. `labkit down` removes it.",
    ),
    "grading.record.cluster": ("el clúster «{name}»", "the {name} cluster"),
    "grading.record.context": (
        "el contexto «{name}» en {file}",
        "the context {name!r} in {file}",
    ),
    "grading.column.id": ("ejercicio", "exercise"),
    "grading.column.title": ("título", "title"),
    "grading.column.state": ("estado", "state"),
    "grading.column.checks": ("comprobaciones", "checks"),
    "grading.column.hints": ("pistas", "hints"),
    # ---- what the builder writes above and below an exercise
    "grading.cell.head": (
        "## Ejercicio {id} · {title}\n\n**{minutes} min · {points} puntos · {level}**\n\n{text}",
        "## Exercise {id} · {title}\n\n**{minutes} min · {points} points · {level}**\n\n{text}",
    ),
    "grading.level.twiddle": ("cambiar un valor", "change a value"),
    "grading.level.tweak": ("cambiar una parte", "change a part"),
    "grading.level.frob": ("construir", "build"),
    "grading.cell.check": (
        "Comprueba. Cada línea dice qué está bien y qué falta:",
        "Check it. Each line says what is right and what is missing:",
    ),
    "grading.cell.also": ("Y la otra parte:", "And the other part:"),
    "grading.cell.answer": (
        'Escribe aquí tu respuesta. `check("{id}")` la prueba cuantas veces quieras;'
        ' `hint("{id}")` da una pista, hasta tres.',
        'Write your answer here. `check("{id}")` tries it as often as you like;'
        ' `hint("{id}")` gives a hint, up to three.',
    ),
}
