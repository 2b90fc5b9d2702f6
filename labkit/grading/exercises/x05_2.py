"""05.2: random or round robin? The verdict on a log, by the statistic that can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.grading.draw import Draw
from labkit.grading.examine import raised
from labkit.grading.nouns import Call, Cause, Said, Sight, Task, Test, because
from labkit.grading.plain import is_number
from labkit.lab.verdict import switches

RANDOM, TURNS = "random", "round-robin"


def log(draw: Draw, how: str, n: int = 200, pods: int = 2) -> list[str]:
    """``n`` answers of so many Pods: drawn at random, in turns, or at random in equal numbers."""
    names = [f"backend-{draw.word()}" for _ in range(pods)]
    if how == TURNS:
        return [names[place % pods] for place in range(n)]
    if how == "tied":
        return draw.shuffled([names[place % pods] for place in range(n)])
    return [draw.choice(names) for _ in range(n)]


def task(draw: Draw) -> Task:
    """A log of 200 answers."""
    how = draw.choice(("tied", TURNS, RANDOM))
    return Task({"answers": log(draw, how)}, how)


def cases(task: Task, draw: Draw) -> Mapping[str, Sequence[Sequence[Any]]]:
    """The learner's log, one of each kind, and one that is short enough to count by hand."""
    kinds = [log(draw, how) for how in (RANDOM, TURNS, "tied")]
    return {
        "judge_log": [[["a", "b", "b", "a"]], [task.data["answers"]], *([one] for one in kinds)]
    }


def count(sight: Sight) -> Cause | None:
    """The second value is the number of switches."""
    failed = raised(sight.calls["judge_log"])
    if failed is not None:
        return failed
    for call in sight.calls["judge_log"]:
        labels, said = call.arguments[0], call.result
        if not isinstance(said, list) or len(said) != 2 or not is_number(said[1]):
            return because("pair")
        right, got = switches(labels), said[1]
        if got == right:
            continue
        shown = " ".join(labels) if len(labels) <= 8 else f"({len(labels)})"
        if got == len(labels) - 1 - right:
            return because("repeats", log=shown, got=got)
        if got == right + 1:
            return because("runs", log=shown, got=got)
        if got == abs(labels.count(labels[0]) * 2 - len(labels)):
            return because("difference", log=shown, got=got)
        return because("count", log=shown, got=got)
    return None


def verdict(sight: Sight) -> Cause | None:
    """The first value is the verdict, on logs of 200 answers."""
    failed = raised(sight.calls["judge_log"])
    if failed is not None:
        return failed
    long = [call for call in sight.calls["judge_log"] if len(call.arguments[0]) >= 50]
    said = [_verdict_of(call) for call in long]
    if any(one not in (RANDOM, TURNS) for one in said):
        return because("words", got=next(one for one in said if one not in (RANDOM, TURNS)))
    right = [_truth(call) for call in long]
    if said == right:
        return None
    if len(set(said)) == 1:
        return because("constant", got=said[0])
    ties = [place for place, call in enumerate(long) if _tied(call) and right[place] == RANDOM]
    if ties and all(said[place] == TURNS for place in ties):
        return because("balance")
    return because("wrong", n=sum(1 for one, two in zip(said, right, strict=True) if one != two))


def _truth(call: Call) -> str:
    labels = call.arguments[0]
    return TURNS if switches(labels) == len(labels) - 1 and len(set(labels)) > 1 else RANDOM


def _tied(call: Call) -> bool:
    labels = call.arguments[0]
    return len({labels.count(one) for one in set(labels)}) == 1


def _verdict_of(call: Call) -> Any:
    return call.result[0] if isinstance(call.result, list) and call.result else call.result


TESTS = (
    Test("count", count, "cuenta bien los cambios", "the switches are counted right"),
    Test(
        "verdict",
        verdict,
        "dice azar o turnos, también cuando las cuentas empatan",
        "says random or in turns, also when the counts are tied",
        weight=2,
    ),
)

SAID: dict[str, Said] = {
    "pair": Said(
        "`judge_log` debe devolver dos cosas: el veredicto y un número.",
        "`judge_log` must return two things: the verdict and a number.",
        'El enunciado muestra la forma: `("random", 97)`.',
        'The statement shows the form: `("random", 97)`.',
    ),
    "repeats": Said(
        "En el registro {log} contaste {got}: son las repeticiones, no los cambios.",
        "In the log {log} you counted {got}: these are the repeats, not the switches.",
        "Un cambio es cuando la respuesta *no* es del mismo Pod que la anterior.",
        "A switch is an answer that is *not* from the same Pod as the one before.",
    ),
    "runs": Said(
        "En el registro {log} contaste {got}: hay uno de más.",
        "In the log {log} you counted {got}: one too many.",
        "La primera respuesta no cambia respecto de nada: contaste rachas.",
        "The first answer is no switch from anything: you counted runs.",
    ),
    "difference": Said(
        "En el registro {log} diste {got}: la diferencia entre las cuentas no dice nada del orden.",
        "In the log {log} you gave {got}: the difference between the counts says nothing of order.",
        "Mira cada respuesta junto a la anterior.",
        "Look at each answer beside the one before.",
        "M14",
    ),
    "count": Said(
        "En el registro {log} contaste {got}, y no son esos los cambios.",
        "In the log {log} you counted {got}, and these are not the switches.",
        'Pruébalo con `["a", "b", "b", "a"]`, que se cuenta a mano.',
        'Try it on `["a", "b", "b", "a"]`, which you can count by hand.',
    ),
    "words": Said(
        'El veredicto «{got}» no es ninguno de los dos: "random" o "round-robin".',
        'The verdict {got!r} is neither of the two: "random" or "round-robin".',
        "Escríbelos exactamente así.",
        "Write them exactly so.",
    ),
    "constant": Said(
        "Dices «{got}» de todos los registros, y no todos son iguales.",
        "You say {got!r} of every log, and they are not all alike.",
        "¿Usa tu función el registro que recibe, o recuerda el tuyo?",
        "Does your function use the log that it is given, or remember yours?",
        "M12",
    ),
    "balance": Said(
        "Llamas turnos a un registro al azar porque las cuentas empatan.",
        "You call a random log round robin because its counts are tied.",
        "Dos cuentas iguales salen de los turnos y también del azar: solo el orden los distingue.",
        "Equal counts come from turns and from chance alike: only the order tells them apart.",
        "M14",
    ),
    "wrong": Said(
        "El veredicto falla en {n} de los registros.",
        "The verdict is wrong for {n} of the logs.",
        "Con 200 respuestas y dos Pods, ¿cuántos cambios da un turno perfecto? ¿Y el azar?",
        "With 200 answers and two Pods, how many switches do perfect turns make? And chance?",
    ),
}
