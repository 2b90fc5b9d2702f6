"""The commands of ``run.py``: one line each, details, examples.  Standard library alone."""

from __future__ import annotations

import difflib
import io
import sys
from collections.abc import Callable

from tools import tasks
from tools.prepare import Stop, note, say

Task = Callable[[list[str]], int]
Text = tuple[str, str]  # in English, in Spanish

# name: (task, one line, details and examples), each in English and Spanish
COMMANDS: dict[str, tuple[Task, Text, Text]] = {
    "lab": (
        tasks.lab,
        (
            "run the two-node lab from start to clean-up, then open the course",
            "ejecuta el laboratorio de dos nodos de principio a fin y abre el curso",
        ),
        (
            """
python3 run.py lab                        the lab; in a terminal, then JupyterLab
python3 run.py lab --no-open              the lab alone
python3 run.py lab --requests 500 --seed 7 --json result.json
python3 run.py lab --lang es              in Spanish

Other options go to `labkit lab`: --backend, --requests, --seed, --keep, --json FILE.""",
            """
python3 run.py lab                        el laboratorio; en una terminal, después JupyterLab
python3 run.py lab --no-open              solo el laboratorio
python3 run.py lab --requests 500 --seed 7 --json resultado.json
python3 run.py lab --lang en              en inglés

Las demás opciones van a `labkit lab`: --backend, --requests, --seed, --keep, --json FICHERO.""",
        ),
    ),
    "open": (
        tasks.open_course,
        ("open the course in JupyterLab", "abre el curso en JupyterLab"),
        (
            """
python3 run.py open                       lesson 0, in the language of your machine
python3 run.py open 7 --lang es           lesson 7, in Spanish
python3 run.py open 0 --no-browser        other options go to JupyterLab""",
            """
python3 run.py open                       lección 0, en el idioma de tu máquina
python3 run.py open 7 --lang en           lección 7, en inglés
python3 run.py open 0 --no-browser        las demás opciones van a JupyterLab""",
        ),
    ),
    "test": (
        tasks.test,
        ("run every check and every test there is", "ejecuta todas las comprobaciones y pruebas"),
        (
            """
python3 run.py test                       lint, then everything, on two processors
python3 run.py test tests/architecture    other words go to pytest
python3 run.py test --no-lint -k parse    without lint

A group of tests that this machine cannot run is skipped, with the reason in the summary;
LABKIT_REQUIRE=linux,kubectl,chromium makes such a skip a failure.""",
            """
python3 run.py test                       lint y después todo, en dos procesadores
python3 run.py test tests/architecture    las demás palabras van a pytest
python3 run.py test --no-lint -k parse    sin lint

Un grupo de pruebas que esta máquina no puede ejecutar se omite y el resumen dice por qué;
con LABKIT_REQUIRE=linux,kubectl,chromium omitirlo es un fallo.""",
        ),
    ),
    "lint": (
        tasks.lint,
        ("ruff, mypy and the architecture tests", "ruff, mypy y las pruebas de arquitectura"),
        (
            """
python3 run.py lint
python3 run.py lint --fix                 repair and format what can be""",
            """
python3 run.py lint
python3 run.py lint --fix                 repara y da formato a lo que se pueda""",
        ),
    ),
    "bench": (
        tasks.bench,
        (
            "measure, and print figures with their spread",
            "mide e imprime las cifras con su dispersión",
        ),
        (
            """
python3 run.py bench                      every benchmark in bench/
python3 run.py bench startup --json f.json""",
            """
python3 run.py bench                      todas las mediciones de bench/
python3 run.py bench startup --json f.json""",
        ),
    ),
    "notebooks": (
        tasks.notebooks,
        (
            "build the lessons of both languages from their source",
            "construye las lecciones de ambos idiomas a partir de su fuente",
        ),
        (
            """
python3 run.py notebooks                  write notebooks/es and notebooks/en
python3 run.py notebooks --check          only compare""",
            """
python3 run.py notebooks                  escribe notebooks/es y notebooks/en
python3 run.py notebooks --check          solo compara""",
        ),
    ),
    "book": (
        tasks.book,
        (
            "build the lessons as a static site, to read without Jupyter",
            "construye las lecciones como sitio estático, para leer sin Jupyter",
        ),
        (
            """
python3 run.py book                       write build/book; open build/book/index.html
python3 run.py book --only 05             only lesson 5""",
            """
python3 run.py book                       escribe build/book; abre build/book/index.html
python3 run.py book --only 05             solo la lección 5""",
        ),
    ),
    "clean": (
        tasks.clean,
        (
            "remove what run.py made: .venv, caches, run.log, build/book",
            "borra lo que hizo run.py: .venv, cachés, run.log, build/book",
        ),
        ("\npython3 run.py clean", "\npython3 run.py clean"),
    ),
}


def overview() -> str:
    """All commands, one line each."""
    lines = [f"  {name:<11}{say(*line)}" for name, (_, line, _) in COMMANDS.items()]
    head = say("usage: python3 run.py COMMAND [options]", "uso: python3 run.py ORDEN [opciones]")
    examples = say("examples:", "ejemplos:") + "\n  python3 run.py lab\n  python3 run.py test"
    more = say("Details: python3 run.py COMMAND --help", "Detalles: python3 run.py ORDEN --help")
    return "\n".join([head, "", *lines, "", examples, "", more])


def main(words: list[str]) -> int:
    """Find the command and do it; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a path may hold what the terminal cannot show
            stream.reconfigure(errors="replace")
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    name, rest = words[0], words[1:]
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, 1)
        hint = say(f" Did you mean {close[0]}?", f" ¿Querías decir {close[0]}?") if close else ""
        note(say(f"run.py: no command {name}.", f"run.py: no hay orden {name}.") + hint)
        note("\n" + overview())
        return 2
    task, line, details = COMMANDS[name]
    if rest[:1] in (["-h"], ["--help"]):
        print(f"run.py {name}: {say(*line)}\n{say(*details)}")
        return 0
    try:
        return task(list(rest))
    except Stop as stop:
        note(f"run.py: {stop}")
        return stop.status
    except KeyboardInterrupt:
        note(say("\nrun.py: interrupted.", "\nrun.py: interrumpido."))
        return 130
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        note(
            f"run.py: {where}{error.strerror or error}. "
            + say(
                "Make it writable or make room, then run this again.",
                "Da permiso de escritura o libera espacio y repite la orden.",
            )
        )
        return 1
