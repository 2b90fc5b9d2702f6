"""Who answers: exact bands of chance, affinity, and the local traffic policy."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.lab import verdict
from labkit.parity.differences import Difference, NotHere, compare
from labkit.parity.stage import Stage

REQUESTS = 200
URL = "http://backend-service/hostname"


def fair_draw(stage: Stage) -> Iterator[Difference]:
    """200 requests over two Pods are an even, independent draw (false alarm: 1 in a million)."""
    yield from fair(stage, 2)


def fair_draw_of_three(stage: Stage) -> Iterator[Difference]:
    """The same over three Pods."""
    stage.scale(3)
    try:
        settle(stage)
        yield from fair(stage, 3)
    finally:
        stage.scale(2)
        settle(stage)


def fair(stage: Stage, pods: int) -> Iterator[Difference]:
    """The verdict on as many answers as tell."""
    names = [one.name for one in stage.backends()]
    yield from compare("Pods", pods, len(names))
    answers = stage.ask("client-pod", URL, REQUESTS)
    yield from compare("answers", REQUESTS, len(answers))
    yield from compare("strangers", set(), set(answers) - set(names))
    judged = verdict.judge(answers, names)
    if judged.kind != "random":
        low, high = judged.band
        found = f"{judged.kind}: {judged.counts}, {judged.switches} switches"
        yield Difference(f"{pods} Pods", f"random: {low} to {high} each", found)


def settle(stage: Stage) -> None:
    """Until all Pods that are there answer, and no other: the node's rules follow the slices
    after a moment."""
    end = stage.clock.monotonic() + 30
    names = {one.name for one in stage.backends()}
    while set(stage.ask("client-pod", URL, 30)) != names:
        if stage.clock.monotonic() > end:
            return


def affinity(stage: Stage) -> Iterator[Difference]:
    """With ClientIP affinity one Pod answers all requests of a client."""
    answers = stage.ask("client-pod", "http://sticky/hostname", 60)
    yield from compare("answers", 60, len(answers))
    yield from compare("Pods that answered", 1, len(set(answers)))


def local_policy(stage: Stage) -> Iterator[Difference]:
    """With internalTrafficPolicy Local only Pods of the client's node answer."""
    here = {one.name for one in stage.backends() if one.node == stage.client().node}
    if not here or len(here) == len(stage.backends()):
        raise NotHere
    answers = stage.ask("client-pod", "http://local/hostname", 40)
    yield from compare("Pods that answered", here, set(answers))
