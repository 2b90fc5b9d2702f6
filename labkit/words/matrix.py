"""The words on the reachability matrix."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "matrix.from": ("desde \\ hacia", "from \\ to"),
    "matrix.yes": ("✓ llega", "✓ reaches"),
    "matrix.no": ("✗ no llega", "✗ does not"),
    "matrix.unknown": ("? sin apostar", "? no guess"),
    "matrix.help": (
        "Pulsa cada casilla hasta que diga lo que crees; después, descúbrelas.",
        "Press each cell until it says what you think; then reveal them.",
    ),
    "matrix.reveal": ("Descubrir", "Reveal"),
    "matrix.again": ("Volver a apostar", "Guess again"),
    "matrix.right": ("acertaste", "you were right"),
    "matrix.wrong": ("fallaste", "you were wrong"),
    "matrix.score": (
        "{right} de {guessed} apuestas acertadas ({n} casillas).",
        "{right} of {guessed} guesses right ({n} cells).",
    ),
    "matrix.why": ("Qué pasó en cada caso", "What happened in each case"),
    "matrix.alt.hidden": (
        "Tabla de {sources} orígenes por {targets} destinos, aún sin descubrir: hay que apostar "
        "quién llega a qué.",
        "Table of {sources} sources by {targets} targets, not yet revealed: guess who reaches "
        "what.",
    ),
    "matrix.alt": (
        "Tabla de {sources} orígenes por {targets} destinos. {parts}",
        "Table of {sources} sources by {targets} targets. {parts}",
    ),
    "matrix.part": ("Desde {source} se llega a: {reached}.", "{source} reaches: {reached}."),
    "matrix.nothing": ("nada", "nothing"),
    "matrix.answers": ("las respuestas", "the answers"),
}
