"""02.1: which Pods are ready endpoints after each of five events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labkit.grading.draw import Draw
from labkit.grading.nouns import Cause, Said, Sight, Task, Test, because, no_cases

EVENTS = 5
Pods = dict[str, dict[str, Any]]


def task(draw: Draw) -> Task:
    """Four Pods of an application, a Service, and five events."""
    app = draw.choice(("shop", "cart", "users", "orders"))
    names = [f"{app}-{draw.word()}" for _ in range(5)]
    first, second, third = draw.sample(names[:4], 3)
    middle = draw.shuffled(
        [
            ("relabel", second, f"kubectl label pod {second} app=archive --overwrite"),
            ("delete", third, f"kubectl delete pod {third}"),
            ("deployment", "", f"kubectl label deployment {app} app=archive --overwrite"),
        ]
    )
    middle = [("unready", first, f"pod/{first}: Ready=False"), *middle]
    place = draw.between(1, 4)
    middle[place - 1 : place - 1] = [
        ("new", names[4], f"pod/{names[4]} (app={app}): Running, Ready=False")
    ]
    events = middle[:EVENTS]
    pods = {name: {"app": app, "ready": True} for name in names[:4]}
    data = {
        "service": {"name": app, "selector": {"app": app}},
        "pods": [{"name": name, "app": app, "Ready": True} for name in names[:4]],
        "events": [text for _, _, text in events],
    }
    return Task(
        data, {"pods": pods, "events": [(what, pod) for what, pod, _ in events], "app": app}
    )


def after(truth: Mapping[str, Any], step: int, belief: str = "") -> set[str]:
    """The ready endpoints after ``step`` events, as they are or as somebody believes.

    Beliefs: ``running`` (readiness does not matter), ``deployment`` (what the Deployment made
    stays in, whatever its labels; and the Deployment's labels matter), ``stale`` (deleted Pods
    stay in).
    """
    pods: Pods = {name: dict(pod) for name, pod in truth["pods"].items()}
    for what, name in truth["events"][:step]:
        if what == "unready":
            pods[name]["ready"] = False
        elif what == "relabel" and belief != "relabel":
            pods[name]["app"] = "archive"
        elif what == "delete" and belief != "stale":
            del pods[name]
        elif what == "new":
            pods[name] = {"app": truth["app"], "ready": False}
        elif what == "deployment" and belief == "deployment":
            pods = {one: {**pod, "app": "archive"} for one, pod in pods.items()}
    return {
        name
        for name, pod in pods.items()
        if pod["app"] == truth["app"] and (pod["ready"] or belief == "running")
    }


BELIEFS = ("running", "relabel", "deployment", "stale")


def step_test(step: int) -> Callable[[Sight], Cause | None]:
    """The test of one event."""

    def run(sight: Sight) -> Cause | None:
        slices = sight.answers["slices"]
        if not isinstance(slices, list) or len(slices) != EVENTS:
            return because("five", events=EVENTS)
        said, right = slices[step - 1], after(sight.task.truth, step)
        if said is None:
            return because("blank", step=step)
        if not isinstance(said, list):
            return because("list", step=step)
        if set(said) == right and len(said) == len(right):
            return None
        for belief in BELIEFS:
            if set(said) == after(sight.task.truth, step, belief):
                return because(belief, step=step)
        return because("other", step=step, more=len(set(said) - right), less=len(right - set(said)))

    return run


cases = no_cases

TESTS = tuple(
    Test(f"event_{step}", step_test(step), f"tras el suceso {step}", f"after event {step}")
    for step in range(1, EVENTS + 1)
)

SAID: dict[str, Said] = {
    "five": Said(
        "`slices` debe tener {events} listas, una por suceso.",
        "`slices` must have {events} lists, one for each event.",
        "Si tras un suceso no queda nadie, escribe una lista vacía.",
        "If nobody is left after an event, write an empty list.",
    ),
    "blank": Said("Falta la lista del suceso {step}.", "The list of event {step} is missing."),
    "list": Said(
        "Tras el suceso {step} hace falta una lista de nombres de Pods.",
        "After event {step} a list of Pod names is needed.",
    ),
    "running": Said(
        "Tras el suceso {step} cuentas un Pod que funciona pero no está listo.",
        "After event {step} you count a Pod that runs but is not ready.",
        "Running y Ready son dos condiciones: ¿cuál mira el EndpointSlice?",
        "Running and Ready are two conditions: which one does the EndpointSlice look at?",
        "M4",
    ),
    "relabel": Said(
        "Tras el suceso {step} cuentas un Pod cuya etiqueta ya no encaja.",
        "After event {step} you count a Pod whose label does not match any more.",
        "El Service elige por etiquetas, no por quién creó el Pod.",
        "The Service chooses by labels, not by who made the Pod.",
        "M3",
    ),
    "deployment": Said(
        "Tras el suceso {step} vacías la lista, y ningún Pod ha cambiado.",
        "After event {step} you empty the list, and no Pod has changed.",
        "¿De qué objeto son las etiquetas que compara el Service?",
        "Whose labels does the Service compare?",
        "M3",
    ),
    "stale": Said(
        "Tras el suceso {step} cuentas un Pod que ya no existe.",
        "After event {step} you count a Pod that is gone.",
        "El EndpointSlice se recalcula con cada cambio de un Pod.",
        "The EndpointSlice is computed again with each change of a Pod.",
    ),
    "other": Said(
        "Tras el suceso {step} sobran {more} y faltan {less}.",
        "After event {step} there are {more} too many and {less} missing.",
        "Parte de tu lista anterior y cambia solo lo que cambia el suceso.",
        "Start from your list before and change only what the event changes.",
    ),
}
