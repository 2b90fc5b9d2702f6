"""05.1: the probabilities on the rules of a Service's chain (kube-proxy's statistic match)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from labkit.grading.draw import Draw
from labkit.grading.examine import raised
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because
from labkit.grading.plain import close, is_number


def task(draw: Draw) -> Task:
    """How many endpoints the example has."""
    return Task({"endpoints": draw.between(3, 6)})


def cases(task: Task, draw: Draw) -> Mapping[str, Sequence[Sequence[Any]]]:
    """One, two, three endpoints and as many as the example has."""
    return {"chain": [[1], [2], [3], [task.data["endpoints"]]]}


def shares(chain: Sequence[float]) -> tuple[list[float], float]:
    """What part of the connections each rule takes, and what part falls through."""
    left, taken = 1.0, []
    for chance in chain:
        taken.append(left * chance)
        left -= left * chance
    return taken, left


def one_per_rule(sight: Sight) -> Cause | None:
    """A list of as many probabilities as there are endpoints."""
    failed = raised(sight.calls["chain"])
    if failed is not None:
        return failed
    for call in sight.calls["chain"]:
        n, chain = call.arguments[0], call.result
        if not isinstance(chain, list) or not all(is_number(one) for one in chain):
            return because("not_a_list", n=n)
        if len(chain) == n - 1:
            return because("no_last", n=n, got=len(chain))
        if len(chain) != n:
            return because("length", n=n, got=len(chain))
        if any(one > 1 + 1e-9 for one in chain):
            return because("percent", n=n, worst=max(chain))
        if any(one < 0 for one in chain):
            return because("negative", n=n)
    return None


def nothing_lost(sight: Sight) -> Cause | None:
    """No connection falls through the chain."""
    for call in sight.calls["chain"]:
        n, chain = call.arguments[0], call.result
        _, lost = shares(chain)
        if lost > 1e-6:
            key = "same_share" if n > 1 and all(close(one, 1 / n) for one in chain) else "lost"
            return because(key, n=n, lost=f"{lost:.1%}")
    return None


def equal(sight: Sight) -> Cause | None:
    """Every endpoint gets the same share."""
    for call in sight.calls["chain"]:
        n, chain = call.arguments[0], call.result
        taken, _ = shares(chain)
        if all(close(one, 1 / n) for one in taken):
            continue
        shown = " / ".join(f"{one:.0%}" for one in taken[:6])
        if n > 1 and taken[0] > 1 - 1e-6:
            return because("first_takes_all", n=n)
        if n > 2 and close(chain[0], 1 / n) and close(chain[1], (n - 1) / n):
            return because("skewed", n=n, shown=shown)
        if any(one < other - 1e-6 for one, other in pairwise(taken)):
            return because("late", n=n, shown=shown)
        return because("uneven", n=n, shown=shown)
    return None


TESTS = (
    Test(
        "one_per_rule",
        one_per_rule,
        "una probabilidad por regla, una regla por endpoint",
        "one probability per rule, one rule per endpoint",
    ),
    Test(
        "nothing_lost",
        nothing_lost,
        "ninguna conexión se escapa de la cadena",
        "no connection falls through the chain",
        needs="one_per_rule",
    ),
    Test(
        "equal",
        equal,
        "cada endpoint recibe la misma parte",
        "every endpoint gets the same share",
        weight=2,
        needs="nothing_lost",
    ),
)

SAID: dict[str, Said] = {
    "not_a_list": Said(
        "Para n={n}, `chain` no devolvió una lista de números.",
        "For n={n}, `chain` did not return a list of numbers.",
        "El enunciado muestra la forma: `chain(2)` da una lista con dos números.",
        "The statement shows the form: `chain(2)` gives a list of two numbers.",
    ),
    "no_last": Said(
        "Para n={n} hay {got} probabilidades: falta la de la última regla.",
        "For n={n} there are {got} probabilities: that of the last rule is missing.",
        "¿Con qué probabilidad se cumple una regla que no lleva `statistic`?",
        "With what probability does a rule without `statistic` match?",
    ),
    "length": Said(
        "Para n={n} hay {got} probabilidades; debe haber una por endpoint.",
        "For n={n} there are {got} probabilities; there must be one for each endpoint.",
        "¿Depende tu lista de `n`, o de un caso que tenías delante?",
        "Does your list depend on `n`, or on one case that you had before you?",
    ),
    "percent": Said(
        "Para n={n} aparece {worst}: una probabilidad no pasa de 1.",
        "For n={n} there is {worst}: a probability is never above 1.",
        "`--probability` quiere una fracción de 1, no un porcentaje.",
        "`--probability` wants a fraction of 1, not a percentage.",
    ),
    "negative": Said(
        "Para n={n} hay una probabilidad negativa.",
        "For n={n} there is a negative probability.",
        "Escribe a mano la lista para n=3 antes de generalizar.",
        "Write the list for n=3 by hand before you generalise.",
    ),
    "same_share": Said(
        "La misma probabilidad en todas las reglas pierde conexiones: con n={n}, el {lost} no"
        " cumple ninguna y sale con la ClusterIP como destino.",
        "The same probability on every rule loses connections: with n={n}, {lost} match none and"
        " leave with the ClusterIP as their destination.",
        "Cada regla solo ve lo que las anteriores dejaron pasar.",
        "Each rule sees only what the ones before it let through.",
        "M13",
    ),
    "lost": Said(
        "Con n={n}, el {lost} de las conexiones no cumple ninguna regla.",
        "With n={n}, {lost} of the connections match no rule.",
        "Sigue a una conexión con mala suerte hasta el final de la cadena.",
        "Follow a connection that is out of luck to the end of the chain.",
    ),
    "first_takes_all": Said(
        "Con n={n}, la primera regla se queda con todo: las demás no ven ni una conexión.",
        "With n={n} the first rule takes everything: the others never see a connection.",
        "Las reglas se leen de arriba abajo. ¿Cuál de ellas puede ser segura?",
        "Rules are read from the top. Which of them may be certain?",
    ),
    "skewed": Said(
        "Con n={n} el reparto es {shown}: la segunda regla se lleva de más.",
        "With n={n} the shares are {shown}: the second rule takes too much.",
        "Esta cadena circula por ahí: la segunda regla reparte entre los que *quedan*.",
        "This chain is found in the wild: the second rule shares among those that are *left*.",
        "M13",
    ),
    "late": Said(
        "Con n={n} el reparto es {shown}: los endpoints del final reciben más.",
        "With n={n} the shares are {shown}: endpoints at the end get more.",
        "Multiplica: lo que llega a una regla por la probabilidad de esa regla.",
        "Multiply: what reaches a rule times the probability of that rule.",
    ),
    "uneven": Said(
        "Con n={n} el reparto es {shown}; debía ser igual para todos.",
        "With n={n} the shares are {shown}; they should be equal.",
        "Multiplica: lo que llega a una regla por la probabilidad de esa regla.",
        "Multiply: what reaches a rule times the probability of that rule.",
    ),
}
