"""What labkit says of the learner's predictions."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "grading.kept": (
        "Apuesta {id} guardada: {guess}. Volverá cuando veas lo que sale.",
        "Bet {id} kept: {guess}. It comes back when you see what comes out.",
    ),
    "grading.none": (
        "No había ninguna apuesta {id}. Salió: {came}.",
        "There was no bet {id}. What came: {came}.",
    ),
    "grading.beside": (
        "Apostaste {guess}; salió {came}.",
        "You bet {guess}; what came is {came}.",
    ),
    "grading.same": (
        "Apostaste {guess}, y eso salió.",
        "You bet {guess}, and so it came.",
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
}
